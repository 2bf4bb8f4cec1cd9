"""One list as rows of text: what every sheet of it says, whatever the format."""

from collections.abc import Mapping

from serving.canonical import Json
from serving.lists.documents import ListDocument

ALERT_ID = "提醒编号"
VISITED_ON, FINDING, NEEDS, NOTE = "走访日期", "走访结果", "需要", "还需要什么"
FILLED_IN = (VISITED_ON, FINDING, NEEDS, NOTE)
"""Columns a visitor fills in; :mod:`serving.delivery.files.filled` reads them back."""

COLUMNS = (
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
    *FILLED_IN,
    "数据截至",
    ALERT_ID,
)
WIDTHS = (6, 8, 10, 17, 16, 16, 12, 14, 14, 40, 40, 40, 40, 36, 44, 12, 24, 20, 40, 12, 38)


def title_of(document: ListDocument) -> str:
    """Return what the list is called on paper."""
    header = document.header
    whose = [str(header["worker_id"])] if "worker_id" in header else []
    named = (header["street_name"], header["grid_name"], header["role_title"], *whose)
    return " ".join(map(str, (*named, header["as_of_date"])))


def rows_of(document: ListDocument) -> list[list[str]]:
    """Return the entries under :data:`COLUMNS`, as the list's role is shown them."""
    return [_row(entry) for entry in document.shown]


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
        "；".join(texts(entry["rules"])),
        str(entry["uncertainty"]),
        " ".join(texts(entry["ask"])),
        *[""] * len(FILLED_IN),
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


def texts(value: Json) -> list[str]:
    """Return an array as texts."""
    return [str(item) for item in _sequence(value)]
