"""``zhaoren audit``: whether the record of who saw what is whole, and what it says."""

import csv
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from serving.commands.edge import Edge
from serving.refusals import ExitCode, Refusal

app = typer.Typer(no_args_is_help=True, help="The record of who saw which household.")

_MOST_SHOWN = 100
AnchorsOption = Annotated[
    Path | None, typer.Option("--anchors", help="Their file, else <home>/audit/anchors.jsonl.")
]


@app.command("verify")
def verify_audit(context: typer.Context, anchors: AnchorsOption = None) -> int:
    """Check every entry against the one before, and the whole against the anchors."""
    from serving.access.anchors import anchor_file, verify

    edge: Edge = context.obj
    file = anchors or anchor_file(edge.settings.home)
    with edge.store() as store, store.read() as read:
        verdict = verify(read, file)
    if verdict.broken is not None:
        raise Refusal(
            ExitCode.AUDIT_BROKEN,
            found=f"the audit does not hold: {verdict.broken}.",
            to_do="Keep the database as it is and tell whoever answers for the data. Compare with a"
            " backup and with the anchors kept elsewhere.",
        )
    edge.out.print(f"{verdict.entries} entries, {verdict.anchors} anchors: all hold.")
    if verdict.anchors == 0:
        edge.out.print("Without an anchor a cut-off end would not show: `zhaoren audit anchor`.")
    return int(ExitCode.OK)


@app.command("anchor")
def anchor_audit(context: typer.Context, anchors: AnchorsOption = None) -> None:
    """Write down where the audit ends now. Copy the file to another machine."""
    edge: Edge = context.obj
    _anchor(edge, anchors)


def anchor_night(edge: Edge) -> None:
    """Write down where the audit ended when a night did."""
    _anchor(edge, None)


def _anchor(edge: Edge, file: Path | None) -> None:
    from serving.access.anchors import anchor_file, write_anchor

    with edge.store() as store, store.read() as read:
        newest = write_anchor(read, file or anchor_file(edge.settings.home), now=edge.clock())
    edge.out.print(f"audit: {newest.seq} entries, head {newest.hash}", soft_wrap=True)


@app.command("seen")
def seen_households(
    context: typer.Context,
    since: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"])],
    until: Annotated[
        datetime,
        typer.Option("--to", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="A day is included."),
    ],
    household: Annotated[str | None, typer.Option(help="Only this household.")] = None,
    worker: Annotated[str | None, typer.Option(help="Only by this person.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write all of it to this CSV file.")] = None,
) -> None:
    """Say who saw which households in a time, by the bureau's clock."""
    from serving.access.seen import views
    from serving.delivery.files.formulas import harmless

    edge: Edge = context.obj
    zone = edge.settings.zone
    last = until + timedelta(days=1) if (until.hour, until.minute) == (0, 0) else until
    with edge.store() as store, store.read() as read:
        found = list(
            views(
                read,
                since=since.replace(tzinfo=zone),
                until=last.replace(tzinfo=zone),
                household_id=household,
                actor=worker,
            )
        )
    rows = [
        (
            f"{view.at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
            view.actor,
            view.action,
            view.household_id,
        )
        for view in found
    ]
    if out is not None:
        with out.open("w", encoding="utf-8-sig", newline="") as opened:
            writer = csv.writer(opened)
            writer.writerow(("at", "worker", "action", "household"))
            writer.writerows([[harmless(cell) for cell in row] for row in rows])
    else:
        table = Table("at", "worker", "action", "household")
        for row in rows[-_MOST_SHOWN:]:
            table.add_row(*row)
        edge.out.print(table)
    people = len({view.actor for view in found})
    households = len({view.household_id for view in found})
    edge.out.print(f"{len(found)} views of {households} households by {people} people.")
