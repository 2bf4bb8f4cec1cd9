"""The one place that renders these pages: templates, style and small pictures, all from this package."""

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from data_contracts.contract import CLASSIFICATIONS
from data_contracts.examination import Outcome
from data_contracts.judgement import Verdict

TEMPLATES = (
    "base.html",
    "contracts.html",
    "contract.html",
    "deliveries.html",
    "delivery.html",
    "scorecard.html",
)
VERDICT_WORDS = {
    Verdict.ACCEPTED: "已接收",
    Verdict.ACCEPTED_WITH_QUARANTINE: "已接收，部分隔离",
    Verdict.DEGRADED: "已接收，数据存疑",
    Verdict.REFUSED: "整批退回",
    Verdict.DUPLICATE: "重复，无新内容",
    Verdict.WAITING: "等待",
}
OUTCOME_WORDS = {
    Outcome.PASSED: "通过",
    Outcome.BROKEN: "不符",
    Outcome.UNUSUAL: "异常",
    Outcome.NOTED: "提示",
    Outcome.SILENT: "暂不判断",
}
SEVERITY_WORDS = {"warning": "提醒", "error": "隔离该行", "fatal": "退回整批"}
TYPE_WORDS = {
    "string": "文本",
    "date": "日期",
    "timestamp": "时间",
    "number": "数值",
    "integer": "整数",
    "boolean": "是否",
}


def render(name: str, context: Mapping[str, object], *, root: str) -> bytes:
    """Return one page; ``root`` leads from it to the folder with the index, e.g. ``../``."""
    return _pages().get_template(name).render(**context, root=root).encode()


@cache
def _pages() -> Environment:
    folder = files("serving") / "datadocs" / "templates"
    sources = {name: (folder / name).read_text(encoding="utf-8") for name in TEMPLATES}
    pages = Environment(
        loader=DictLoader(sources),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = (folder / "docs.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    pages.globals.update(
        # Our own stylesheet, not data: the only text on a page that is not escaped.
        style=Markup(style),
        style_hash=f"sha256-{digest}",
        verdict_words=VERDICT_WORDS,
        outcome_words=OUTCOME_WORDS,
        severity_words=SEVERITY_WORDS,
        type_words=TYPE_WORDS,
        classes=CLASSIFICATIONS,
    )
    return pages
