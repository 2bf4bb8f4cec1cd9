"""``zhaoren-lab groups run | list | regret | errors`` and ``zhaoren-lab compare``."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from experiments.command_line import CONFIGS, Engine, Home, Told, Truth, local_now
from features.engine_names import DUCKDB

app = typer.Typer(
    help="Model groups: a grid of recipes over many splits, kept, judged by regret, chosen.",
    no_args_is_help=True,
)


class By(StrEnum):
    """What lists are judged by."""

    TRUTH = "truth"
    LABELS = "labels"
    LOT = "lot"


Run = Annotated[str | None, typer.Option("--run", help="Name or key of a run; else the latest.")]
Answers = Annotated[
    By | None, typer.Option("--by", help="Judge by this; else truth if there is one, or labels.")
]


@app.command("run")
def run_command(
    grid: Annotated[Path, typer.Argument(help="Grid: a YAML file.")],
    home: Home,
    truth: Truth = None,
    engine: Engine = DUCKDB,
    check: Annotated[
        bool, typer.Option("--check", help="Only say what would be run, and what is wrong with it.")
    ] = False,
) -> None:
    """Run every recipe of a grid on every split; what is kept already is not fitted again."""
    from experiments.groups.grid import base_of, expand, load_grid
    from experiments.groups.running import run_grid
    from experiments.groups.source_version import commit, source_version

    console = Console()
    loaded = load_grid(grid)
    base = base_of(loaded, beside=grid.parent, shipped=CONFIGS)
    expanded = expand(loaded, base, source=source_version())
    names = ", ".join(recipe.name for recipe in expanded.recipes)
    console.print(
        f"{len(expanded.recipes)} recipes on {len(expanded.splits)} splits: {names}.",
        soft_wrap=True,
    )
    if check:
        return
    told = Told(console)
    done = run_grid(
        home,
        expanded,
        truth=truth,
        at=local_now(),
        commit=commit(),
        engine_name=engine,
        progress=told,
    )
    told.done()
    console.print(
        f"Run {done.key[:8]}: {done.fitted} fitted, {done.reused} reused. Look at it with:\n"
        f"  zhaoren-lab groups regret --home {home}",
        soft_wrap=True,
    )


@app.command("list")
def list_command(home: Home) -> None:
    """List finished runs and their groups, the latest first."""
    from experiments.groups.finished import find_run, runs
    from experiments.groups.shown import runs_told, show

    find_run(home, None)
    show(runs_told(runs(home)), Console())


@app.command("regret")
def regret_command(
    home: Home,
    run: Run = None,
    by: Answers = None,
    subset: Annotated[
        str, typer.Option(help="total, onset, entry, or one of the grid's.")
    ] = "total",
    plots: Annotated[Path | None, typer.Option(help="Folder to draw the curves into.")] = None,
) -> None:
    """Show how good and how stable every group is, what each rule of choice costs, and the choice."""
    from experiments.groups.comparing import judge_groups
    from experiments.groups.finished import find_run, load
    from experiments.groups.shown import judgement_told, show
    from models.plots.model_groups import distance_from_best, regret_of_rules

    console = Console()
    about = find_run(home, run)
    found = judge_groups(load(home, about), answers=by.value if by else None, subset=subset)
    show(judgement_told(found), console)
    if plots is not None:
        plots.mkdir(parents=True, exist_ok=True)
        named = {"outcome": about["outcome"].rpartition(":")[2].lower(), "origin": about["origin"]}
        drawn = {
            "distance_from_best": distance_from_best(found.dated, metric=found.metric, **named)
        }
        if len(found.choice.choices):
            drawn["regret_of_rules"] = regret_of_rules(
                found.choice.choices, metric=found.metric, **named
            )
        for name, figure in drawn.items():
            figure.savefig(plots / f"{name}.svg")
        console.print(f"Drawn into {plots}: {', '.join(f'{name}.svg' for name in drawn)}.")


@app.command("errors")
def errors_command(
    home: Home,
    group: Annotated[str, typer.Argument(help="Name of a group with a learner.")],
    run: Run = None,
    chinese: Annotated[bool, typer.Option("--zh", help="With the phrases of visitors.")] = False,
) -> None:
    """Say who is on the list of a group, and where it errs."""
    from experiments.groups.finished import find_run
    from experiments.groups.shown import errors_told, show

    show(errors_told(home, find_run(home, run), group, "zh" if chinese else "en"), Console())


def compare(
    policies: Annotated[
        list[str],
        typer.Argument(help="Groups or baselines; NAME, or NAME@RUN where several runs have it."),
    ],
    home: Home,
    run: Run = None,
    by: Answers = None,
    draws: Annotated[int, typer.Option(min=100, help="Draws of households.")] = 500,
) -> None:
    """Compare the first policy with the others on the same households: which differences are noise.

    Precision and recall at capacity for the total, onset, entry and every named subset, each ranked
    as a population of its own; how far the lists overlap; how much they change from date to date.
    """
    from experiments.groups.comparing import compare as compare_them
    from experiments.groups.finished import gather
    from experiments.groups.shown import comparison_told, show

    finished = gather(home, policies, run=run)
    found = compare_them(finished, answers=by.value if by else None, draws=draws)
    show(comparison_told(found), Console())
