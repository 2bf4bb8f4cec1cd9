"""``zhaoren who-needs``: whom to look in on before a cold wave, a heat wave, a typhoon, a rise in prices."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from serving.commands.edge import Edge
from serving.refusals import ExitCode, Refusal

if TYPE_CHECKING:
    from serving.events.lists import EventList

_MOST_GRIDS_SHOWN = 20


def who_needs(
    context: typer.Context,
    event: Annotated[str, typer.Option(help="cold, heat, typhoon, price, or one of your own.")],
    grids: Annotated[
        str | None, typer.Option(help="Grid ids with commas between; all grids if left out.")
    ] = None,
    as_of_date: Annotated[
        datetime | None,
        typer.Option(
            "--as-of-date", formats=["%Y-%m-%d"], help="Night to draw from, else the last."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Also write the list here: a .html or a .csv file.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Households per grid, instead of its capacity.")
    ] = None,
    open_cases: Annotated[
        bool,
        typer.Option(
            "--open-cases", help="Also open a case for each household listed, or join its open one."
        ),
    ] = False,
) -> int:
    """Draw up a printable list for an event from last night's matrix.

    Plain conditions, no score. Each list is kept with a manifest, and who was listed and why is recorded.
    """
    from features.district import DISTRICT
    from models.rules.events import EventError, load_events
    from serving.cases.policy import rules_of
    from serving.events.cases import open_event_cases
    from serving.events.exports import record, to_csv, to_html
    from serving.events.lists import draw_event_list, last_night
    from serving.lists.list_policy import load_list_policy

    edge: Edge = context.obj
    if out is not None and out.suffix not in (".html", ".csv"):
        raise typer.BadParameter(f"--out {out.name}: give a name that ends in .html or .csv")
    try:
        events = load_events(DISTRICT.groups, edge.settings.events)
    except EventError as error:
        raise Refusal(
            ExitCode.POLICY_WRONG, found=f"{error}.", to_do="Correct the events and run again."
        ) from error
    if event not in events:
        raise typer.BadParameter(f"no event {event!r}; there are {', '.join(events)}")
    with edge.store() as store:
        night = last_night(
            store, home=edge.settings.home, as_of_date=as_of_date.date() if as_of_date else None
        )
        day = night.published.as_of_date
        drawn = draw_event_list(
            night,
            event,
            events[event],
            DISTRICT.groups,
            grids=None
            if grids is None
            else [one.strip() for one in grids.split(",") if one.strip()],
            limit=limit,
            notices=json.loads(night.published.header)["notices"],
        )
        policy = load_list_policy(edge.settings.list_policy, as_of_date=day)
        files = {"list.html": to_html(drawn, policy=policy), "list.csv": to_csv(drawn)}
        folder = record(
            store, night, drawn, files,
            home=edge.settings.home, event_sha256=events[event].sha256, now=edge.clock(),
        )  # fmt: skip
        if open_cases:
            now = edge.clock()
            with store.write() as work:
                opened, joined = open_event_cases(
                    work,
                    list_id=drawn.list_id,
                    rules=rules_of(policy.cases, zone=edge.settings.zone.key),
                    now=now,
                    today=now.astimezone(edge.settings.zone).date(),
                )
            edge.out.print(f"Cases: {opened} opened, {joined} joined.")
    if out is not None:
        out.write_bytes(files[f"list{out.suffix}"])
    _tell(edge, drawn, out or folder / "list.html")
    return int(ExitCode.OK)


def _tell(edge: Edge, drawn: "EventList", where: Path) -> None:
    if len(drawn.counts) <= _MOST_GRIDS_SHOWN:
        table = Table("grid", "listed", "no capacity", "not decidable", "households")
        for one in drawn.counts:
            table.add_row(
                one.grid_id, str(one.listed), str(one.truncated), str(one.undecided),
                str(one.considered),
            )  # fmt: skip
        edge.out.print(table)
    edge.out.print(
        f"{drawn.event}: {sum(one.listed for one in drawn.counts)} households in"
        f" {len(drawn.counts)} grids, data until {drawn.content['data_until']}: {where}",
        soft_wrap=True,
        markup=False,
    )
