"""``zhaoren-lab judge ladder``: the rules of the relief ladder against the truth of means."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from experiments.households_judge import Share
    from experiments.ladder_judge import Verdicts

_MOST_NAMED = 3


def ladder(
    home: Annotated[Path, typer.Option(help="Home whose history was concluded (`ingest`).")],
    truth: Annotated[Path, typer.Option(help="Folder `simulate` wrote apart.")],
    as_of_date: Annotated[
        datetime,
        typer.Option(
            formats=["%Y-%m-%d"], help="The second of a month: the truth speaks of these."
        ),
    ],
    figures: Annotated[
        list[str] | None,
        typer.Option("--set", help="Another figure than the district's: edge.multiple=1.8."),
    ] = None,
) -> None:
    """Hold the ladder against an implementation of its own, on the true facts and on those on record."""
    from experiments.ladder_judge import DISTRICT_FIGURES, judge_ladder
    from features import parameters
    from features.district import DISTRICT

    day = as_of_date.date()
    changes = dict(DISTRICT_FIGURES)
    for change in figures or ():
        name, _, value = change.partition("=")
        changes[name] = value
    try:
        in_force = parameters.at(region="cn.default", as_of_date=day).with_changes(changes)
    except parameters.ParameterError as error:
        raise typer.BadParameter(str(error)) from error
    found = judge_ladder(home, truth, DISTRICT, in_force, as_of_date=day)
    # Ten columns of rates; in eighty characters nobody reads them.
    console = Console(width=max(Console().width, 170))
    console.print(
        f"{found.households} households on record, {found.strangers} of them stand for no true one;"
        f" {found.unseen} true ones are not on record. Shares with 95 % intervals."
    )
    for title, verdicts in (
        ("Rules on the true facts", found.on_truth),
        ("Rules on the facts on record", found.on_record),
    ):
        console.print(_table(title, verdicts))
    unexplained = sum(one.unexplained for one in found.on_record.values())
    console.print(f"Told wrongly though every fact was as it truly is: {unexplained}.")
    for rule, told in found.examples.items():
        for one in told:
            console.print(f"{rule}: {one}", soft_wrap=True, markup=False)


def _table(title: str, found: "Mapping[str, Verdicts]") -> Table:
    table = Table(title=title, title_justify="left")
    for heading in ("rule", "households", "truly within", "decided", "agree", "wrongly meets",
                    "wrongly does not", "cannot tell", "missing", "facts otherwise than true"):  # fmt: skip
        table.add_column(heading, overflow="fold")
    for rule, one in found.items():
        table.add_row(
            rule,
            str(one.households),
            str(one.within),
            str(one.decided),
            _told(one.share(one.agree)),
            _told(one.share(one.wrongly_meets)),
            _told(one.share(one.wrongly_does_not)),
            _told(one.unknown),
            _named(one.missing),
            _named(one.facts),
        )
    return table


def _told(share: "Share") -> str:
    low, high = share.interval
    return f"{share.wrong}\n{share.value:.2%}\n{max(low, 0):.2%}-{high:.2%}"


def _named(counted: "Counter[str]") -> str:
    return "\n".join(f"{name} {count}" for name, count in counted.most_common(_MOST_NAMED))
