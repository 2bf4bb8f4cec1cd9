"""``zhaoren-lab tune``: better settings of one learner, by inner folds of the training dates."""

from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from experiments.command_line import Config, Engine, Home, Told, named_config
from features.engine_names import DUCKDB

if TYPE_CHECKING:
    from experiments.config import ExperimentConfig
    from experiments.tuning import Tuned

_SHOWN = 8
_WIDTH = 170


def tune(
    home: Home,
    config: Config = "district",
    learner: Annotated[
        str | None,
        typer.Option(
            help="lightgbm, scorecard or logistic, from its defaults; else the experiment's."
        ),
    ] = None,
    attempts: Annotated[int, typer.Option(min=1, help="Settings to try.")] = 30,
    precision: Annotated[
        bool,
        typer.Option("--precision", help="Tune precision at the headline capacity, not log loss."),
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Experiment file to write; by default under HOME/tuned.")
    ] = None,
    engine: Engine = DUCKDB,
) -> None:
    """Tune one learner on earlier and later training dates, behind the same gap as the backtest.

    Test dates are never read. The best settings are written as an experiment that `run` takes.
    """
    from experiments.tuning import training_rows, write_experiment
    from experiments.tuning import tune as run_tuning

    console = Console()
    told = Told(console)
    base = _with_default(named_config(config), learner)
    rows = training_rows(home, base, engine_name=engine, progress=told)
    tuned = run_tuning(
        rows, base,
        attempts=attempts, objective="precision" if precision else "log_loss", progress=told,
    )  # fmt: skip
    path = out or home / "tuned" / f"{tuned.config.name}.yaml"
    written = write_experiment(tuned, path)
    told("logging the attempts in MLflow")
    _log(home, base, tuned)
    told.done()
    _show(tuned, console)
    console.print(
        f"Written to {path}, identity {written.identity}. Judge it on dates nobody tuned on:"
        f" zhaoren-lab run --home {home} --config {path}",
        soft_wrap=True,
    )


def _with_default(config: "ExperimentConfig", learner: str | None) -> "ExperimentConfig":
    from experiments.search_spaces import default_settings

    if learner is None:
        return config
    return config.model_copy(update={"learner": default_settings(learner)})


def _log(home: Path, base: "ExperimentConfig", tuned: "Tuned") -> None:
    from experiments.tuning import UNSTEADY
    from models.learners.settings import as_parameters
    from models.tracking import Tracking

    tags = {"kind": "tuning", "origin": base.origin, "identity": base.identity}
    with Tracking(home).run(f"tuning {base.title}", experiment=base.name, tags=tags) as run:
        run.params(
            {
                **as_parameters(tuned.config.learner),
                "objective": tuned.objective,
                "unsteady": UNSTEADY,
                "attempts": len(tuned.attempts) - 1,
                "seed": base.seed,
                "folds": "; ".join(tuned.folds),
            }
        )
        before = tuned.attempts[0].worth
        run.metrics({"minimised": tuned.best.worth, "minimised_before": before})
        run.table(tuned.table(), "tables/attempts.csv")
        run.document(tuned.config.model_dump(mode="json"), "tuned_experiment.json")


def _show(tuned: "Tuned", console: Console) -> None:
    for number, fold in enumerate(tuned.folds, start=1):
        console.print(f"inner fold {number}: {fold}", soft_wrap=True, highlight=False)
    found = tuned.table().head(_SHOWN)
    table = Table(title=f"{tuned.objective}, lower is better; attempt 0 is what was there")
    shown = [name for name in found.columns if name != "why_not"]
    for name in shown:
        table.add_column(name)
    for row in found[shown].to_dict("records"):
        table.add_row(*(_cell(value) for value in row.values()))
    # In a narrow terminal every figure would be cut to its first digits: better that the terminal wraps.
    Console(file=console.file, width=max(console.width, _WIDTH)).print(table)


def _cell(value: object) -> str:
    """Return a figure or setting as text; a setting nobody changed, in attempt 0, is as it was."""
    if not isinstance(value, float):
        return str(value)
    return "as it was" if isnan(value) else f"{value:.5g}"
