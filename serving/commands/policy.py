"""``zhaoren policy``: what is in force where and when, what changes for whom, whether own figures can be read."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from serving.commands.edge import Edge
from serving.refusals import ExitCode, Refusal

if TYPE_CHECKING:
    from features.parameters import Decided

app = typer.Typer(no_args_is_help=True, help="Policy figures by region and day, with their documents.")  # fmt: skip

RegionOption = Annotated[
    str | None, typer.Option(help="Like cn.jiangsu.wuxi; the deployment's own if left out.")
]


@app.command("show")
def show(
    context: typer.Context,
    as_of_date: Annotated[
        datetime, typer.Option("--as-of-date", formats=["%Y-%m-%d"], help="The day asked about.")
    ],
    region: RegionOption = None,
    name: Annotated[
        str | None, typer.Option(help="One figure, or the beginning of several: dibao, clock.")
    ] = None,
) -> None:
    """Show what is in force in a region on a day, who decided it and by which document."""
    from features.parameters import at, regime

    edge: Edge = context.obj
    day = as_of_date.date()
    with _refusing():
        in_force = at(
            region=region or edge.settings.region, as_of_date=day, own=edge.settings.regions
        )
        shown = _asked(in_force, name)
        law = regime(as_of_date=day)
    table = Table(title=f"{in_force.region}, {day}: {law.title_zh}", title_justify="left")
    for heading in ("name", "value", "unit", "decided by", "document", "since", "checked"):
        table.add_column(heading, overflow="fold")
    for one in shown:
        table.add_row(
            one.name,
            _value(one),
            one.unit,
            one.region,
            _document(one),
            str(one.since or ""),
            _mark(one),
        )
    edge.out.print(table)
    if name is not None:
        for one in shown:
            if one.region or len(shown) == 1:
                told = "; ".join(part for part in (one.source, one.note) if part)
                edge.out.print(f"{one.name}: {told}", markup=False, soft_wrap=True)
        return
    without = len(in_force) - len(shown)
    edge.out.print(f"For {without} further names no document was found; --name shows one.")


@app.command("changes")
def changes(
    context: typer.Context,
    region: RegionOption = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only changes from this day on.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only changes up to this day.")
    ] = None,
) -> None:
    """Show what changed in a region, from when, and whom it touches."""
    from features.parameters import changes as changes_of

    edge: Edge = context.obj
    with _refusing():
        found = changes_of(
            region=region or edge.settings.region,
            since=_day(since),
            until=_day(until),
            own=edge.settings.regions,
        )
    table = Table()
    for heading in ("from", "who and what", "decided by", "document"):
        table.add_column(heading, overflow="fold")
    for change in found:
        table.add_row(str(change.since), change.affects, change.region, change.document)
    edge.out.print(table)
    edge.out.print(f"{len(found)} changes.")


@app.command("check")
def check(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(help="Files of regions, like cn.hubei.wuhan.yaml.")
    ],
) -> None:
    """Say whether own files of policy figures can be used; nothing is written."""
    from features.parameters.reading import read_region
    from features.parameters.shelf import Shelf

    edge: Edge = context.obj
    with _refusing():
        Shelf(files)
    for file in files:
        entries = [one for history in read_region(file).entries.values() for one in history]
        gaps = sum(one.value is None for one in entries)
        unverified = sum(one.value is not None and not one.verified for one in entries)
        edge.out.print(
            f"{file.name}: {len(entries)} dated entries, {gaps} gaps, {unverified} not verified (未核实).",
            markup=False,
            soft_wrap=True,
        )


@contextmanager
def _refusing() -> Iterator[None]:
    from features.parameters import ParameterError

    try:
        yield
    except ParameterError as error:
        raise Refusal(
            ExitCode.POLICY_WRONG,
            found=str(error) if str(error).endswith("?") else f"{error}.",
            to_do="Correct the name or the file and run again; docs/policy_parameters.md shows the form.",
        ) from error


def _asked(in_force: "Mapping[str, Decided]", name: str | None) -> "list[Decided]":
    if name is None:
        return [one for one in in_force.values() if one.region]
    if name not in in_force:
        beginning = name.removesuffix(".") + "."
        several = [one for own, one in in_force.items() if own.startswith(beginning)]
        if several:
            return several
    return [in_force[name]]


def _value(one: "Decided") -> str:
    return "不清楚" if one.value is None else f"{one.value:g}"


def _document(one: "Decided") -> str:
    return " ".join(part for part in (one.document, one.article) if part)


def _mark(one: "Decided") -> str:
    if one.value is None:
        return ""
    return "已核实" if one.verified else "未核实"


def _day(given: datetime | None) -> date | None:
    return None if given is None else given.date()
