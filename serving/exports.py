"""One list as JSON, CSV, XLSX and a printable page. The same list gives the same bytes.

CSV and XLSX are opened in office programs, which take a cell that begins like a formula for one; such
cells get a leading apostrophe. The page escapes everything.
"""

import base64
import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from importlib.resources import files

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from serving.list_policy import ListPolicy
from serving.lists import Json, ListDocument

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_A4 = 9
_MOST_HEADER_CHARACTERS = 120
_COLUMNS = (
    "序号",
    "级别",
    "类别",
    "最迟时间",
    "家庭编号",
    "地址编号",
    "网格",
    "社区",
    "街道",
    "原因一",
    "原因二",
    "原因三",
    "政策线索",
    "尚不清楚",
    "请了解",
    "数据截至",
    "提醒编号",
)
_WIDTHS = (6, 8, 10, 17, 16, 16, 12, 14, 14, 40, 40, 40, 40, 36, 44, 12, 38)


def canonical_json(content: Json) -> bytes:
    """Return the one way ``content`` is written: UTF-8, keys sorted, two spaces, final newline."""
    return (json.dumps(content, ensure_ascii=False, sort_keys=True, indent=2) + "\n").encode()


def to_json(document: ListDocument) -> bytes:
    """Return the list as canonical JSON."""
    return canonical_json(document.content)


def to_csv(document: ListDocument) -> bytes:
    """Return the list as CSV that spreadsheet programs read as UTF-8."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    writer.writerows([harmless(cell) for cell in row] for row in _rows(document))
    return out.getvalue().encode("utf-8-sig")


def to_xlsx(document: ListDocument, *, as_of_date: date) -> bytes:
    """Return the list as a workbook; its creation date is ``as_of_date``, not the clock's."""
    import xlsxwriter

    out = io.BytesIO()
    # Strings only: a cell must never become a formula, a link or a number because of what is in it.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, {**options, "strings_to_numbers": False}) as book:
        midnight = datetime.combine(as_of_date, datetime.min.time())
        book.set_properties({"created": midnight})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet("走访清单")
        for place, (name, width) in enumerate(zip(_COLUMNS, _WIDTHS, strict=True)):
            sheet.set_column(place, place, width)
            sheet.write_string(0, place, name, bold)
        for number, row in enumerate(_rows(document), start=1):
            for place, cell in enumerate(row):
                sheet.write_string(number, place, harmless(cell), wrapped)
        about = [_title(document), *_texts(document.header["notices"])]
        sheet.set_header(f"&L{_printed(about[0])}&R{_printed(' '.join(about[1:]))}")
        sheet.freeze_panes(1, 0)
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        notes = book.add_worksheet("说明")
        notes.set_column(0, 0, 80)
        for number, line in enumerate(about):
            notes.write_string(number, 0, harmless(line), wrapped)
    return out.getvalue()


def to_html(document: ListDocument, *, policy: ListPolicy) -> bytes:
    """Return the list as a page to print on A4; it loads nothing and runs nothing."""
    template = _pages().get_template("list.html")
    page = template.render(
        title=_title(document),
        header=document.header,
        entries=[entry.shown for entry in document.entries],
        findings=policy.findings,
        needs=policy.need_words,
        style=_style(),
        style_hash=_style_hash(),
    )
    return page.encode()


def render(template: str, **values: object) -> bytes:
    """Return a page of ours filled in, with our stylesheet inside."""
    page = (
        _pages().get_template(template).render(**values, style=_style(), style_hash=_style_hash())
    )
    return page.encode()


def index_page(
    *, night: Mapping[str, Json], documents: Sequence[tuple[str, ListDocument]]
) -> bytes:
    """Return the page that leads to every list; ``documents`` come with their folder-relative stem."""
    page = (
        _pages()
        .get_template("index.html")
        .render(
            header=night,
            lists=[{"stem": stem, **document.header} for stem, document in documents],
            style=_style(),
            style_hash=_style_hash(),
        )
    )
    return page.encode()


def harmless(text: str) -> str:
    """Return ``text`` so that no office program takes it for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _printed(text: str) -> str:
    """Return ``text`` for a page header, where ``&`` gives orders and 255 characters fit in all."""
    return text.replace("&", "&&")[:_MOST_HEADER_CHARACTERS]


def _title(document: ListDocument) -> str:
    header = document.header
    return f"{header['street_name']} {header['grid_name']} {header['role_title']} {header['as_of_date']}"


def _rows(document: ListDocument) -> list[list[str]]:
    return [_row(entry.shown) for entry in document.entries]


def _row(entry: Mapping[str, Json]) -> list[str]:
    band, lane = _mapping(entry["band"]), _mapping(entry["lane"])
    reasons = [_reason(_mapping(reason)) for reason in _sequence(entry["reasons"])]
    return [
        str(entry["rank"]),
        f"{band['shape']}{band['word']}",
        str(lane["word"]),
        str(entry["due"]).replace("T", " "),
        str(entry["household_id"]),
        str(entry["address_id"] or ""),
        str(entry["grid_name"]),
        str(entry["community_name"]),
        str(entry["street_name"]),
        *[*reasons, "", "", ""][:3],
        "；".join(_texts(entry["rules"])),
        str(entry["uncertainty"]),
        " ".join(_texts(entry["ask"])),
        str(entry["data_until"]),
        str(entry["alert_id"]),
    ]


def _reason(reason: Mapping[str, Json]) -> str:
    return f"{reason['text']}（{reason['when']}）" if reason["when"] else str(reason["text"])


def _mapping(value: Json) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise TypeError(f"expected an object in a list entry, found {type(value).__name__}")
    return value


def _sequence(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise TypeError(f"expected an array in a list entry, found {type(value).__name__}")
    return value


def _texts(value: Json) -> list[str]:
    return [str(item) for item in _sequence(value)]


@cache
def _pages() -> Environment:
    folder = files("serving") / "pages" / "templates"
    sources = {
        name: (folder / name).read_text(encoding="utf-8")
        for name in ("base.html", "list.html", "index.html", "event_list.html", "explain.html")
    }
    return Environment(loader=DictLoader(sources), autoescape=True, undefined=StrictUndefined)


@cache
def _style() -> Markup:
    # Our own stylesheet, not data: the only text on a page that is not escaped.
    return Markup(
        (files("serving") / "pages" / "templates" / "print.css").read_text(encoding="utf-8")
    )


@cache
def _style_hash() -> str:
    digest = hashlib.sha256(str(_style()).encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
