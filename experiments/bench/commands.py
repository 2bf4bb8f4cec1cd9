"""``zhaoren-lab bench``: speed and memory at full size, printed for whoever wants to compare machines."""

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
    from experiments.bench.linkage import run

    typer.echo(str(run(households, seed=seed)))
