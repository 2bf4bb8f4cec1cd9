"""An event list as CSV and as a page to print, and its record: files with a manifest, rows in the store."""

import csv
import io
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import insert, select

from serving.canonical import Json, canonical_json
from serving.delivery.files.formulas import harmless
from serving.delivery.files.pages import render
from serving.events.lists import EventList, Night
from serving.folders import write
from serving.lists.list_policy import ListPolicy
from serving.lists.publishing import FIRST
from serving.store import Store
from serving.store.schema import EVENT_DECISIONS, EVENT_LISTS

_COLUMNS = (
    "街道", "社区", "网格", "家庭编号", "地址编号", "原因", "尚不清楚", "请了解", "数据截至",
)  # fmt: skip
_SEVERITIES = {"urgent": "紧急：", "serious": "", "watch": ""}


def to_csv(drawn: EventList) -> bytes:
    """Return the list as CSV that spreadsheet programs read as UTF-8."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for row in _rows(drawn.content):
        writer.writerow([harmless(cell) for cell in row])
    return out.getvalue().encode("utf-8-sig")


def to_html(drawn: EventList, *, policy: ListPolicy) -> bytes:
    """Return the list as a page to print on A4; it loads nothing and runs nothing."""
    return render(
        "event_list.html",
        content=drawn.content,
        findings=policy.findings,
        needs=policy.need_words,
    )


def record(
    store: Store, night: Night, drawn: EventList, files: Mapping[str, bytes], *, home: Path,
    event_sha256: str, now: datetime,
) -> Path:  # fmt: skip
    """Write ``files`` with a manifest and store who was listed and why; return the folder.

    Drawn up again from the same night, the list has the same id and the same bytes, and is one record.
    """
    folder = home / "event_lists" / night.published.as_of_date.isoformat() / drawn.list_id
    manifest: dict[str, Json] = {
        "list_id": drawn.list_id,
        "event": drawn.event,
        "event_sha256": event_sha256,
        "as_of_date": night.published.as_of_date.isoformat(),
        "matrix_sha256": night.matrix_sha256,
        "lists_manifest_sha256": night.published.manifest_sha256,
        "listed": sum(one.decision == "listed" for one in drawn.decisions),
        "truncated": sum(one.decision == "truncated" for one in drawn.decisions),
        "files": {name: write(folder / name, content) for name, content in sorted(files.items())},
    }
    text = canonical_json(manifest)
    digest = write(folder / "manifest.json", text)
    with store.write() as connection:
        known = select(EVENT_LISTS.c.list_id).where(EVENT_LISTS.c.list_id == drawn.list_id)
        if connection.scalar(known) is not None:
            return folder
        connection.execute(
            insert(EVENT_LISTS).values(
                list_id=drawn.list_id,
                as_of_date=night.published.as_of_date,
                publish_seq=FIRST,
                event=drawn.event,
                event_sha256=event_sha256,
                matrix_sha256=night.matrix_sha256,
                manifest_sha256=digest,
                manifest=text.decode(),
                drawn_at=now,
            )
        )
        rows = [
            {
                "list_id": drawn.list_id,
                "household_id": one.household_id,
                "grid_id": one.grid_id,
                "decision": one.decision,
                "reasons": one.reasons,
            }
            for one in drawn.decisions
        ]
        if rows:
            connection.execute(insert(EVENT_DECISIONS), rows)
    return folder


def _rows(content: Mapping[str, Json]) -> list[list[str]]:
    rows = []
    ask = " ".join(map(str, _items(content["ask"])))
    for grid in map(_object, _items(content["grids"])):
        for entry in map(_object, _items(grid["entries"])):
            reasons = [
                f"{_SEVERITIES[str(one['severity'])]}{one['text']}（{one['when']}）"
                for one in map(_object, _items(entry["reasons"]))
            ]
            rows.append(
                [
                    str(grid["street_name"]), str(grid["community_name"]), str(grid["grid_name"]),
                    str(entry["household_id"]), str(entry["address_id"] or ""),
                    "；".join(reasons), "；".join(map(str, _items(entry["unknown"]))),
                    ask, str(content["data_until"]),
                ]
            )  # fmt: skip
    return rows


def _items(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise TypeError(f"expected an array in an event list, found {type(value).__name__}")
    return value


def _object(value: Json) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise TypeError(f"expected an object in an event list, found {type(value).__name__}")
    return value
