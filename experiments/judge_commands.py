"""``zhaoren-lab judge``: conclusions of the engine against the truth of a simulated district."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from experiments import ladder_command

app = typer.Typer(help="Judge conclusions against the truth of a simulated district.")


@app.callback()
def judge() -> None:
    """Judge conclusions against the truth of a simulated district."""


@app.command()
def households(
    home: Annotated[Path, typer.Option(help="Home whose history was concluded (`ingest`).")],
    truth: Annotated[Path, typer.Option(help="Folder `simulate` wrote apart.")],
    as_of_date: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="Households as known on this day.")
    ],
) -> None:
    """Compare who lives with whom as concluded, and as registered, with how it really is."""
    from data_contracts.pseudonyms import keyring_of
    from experiments.district.answers import NoTruth
    from experiments.households_judge import Share, judge_households
    from features.district import DISTRICT

    keyring = keyring_of(home)
    if keyring is None:
        raise NoTruth(f"{home} has no key: its pseudonyms cannot be compared with the truth")
    found = judge_households(home, truth, DISTRICT, keyring, as_of_date=as_of_date.date())
    console = Console()
    console.print(
        f"{found.people} people. Adjusted Rand index {found.rand:.4f}; the register at face value"
        f" {found.register_rand:.4f}."
    )

    def shown(share: Share) -> str:
        low, high = share.interval
        return f"{share.value:.2%} ({low:.2%} to {high:.2%}), {share.wrong} of {share.of}"

    table = Table("people", "in the wrong household (95 %)", "by the register")
    for name, share in found.wrong.items():
        table.add_row(name, shown(share), shown(found.register_wrong[name]))
    console.print(table)
    kinds = Table("registered as", "in the wrong household (95 %)")
    for name, share in found.by_noise.items():
        kinds.add_row(name, shown(share))
    console.print(kinds)
    console.print(
        f"At a wrong address: {shown(found.wrong_address)}. Placed nowhere:"
        f" {shown(found.unplaced)}. Members who do not live here: {found.phantoms}. True households"
        f" split: {found.split}; built households of several true ones: {found.merged}."
    )


app.command("ladder")(ladder_command.ladder)
