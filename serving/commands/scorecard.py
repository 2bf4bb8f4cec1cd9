"""``zhaoren scorecard``: how each department keeps its promises."""

from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from serving.commands.edge import Edge


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
    table = Table(
        "department",
        "deliveries",
        "on time",
        "days late",
        "refused",
        "degraded",
        "rows quarantined",
        "optional empty",
        "corrected",
        "disputes",
    )
    for department in scores:
        total = department.total
        table.add_row(
            department.department,
            str(total.deliveries),
            str(total.on_time),
            "" if total.days_late is None else f"{total.days_late:.0f}",
            str(total.refused),
            str(total.degraded),
            str(total.quarantined),
            str(total.optional_empty),
            str(total.corrected),
            "" if total.open_disputes is None else str(total.open_disputes),
        )
    edge.out.print(table)
    out = edge.settings.home / FOLDER
    write_scorecard(scores, out, before=as_of_date)
    edge.out.print(f"By feed: {out / 'scorecard.html'}", soft_wrap=True, markup=False)
