"""``zhaoren-lab run | train | backtest``: an experiment from its file to its figures."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from experiments.command_line import (
    GATE_SAYS_NO,
    Config,
    Engine,
    Home,
    Told,
    Truth,
    local_now,
    named_config,
    user,
)
from features.engine_names import DUCKDB

if TYPE_CHECKING:
    from experiments.sameness import Sameness


def run_experiment(
    home: Home,
    config: Config = "district",
    truth: Truth = None,
    engine: Engine = DUCKDB,
) -> None:
    """Run one experiment from its file: fit, judge beside every baseline, log, compare with the last run like it.

    Nothing is promoted: a model becomes champion through the promotion gate.
    """
    train(home=home, config=config, truth=truth, promote=False, engine=engine)


def train(
    home: Home,
    config: Config = "district",
    truth: Truth = None,
    promote: Annotated[
        bool, typer.Option(help="Ask the gate to make it the champion the night scores with.")
    ] = False,
    engine: Engine = DUCKDB,
) -> None:
    """Train one experiment, judge it beside its baselines, log it in MLflow.

    With --promote: exit code 3 if the gate does not let it through, 2 if it is no model that can be kept.

    Raises:
        LearnerError: promotion was asked for a model that can only be judged.
    """
    from experiments.promotion.shown import show_outcome
    from experiments.report import show
    from experiments.train import train as run_training
    from models.learners.learned import LearnerError

    console = Console()
    told = Told(console)
    trained = run_training(
        home,
        named_config(config),
        truth=truth,
        at=local_now(),
        by=user(),
        promote_as_champion=promote,
        engine_name=engine,
        progress=told,
    )
    told.done()
    show(trained.backtest, console)
    if trained.registered is not None:
        console.print(
            f"\nModel {trained.artefact.artefact_id[:12]} is version {trained.registered.version} of"
            f" {trained.backtest.config.name} in MLflow.",
            soft_wrap=True,
        )
    elif not promote:
        console.print(f"\n{trained.why_not}.", soft_wrap=True, highlight=False)
    if trained.decided is not None:
        show_outcome(trained.decided, console)
    _told_where(home, trained.same, console)
    if promote and trained.registered is None:
        raise LearnerError(trained.why_not)
    if promote and not trained.promoted:
        raise typer.Exit(GATE_SAYS_NO)


def backtest(
    home: Home,
    config: Config = "district",
    truth: Truth = None,
    engine: Engine = DUCKDB,
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Matrices built and splits fitted side by side; by default one per core, two at the most.",
        ),
    ] = None,
) -> None:
    """Walk forward over the past: fit, rank, look what happened; every baseline beside the model."""
    from experiments.backtest import backtest as run_backtest
    from experiments.groups.keeping import keep_backtest
    from experiments.groups.source_version import commit
    from experiments.logged import WALK, open_run
    from experiments.report import show
    from features.jobs import cores_to_use

    console = Console()
    told = Told(console)
    result = run_backtest(
        home, named_config(config),
        truth=truth, engine_name=engine, jobs=jobs or cores_to_use(), progress=told,
    )  # fmt: skip
    told("logging the run in MLflow")
    with open_run(home, result, kind=WALK) as (_, same):
        pass
    told("keeping every score, to compare with")
    keep_backtest(home, result, at=local_now(), commit=commit())
    told.done()
    show(result, console)
    _told_where(home, same, console)


def _told_where(home: Path, same: "Sameness", console: Console) -> None:
    console.print(
        f"{same.sentence()}\nLook at the run with:\n"
        f"  mlflow ui --backend-store-uri sqlite:///{(home / 'mlflow.db').resolve()}",
        soft_wrap=True,
        highlight=False,
        style=None if same.earlier is None or same.equal else "bold red",
    )
