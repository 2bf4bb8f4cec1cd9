"""``zhaoren-lab real``: the same chain on real households from public data."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from experiments.command_line import Told, local_now, named_config, user
from experiments.home_commands import ingest

app = typer.Typer(
    help="Run the same chain on real households from public data.", no_args_is_help=True
)


@app.callback()
def real() -> None:
    """Keep the name of the survey in the command, though there is only one."""


@app.command("hps")
def real_hps(
    data: Annotated[
        Path, typer.Option(help="Folder with week01.parquet ... week12.parquet.")
    ] = Path("../shared/data/hps"),
    home: Annotated[Path, typer.Option(help="Where lake, runs and lists are kept.")] = Path(
        "var/hps"
    ),
    against_lightgbm: Annotated[
        bool,
        typer.Option(
            "--against-lightgbm", help="Also tune a LightGBM on the training waves and judge it."
        ),
    ] = False,
) -> None:
    """Household Pulse Survey: who falls into hardship by the next interview, against plain rules.

    Contracts, gate, point-in-time features, splits, baselines, LightGBM, calibration, MLflow and a
    ranked list: the chain of the district on 1,088,314 interviews with real people.
    """
    from experiments.real.answer import against_peer, against_the_best_rule, calibration_told
    from experiments.real.hps.deliver import as_of_date, deliver
    from experiments.real.ranked_list import write_ranked_list
    from experiments.real.tuned_lightgbm import NAME, with_tuned_lightgbm
    from experiments.report import show_answer
    from experiments.train import train as run_training

    console = Console()
    told = Told(console)
    deliver(data, home / "landing", progress=told)
    told.done()
    last = datetime.combine(as_of_date(12), datetime.min.time())
    answers: list[str] = []
    for name in ("hps_food", "hps_housing"):
        config = named_config(name)
        ingest(home=home, as_of_date=last, config=name)
        told = Told(console)
        trained = run_training(
            home,
            config,
            truth=None,
            at=local_now(),
            by=user(),
            promote_as_champion=False,
            progress=told,
        )
        told.done()
        console.print(
            f"\n[bold]{config.title}[/]: {trained.backtest.judged[0].fitted.split.describe()}"
        )
        show_answer(
            "real households, all of the cohort ranked; those without a next answer are not graded",
            trained.backtest.observed, trained.backtest, console,
        )  # fmt: skip
        show_answer(
            "real households, honest pairs only: ranked among those whose next answer is known",
            trained.backtest.among_labelled(), trained.backtest, console,
        )  # fmt: skip
        out = home / "lists" / f"{name}.csv"
        listed = write_ranked_list(trained.backtest, trained.artefact, out=out)
        console.print(f"The list of the last date, {len(listed)} households with reasons: {out}")
        widest = trained.backtest.capacities[-1]
        if against_lightgbm:
            told = Told(console)
            judged = with_tuned_lightgbm(trained.backtest, progress=told)
            told.done()
            answers.append(f"{name}: {against_peer(judged, NAME, widest)}")
        answers.append(f"{name}: {calibration_told(trained.backtest.observed)}")
        answers.append(f"{name}: {against_the_best_rule(trained.backtest.observed, widest)}")
    for sentence in answers:
        console.print(sentence, highlight=False, soft_wrap=True)
