"""``zhaoren scorecard``: how each department keeps its promises."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from serving.commands.edge import Edge

if TYPE_CHECKING:
    from data_contracts.rates import Rate


def scorecard(
    context: typer.Context,
    as_of_date: Annotated[
        datetime,
        typer.Option(
            "--as-of-date",
            formats=["%Y-%m-%d"],
            help="Only deliveries received before this day count.",
        ),
    ],
) -> None:
    """Show how each department keeps its promises, and write it as a page."""
    from data_contracts.scorecard import scorecard as scores_of
    from features.district import DISTRICT
    from serving.datadocs.site import FOLDER, write_scorecard

    edge: Edge = context.obj
    scores = scores_of(edge.settings.home, DISTRICT.contracts, before=as_of_date)
    table = Table(caption="Under each rate its 95 % interval.", caption_justify="left")
    table.add_column("department", no_wrap=True)
    for name in (
        "files",
        "on time",
        "days late",
        "refused",
        "degraded",
        "bad rows",
        "empty",
        "corrected",
        "disputes",
    ):
        table.add_column(name, justify="right")
    for department in scores:
        total = department.total
        table.add_row(
            department.department,
            str(total.deliveries),
            _told(total.on_time),
            "" if total.days_late is None else f"{total.days_late:.0f}",
            _told(total.refused),
            _told(total.degraded),
            _told(total.quarantined),
            _told(total.optional_empty),
            _told(total.corrected),
            "" if total.open_disputes is None else str(total.open_disputes),
        )
    edge.out.print(table)
    out = edge.settings.home / FOLDER
    write_scorecard(scores, out, before=as_of_date)
    edge.out.print(f"By feed: {out / 'scorecard.html'}", soft_wrap=True, markup=False)


def _told(rate: "Rate") -> str:
    if rate.share is None or rate.interval is None:
        return "-"
    low, high = rate.interval
    return f"{rate.share:.1%}\n{100 * low:.0f}-{100 * high:.0f}"
