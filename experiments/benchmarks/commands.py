"""``zhaoren-lab bench``: speed and memory at full size, printed for whoever wants to compare machines."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Speed and memory at full size.", no_args_is_help=True)


@app.callback()
def bench() -> None:
    """Each command is one measurement."""


@app.command()
def linkage(
    households: Annotated[int, typer.Option(min=1000, help="Accounts and dwellings.")] = 1_000_000,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same made-up city.")] = 1,
) -> None:
    """Parse, train and link as many accounts as households once, on two threads."""
    from experiments.benchmarks.linkage import run

    typer.echo(str(run(households, seed=seed)))


@app.command()
def gate(
    households: Annotated[int, typer.Option(min=1000, help="Size of the district.")] = 1_000_000,
    folder: Annotated[
        Path, typer.Option(help="Where the district is kept for the next time.")
    ] = Path("var/bench"),
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same district.")] = 1,
) -> None:
    """Judge and load one full month of every feed in a fresh process, on top of a loaded stock."""
    from experiments.benchmarks.gate import run

    stock, month = run(folder, households=households, seed=seed)
    typer.echo(f"stock and first month, loaded before: {stock}")
    typer.echo(f"one month of {households:,} households: {month}")
