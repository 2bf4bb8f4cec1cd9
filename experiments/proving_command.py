"""``zhaoren-lab features prove``: no stored row knows what its night could not."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from experiments.proving import Proof

CONFIGS = Path(__file__).parent / "configs"
LEAKS = 1


def prove(
    home: Annotated[
        Path, typer.Option("--home", envvar="ZHAOREN_HOME", help="Home with a lake and matrices.")
    ],
    config: Annotated[
        str, typer.Option(help="Experiment whose deployment is meant; a name or a file.")
    ] = "district",
    dates: Annotated[int, typer.Option(min=1, help="Past dates to rebuild, evenly spread.")] = 3,
    households: Annotated[int, typer.Option(min=1, help="Households compared on each.")] = 1000,
    as_json: Annotated[bool, typer.Option("--json", help="The whole answer as JSON.")] = False,
) -> None:
    """Rebuild past rows from what had been received before their date; exit 1 if any value differs.

    Compared with what is stored and with what training builds of the same dates from the whole lake.
    """
    from experiments.config import load_config
    from experiments.proving import NothingToProve
    from experiments.proving import prove as rebuild

    path = Path(config)
    chosen = load_config(path if path.suffix == ".yaml" else CONFIGS / f"{config}.yaml")
    progress = Console(stderr=True)
    try:
        proof = rebuild(
            home,
            chosen.load_deployment(),
            dates=dates,
            households=households,
            progress=lambda line: progress.print(f"  {line}", highlight=False, soft_wrap=True),
        )
    except NothingToProve as error:
        raise typer.BadParameter(str(error)) from error
    if as_json:
        typer.echo(json.dumps(asdict(proof), default=str, ensure_ascii=False, indent=2))
    else:
        _show(proof)
    if proof.differences:
        raise typer.Exit(LEAKS)


def _show(proof: "Proof") -> None:
    console = Console()
    for name, why in proof.set_aside.items():
        console.print(f"{name} is left out: {why}.", highlight=False, soft_wrap=True)
    if proof.differences:
        table = Table("as_of_date", "against", "group", "column", "households", box=None)
        for one in proof.differences:
            table.add_row(
                str(one.as_of_date), one.against, one.group, one.column, str(one.households)
            )
        console.print(table)
    console.print(
        f"{len(proof.dates)} dates ({', '.join(map(str, proof.dates))}), {len(proof.stored)} of them"
        f" stored; {proof.households} rows rebuilt from what had been received before their date and"
        f" {proof.values} values compared: {len(proof.differences)} columns differ.",
        highlight=False,
        soft_wrap=True,
    )
