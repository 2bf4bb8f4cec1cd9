"""``zhaoren-lab trials``: do the remedies against our own footprints hold where the truth is known?"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from experiments.selection_trials.verdicts import Trial

OUTSIDE = 1
app = typer.Typer(
    help="Made-up worlds with a known truth: runaway feedback, selective labels, hidden need.",
    no_args_is_help=True,
)
Seed = Annotated[
    int, typer.Option("--seed", min=0, help="First seed; those below 1000 were developed on.")
]
AsJson = Annotated[bool, typer.Option("--json", help="The whole answer as JSON.")]
Plot = Annotated[Path | None, typer.Option("--plot", help="PNG or SVG file to draw into.")]


@app.command("urn")
def urn_command(
    runs: Annotated[int, typer.Option(min=2, help="Years simulated.")] = 200,
    seed: Seed = 1_000,
    as_json: AsJson = False,
    plot: Plot = None,
) -> None:
    """Two streets in equal need: whose visits drift to one of them within a year? Exit 1 outside a bar."""
    from experiments.selection_trials.urn import urn

    _tell(urn(runs=runs, first_seed=seed), as_json=as_json, plot=plot)


@app.command("selective")
def selective_command(
    runs: Annotated[int, typer.Option(min=2, help="Cities simulated.")] = 500,
    seed: Seed = 1_000,
    as_json: AsJson = False,
    plot: Plot = None,
) -> None:
    """A city visited by hunch and by lot: who knows what the list is worth? Exit 1 outside a bar."""
    from experiments.selection_trials.selective import selective

    _tell(selective(runs=runs, first_seed=seed), as_json=as_json, plot=plot)


@app.command("hidden")
def hidden_command(
    runs: Annotated[int, typer.Option(min=2, help="Models trained per way.")] = 40,
    seed: Seed = 1_000,
    as_json: AsJson = False,
    plot: Plot = None,
) -> None:
    """Three in ten in need never found: what does the order lose? Exit 1 outside a bar."""
    from experiments.selection_trials.hidden import hidden

    _tell(hidden(runs=runs, first_seed=seed), as_json=as_json, plot=plot)


def _tell(trial: "Trial", *, as_json: bool, plot: Path | None) -> None:
    if plot is not None:
        from experiments.selection_trials.figures import draw

        draw(trial).savefig(plot, dpi=120)
    if as_json:
        told = {**asdict(trial), "holds": trial.holds}
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        _show(trial)
    if not trial.holds:
        raise typer.Exit(OUTSIDE)


def _show(trial: "Trial") -> None:
    table = Table("way", "figure", "measured", "bar", "", box=None)
    for line in trial.lines:
        verdict = {True: "within", False: "OUTSIDE", None: ""}[line.holds]
        table.add_row(line.way, line.figure, str(line.measured), line.bar, verdict)
    console = Console(width=140)
    console.print(table)
    console.print(
        f"{trial.runs} runs from seed {trial.first_seed} on, 95 % intervals over runs. Made-up worlds:"
        " they show that the arithmetic holds, not what people are like.",
        highlight=False,
        soft_wrap=True,
    )
