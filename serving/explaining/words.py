"""The words and values an explained rule is told in: one content for a terminal, a page, JSON and the API.

What a reader may not see is withheld here, with every comparison it went into.
"""

from typing import TYPE_CHECKING

from serving.canonical import Json

if TYPE_CHECKING:
    from features.parameters import Decided
    from models.rules.clocks import Clock
    from models.rules.explanations import Comparison, Explanation, Known, Missing, Step

ANSWERS = {
    "meets": "按已知情况看来符合",
    "near": "接近，差一点",
    "does_not": "按已知情况看来不符合",
    "cannot_tell": "还不能判断",
}
SWEEP = "sweep_"
_ANSWERS_OF_SWEEPS = {
    **ANSWERS,
    "meets": "按已知情况看来要办",
    "does_not": "按已知情况没有要办的",
}
"""A sweep looks for what somebody is due and does not draw: not met may well mean that it is drawn."""
_RESULTS = {True: "是", False: "否", None: "不能判断"}
_OPERATORS = {
    "<": "低于",
    "<=": "不超过",
    ">": "高于",
    ">=": "不少于",
    "is": "应为",
    "is not": "应不是",
}
_NEEDS = {"every": "须全部满足", "some": "满足其一即可"}
_UNITS = {
    "persons": "人", "yuan per month": "元/月", "yuan per year": "元/年", "yuan": "元", "homes": "套",
    "cars": "辆", "events": "件", "days": "天", "yes/no": "", "months": "个月", "years": "岁",
}  # fmt: skip
_UNKNOWN = "未知"
_WITHHELD = "不在此显示"


def amount(value: float | bool | None, unit: str = "") -> str:
    """Return a value as printed; unknown is said, never 0."""
    if value is None:
        return _UNKNOWN
    if isinstance(value, bool):
        return _RESULTS[value]
    return f"{value:,.2f}".rstrip("0").rstrip(".") + unit


def rule_content(one: "Explanation", *, withheld: frozenset[str]) -> dict[str, Json]:
    """Return how a rule was answered; facts named in ``withheld`` without value, and what they went into."""
    line = next((step for step in one.comparisons if step.line_label_zh == one.line_label_zh), None)
    is_hidden = line is not None and bool({fact.name for fact in line.facts} & withheld)
    words = _ANSWERS_OF_SWEEPS if one.rule_id.startswith(SWEEP) else ANSWERS
    distance: Json = None
    if one.distance is not None and not is_hidden:
        side = "低于" if one.distance < 0 else "高于"
        percent = "" if one.percent is None else f"（{abs(one.percent):.1f}%）"
        distance = {
            "value": one.distance,
            "percent": one.percent,
            "unit": one.unit,
            "text": f"已知部分{side}{one.line_label_zh} {amount(abs(one.distance))} {one.unit}{percent}",
        }
    return {
        "rule_id": one.rule_id,
        "title": one.title_zh,
        "documents": list(one.documents),
        "since": one.since.isoformat(),
        "answer": {"code": one.answer, "word": words[one.answer]},
        "distance": distance,
        "missing": [_missing(each) for each in one.missing],
        "test": None if one.test is None else _step(one.test, withheld),
        "clocks": [_clock(each) for each in one.clocks],
    }


def _step(step: "Step", withheld: frozenset[str]) -> dict[str, Json]:
    from models.rules.explanations import Together

    if isinstance(step, Together):
        parts = [_step(part, withheld) for part in step.parts]
        is_hidden = any(part["withheld"] for part in parts)
        return {
            "needs": step.needs,
            "word": _NEEDS[step.needs],
            "result": _result(None if is_hidden else step.result, is_hidden),
            "withheld": is_hidden,
            "parts": list(parts),
        }
    return _comparison(step, withheld)


def _comparison(step: "Comparison", withheld: frozenset[str]) -> dict[str, Json]:
    is_hidden = bool({fact.name for fact in step.facts} & withheld)
    is_yes_no = step.op.startswith("is")
    low, high = step.at_least, step.at_most
    has = amount(step.facts[0].value) if is_yes_no else _between(low, high, step.unit)
    return {
        "test_id": step.test_id,
        "label": step.label_zh,
        "has": _WITHHELD if is_hidden else has,
        "at_least": None if is_hidden else low,
        "at_most": None if is_hidden else high,
        "unit": step.unit,
        "op": step.op,
        "operator": _OPERATORS[step.op],
        "line": {
            "label": "是" if is_yes_no else _label(step),
            "text": "" if is_yes_no else _between(step.line_at_least, step.line_at_most, step.unit),
            "at_least": step.line_at_least,
            "at_most": step.line_at_most,
        },
        "facts": [_known(fact, withheld) for fact in step.facts],
        "parameters": [parameter(one) for one in step.parameters],
        "result": _result(None if is_hidden else step.result, is_hidden),
        "withheld": is_hidden,
    }


def _label(step: "Comparison") -> str:
    """Return the name of a line; a line that is its own number has none."""
    return "" if step.line_label_zh == amount(step.line_at_least) else step.line_label_zh


def _between(low: float | None, high: float | None, unit: str) -> str:
    if low is None and high is None:
        return _UNKNOWN
    if low is None:
        return f"不超过 {amount(high)} {unit}"
    if high is None:
        return f"至少 {amount(low)} {unit}"
    return f"{amount(low)} {unit}" if low == high else f"{amount(low)} 到 {amount(high)} {unit}"


def _known(fact: "Known", withheld: frozenset[str]) -> dict[str, Json]:
    is_hidden = fact.name in withheld
    value = _WITHHELD if is_hidden else amount(fact.value, _UNITS.get(fact.unit, fact.unit))
    return {
        "name": fact.name,
        "label": fact.label_zh,
        "value": None if is_hidden else fact.value,
        "text": value,
        "ask": fact.told_by if fact.value is None and not is_hidden else None,
    }


def parameter(one: "Decided") -> dict[str, Json]:
    """Return a policy figure with where it stands written."""
    from features.parameters.vocabulary import declared

    told = declared(one.name)
    value = amount(one.value, f" {told.unit_zh}" if one.value is not None else "")
    since = "" if one.since is None else f"，{one.since.isoformat()}起"
    source = f"{one.document} {one.article}".strip() or "没有找到文件"
    mark = "" if one.verified or one.value is None else "（未核实）"
    region = f"，{one.region}" if one.region else ""
    return {
        "name": one.name,
        "label": told.zh,
        "value": one.value,
        "unit": told.unit_zh,
        "region": one.region or None,
        "document": one.document or None,
        "article": one.article or None,
        "since": None if one.since is None else one.since.isoformat(),
        "until": None if one.until is None else one.until.isoformat(),
        "verified": one.verified,
        "note": one.note or None,
        "text": f"{told.zh} {value}{mark}：{source}{region}{since}",
    }


def _missing(one: "Missing") -> dict[str, Json]:
    return {
        "name": one.name,
        "label": one.label_zh,
        "ask": one.told_by,
        "is_parameter": one.is_parameter,
        "text": f"{one.label_zh}：{'查' if one.is_parameter else '问'}{one.told_by}",
    }


def _clock(clock: "Clock") -> dict[str, Json]:
    length = parameter(clock.length)
    told = f"{clock.label_zh}：{amount(clock.length.value, ' ' + str(length['unit']))}"
    if clock.length.value is None:
        told = f"{clock.label_zh}：期限{_UNKNOWN}"
    if clock.days_left is not None and clock.ends_on is not None:
        left = (
            f"还有 {clock.days_left} 天" if clock.days_left >= 0 else f"已过 {-clock.days_left} 天"
        )
        told = f"{told}，到 {clock.ends_on.isoformat()}，{left}"
    elif clock.runs:
        told = f"{told}，起算日未知"
    return {
        "text": told,
        "runs": clock.runs,
        "ends_on": None if clock.ends_on is None else clock.ends_on.isoformat(),
        "days_left": clock.days_left,
        "length": length,
    }


def _result(result: bool | None, is_hidden: bool) -> dict[str, Json]:
    return {"value": result, "word": _WITHHELD if is_hidden else _RESULTS[result]}
