"""``zhaoren-lab triggers``: the published thresholds, and what their alerts were worth after visits."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from experiments.observed_yields import ObservedYield
    from models.rules.triggers import RuleBook

WIDTH = 120
app = typer.Typer(
    help="The published thresholds, and what their alerts were worth.", no_args_is_help=True
)


def _book() -> "RuleBook":
    from features.district import DISTRICT
    from models.rules.triggers import load_triggers

    return load_triggers(DISTRICT.triggers, features=DISTRICT.features, region=DISTRICT.region)


@app.command("list")
def list_triggers() -> None:
    """Show every threshold with its source, and what is published and no trigger here."""
    book = _book()
    console = Console()
    for kind in (book.versions, book.safety):
        for name, versions in kind.items():
            for one in versions:
                urgent = "" if one.hours is None else f" (safety, within {one.hours} hours)"
                read = "" if one.verified else " Not verified."
                own = "" if one.published else " Not published by anybody."
                console.print(
                    f"{name}{urgent}: {one.feature} {one.op} {one.value}, since {one.valid_from}."
                    f" {one.source}.{read}{own}",
                    highlight=False,
                    soft_wrap=True,
                )
    console.print("\nPublished, and no trigger here:", highlight=False)
    for absent in book.not_encoded:
        console.print(
            f"- {absent.what} ({absent.value}): {absent.because}", highlight=False, soft_wrap=True
        )


@app.command("yield")
def yields(
    home: Annotated[
        Path, typer.Option(envvar="ZHAOREN_HOME", help="Home with a lake and matrices.")
    ],
    until: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Matrices and visits before this day; the day after the last delivery if left out.",
        ),
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Matrices from this day on.")
    ] = None,
) -> None:
    """Count alerts, visits within 90 days and need confirmed, per trigger; the table is kept in the home."""
    from experiments.observed_yields import (
        ENOUGH,
        NothingObserved,
        day_after_last_arrival,
        observe,
        store,
    )
    from features.district import DISTRICT

    first = None if since is None else since.date()
    progress = Console(stderr=True)
    try:
        last = day_after_last_arrival(home) if until is None else until.date()
        found = observe(
            home,
            DISTRICT,
            _book(),
            since=first,
            until=last,
            progress=lambda line: progress.print(f"  {line}", highlight=False, soft_wrap=True),
        )
    except NothingObserved as error:
        raise typer.BadParameter(str(error)) from error
    path = store(found, home / "yields", since=first, until=last)
    console = Console()
    # Into a file or a pipe, names are worth more than the usual eighty columns.
    console.width = max(console.width, WIDTH)
    console.print(_table(found))
    console.print(
        "An alert is a household a trigger fires for, once in 90 days. Yield is need confirmed among alerts"
        " whose visit reached somebody; visits follow lists, so it is not that of all households it fires for."
        f" Under {ENOUGH} of them it is too few to tell. Kept as {path.name}.",
        highlight=False,
        soft_wrap=True,
    )


def _table(found: "list[ObservedYield]") -> Table:
    table = Table(box=None)
    table.add_column("trigger", no_wrap=True)
    for name in ("dates", "alerts", "visited", "reached", "confirmed"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("yield (95 %)", no_wrap=True)
    for one in found:
        share, numbers = one.share, (one.dates, one.fired, one.visited, one.answered, one.confirmed)
        table.add_row(
            one.trigger_id + (" (safety)" if one.kind == "safety" else ""),
            *map(str, numbers),
            "too few to tell"
            if share is None
            else f"{share.value:.1%} ({share.low:.1%} to {share.high:.1%})",
        )
    return table
