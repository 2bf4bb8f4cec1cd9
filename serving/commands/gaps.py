"""``zhaoren gaps``: need that visits confirmed and no rule reached, and what stood in the way."""

import csv
import io
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from serving.commands.edge import Edge
from serving.refusals import ExitCode

if TYPE_CHECKING:
    from serving.canonical import Json
    from serving.explaining.gap_report import Gaps

_COLUMNS = ("street_id", "rule", "kind", "name", "text", "households")


class Format(StrEnum):
    """How it is told."""

    TEXT = "text"
    CSV = "csv"
    JSON = "json"


def gaps(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option(help="Folder of all state, instead of ZHAOREN_HOME.")
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day of visits.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day of visits.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="text, csv or json.")] = Format.TEXT,
) -> int:
    """Report confirmed need without an entitlement, by the rule that stood in the way and by street.

    Counts of households; fewer than five are shown as "<5". No household is named.
    """
    from serving.canonical import canonical_json
    from serving.explaining.gap_report import report_gaps
    from serving.store import open_store

    edge: Edge = context.obj
    store = open_store(home or edge.settings.home)
    try:
        found = report_gaps(
            store, home=home or edge.settings.home, since=_day(since), until=_day(until)
        )
    finally:
        store.close()
    if form is Format.JSON:
        edge.out.file.write(canonical_json(_content(found)).decode())
    elif form is Format.CSV:
        edge.out.file.write(_csv(found))
    else:
        _show(edge, found)
    return int(ExitCode.OK)


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


def _rows(found: "Gaps") -> list[tuple[str, str, str, str, str, str]]:
    return [
        (
            cell.street_id or "全部", cell.obstacle.rule_id, cell.obstacle.kind, cell.obstacle.name,
            cell.obstacle.text, _count(cell.households),
        )
        for cell in found.cells
    ]  # fmt: skip


def _count(households: int | None) -> str:
    return "<5" if households is None else str(households)


def _content(found: "Gaps") -> "dict[str, Json]":
    return {
        "since": None if found.since is None else found.since.isoformat(),
        "until": None if found.until is None else found.until.isoformat(),
        "households": _count(found.households),
        "without_night": _count(found.without_night),
        "rows": [dict(zip(_COLUMNS, row, strict=True)) for row in _rows(found)],
    }


def _csv(found: "Gaps") -> str:
    from serving.delivery.files.formulas import harmless

    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for row in _rows(found):
        # "<5" and the like are ours; only what came from elsewhere could be taken for a formula.
        writer.writerow([harmless(cell) for cell in row])
    return out.getvalue()


def _show(edge: Edge, found: "Gaps") -> None:
    edge.out.print(
        f"走访确认有需要、没有政策可享的家庭：{_count(found.households)} 户"
        f"（其中走访前没有夜间答案：{_count(found.without_night)} 户）",
        soft_wrap=True,
    )
    table = Table(title="卡在哪条政策、哪个条件", title_justify="left")
    table.add_column("街道", overflow="fold")
    table.add_column("卡在哪里", overflow="fold")
    table.add_column("户数", justify="right")
    for street, _, _, _, text, count in _rows(found):
        table.add_row(street, text, count)
    edge.out.print(table)
