"""``zhaoren-lab train | backtest``: an experiment from its file to its figures."""

from typing import Annotated

import typer
from rich.console import Console

from experiments.command_line import (
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


def train(
    home: Home,
    config: Config = "district",
    truth: Truth = None,
    promote: Annotated[
        bool, typer.Option(help="Make it the champion the night scores with.")
    ] = False,
    engine: Engine = DUCKDB,
) -> None:
    """Train one experiment, judge it beside its baselines, log it in MLflow."""
    from experiments.report import show
    from experiments.train import train as run_training

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
    state = "promoted as champion" if trained.promoted else "not promoted (add --promote)"
    console.print(
        f"\nModel {trained.artefact.artefact_id[:12]} is version {trained.version} of"
        f" {trained.backtest.config.name} in MLflow, {state}. Look at it with:\n"
        f"  mlflow ui --backend-store-uri sqlite:///{(home / 'mlflow.db').resolve()}",
        soft_wrap=True,
    )


def backtest(
    home: Home,
    config: Config = "district",
    truth: Truth = None,
    engine: Engine = DUCKDB,
) -> None:
    """Walk forward over the past: fit, rank, look what happened; every baseline beside the model."""
    from experiments.backtest import backtest as run_backtest
    from experiments.report import show

    console = Console()
    told = Told(console)
    result = run_backtest(
        home, named_config(config), truth=truth, engine_name=engine, progress=told
    )
    told.done()
    show(result, console)
