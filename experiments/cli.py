"""``zhaoren-lab``: the data scientist's command. The only place here that asks for the time."""

import logging
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from experiments import judge_commands, proving_command, trigger_commands, what_if_command
from experiments.any_table import command as any_table
from experiments.benchmarks import commands as bench
from experiments.feature_browser import commands as feature_browser
from experiments.linkage import commands as link
from features.engine_names import DUCKDB, EngineError

if TYPE_CHECKING:
    from experiments.config import ExperimentConfig

app = typer.Typer(
    name="zhaoren-lab",
    help="Simulate a district, train, backtest and compare. Operators use `zhaoren`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
real = typer.Typer(
    help="Run the same chain on real households from public data.", no_args_is_help=True
)
app.command("try")(any_table.try_command)
app.command("what-if")(what_if_command.what_if)
app.add_typer(real, name="real")
app.add_typer(link.app, name="link")
app.add_typer(bench.app, name="bench")
app.add_typer(judge_commands.app, name="judge")
app.add_typer(trigger_commands.app, name="triggers")
feature_browser.app.command()(proving_command.prove)
app.add_typer(feature_browser.app, name="features")

CONFIGS = Path(__file__).parent / "configs"
REFUSED = 2

Home = Annotated[
    Path,
    typer.Option("--home", envvar="ZHAOREN_HOME", help="Folder with landing, lake and models."),
]
Config = Annotated[
    str,
    typer.Option("--config", help="Experiment: a YAML file, or the name of one that is shipped."),
]

Engine = Annotated[
    str,
    typer.Option(
        "--engine",
        envvar="ZHAOREN_ENGINE",
        help="What builds the matrices: duckdb, local[2] or spark://host:7077.",
    ),
]


class Told:
    """Progress on one line of a terminal, one line each elsewhere; times come from the caller."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status = console.status("starting") if console.is_terminal else None
        if self._status is not None:
            self._status.start()

    def __call__(self, line: str) -> None:
        """Show what is being done now."""
        if self._status is not None:
            self._status.update(line)
        else:
            self._console.print(f"  {line}", highlight=False, soft_wrap=True)

    def done(self) -> None:
        """Stop showing."""
        if self._status is not None:
            self._status.stop()


@app.command()
def simulate(
    out: Annotated[
        Path, typer.Option(help="Folder to write landing/ and truth/ into; must be new.")
    ],
    households: Annotated[int, typer.Option(min=200, help="Households of the district.")] = 10_000,
    months: Annotated[
        int, typer.Option(min=2, max=120, help="Recorded months, the last is 2026-06.")
    ] = 36,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same bytes.")] = 1,
    burn_in_months: Annotated[
        int, typer.Option(min=0, help="Months lived before recording; fewer give a rawer stock.")
    ] = 24,
    clean: Annotated[
        bool,
        typer.Option(
            "--clean",
            help="The same life without dirt: registers equal it, nothing is late, everybody is checked each quarter.",
        ),
    ] = False,
) -> None:
    """Write a simulated district: departments' files, and the truth apart.

    The district is not evidence about people; it shows that the chain works and how hard the job is.
    """
    from data_contracts.pseudonyms import KEY_FILE, simulated_key
    from experiments.district.config import DistrictConfig, without_dirt
    from experiments.district.simulate import simulate as run_simulation

    console = Console()
    told = Told(console)
    config = DistrictConfig(
        households=households, months=months, seed=seed, burn_in_months=burn_in_months
    )
    summary = run_simulation(without_dirt(config) if clean else config, out, told)
    simulated_key(out / KEY_FILE, seed=seed)
    told.done()
    console.print(
        f"{summary.households} households, {summary.persons} people, {summary.months} months:"
        f" {summary.rows} rows in {summary.deliveries} deliveries under {out / 'landing'}."
        f" In hardship {summary.hardship_share:.1%}, hidden {summary.hidden_share:.1%}, covered"
        f" {summary.covered_share:.1%} of households. Truth in {out / 'truth'}: for judging only."
    )


@app.command()
def train(
    home: Home,
    config: Config = "district",
    truth: Annotated[
        Path | None, typer.Option(help="Truth of a simulated district, to judge with.")
    ] = None,
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
        _config(config),
        truth=truth,
        at=_local_now(),
        by=_user(),
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


@app.command()
def backtest(
    home: Home,
    config: Config = "district",
    truth: Annotated[
        Path | None, typer.Option(help="Truth of a simulated district, to judge with.")
    ] = None,
    engine: Engine = DUCKDB,
) -> None:
    """Walk forward over the past: fit, rank, look what happened; every baseline beside the model."""
    from experiments.backtest import backtest as run_backtest
    from experiments.report import show

    console = Console()
    told = Told(console)
    result = run_backtest(home, _config(config), truth=truth, engine_name=engine, progress=told)
    told.done()
    show(result, console)


@app.command()
def ingest(
    home: Home,
    as_of_date: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="Deliveries received before this day.")
    ],
    config: Config = "district",
) -> None:
    """Pass every delivery received before a date through the gate: history before the first night."""
    from data_contracts.gate import pass_gate
    from data_contracts.markers import accept_marked
    from data_contracts.pseudonyms import keyring_of
    from features.concluding import conclude_history

    console = Console()
    told = Told(console)
    deployment, keyring = _config(config).load_deployment(), keyring_of(home)
    now = datetime.now().astimezone()
    for left in accept_marked(
        home / "landing", deployment.contracts, now=now, zone=now.tzinfo or UTC
    ):
        console.print(f"feed {left.feed}, file {left.name}: {left.reason}", markup=False)
    judgements = pass_gate(
        home, deployment.contracts, before=as_of_date, progress=told, keyring=keyring
    )
    concluded = conclude_history(
        home, deployment, before=as_of_date.date(), keyring=keyring, progress=told
    )
    judgements += concluded.judgements
    told.done()
    counts: dict[str, int] = {}
    for judgement in judgements:
        counts[judgement.verdict.value] = counts.get(judgement.verdict.value, 0) + 1
        if judgement.verdict.value in ("refused", "waiting"):
            console.print(str(judgement), soft_wrap=True)
    rows = sum(judgement.accepted for judgement in judgements)
    told_counts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))
    console.print(
        f"{len(judgements)} deliveries: {told_counts or 'nothing new'}; {rows} facts loaded."
    )


@app.command()
def demo(
    home: Home,
    as_of_date: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="Day of the night to come.")
    ],
    households: Annotated[int, typer.Option(min=1000)] = 10_000,
    months: Annotated[int, typer.Option(min=30, max=120)] = 36,
    seed: int = 1,
) -> None:
    """Prepare a home for the first night: a district, its history through the gate, a champion.

    Does nothing that is already done, so it can be repeated.
    """
    from models.promoted import NoChampion, champion

    landing = home / "landing"
    if not landing.exists():
        simulate(out=home, households=households, months=months, seed=seed)
    try:
        champion(home)
    except NoChampion:
        ingest(home=home, as_of_date=as_of_date)
        train(home=home, truth=home / "truth", promote=True)


@real.command("hps")
def real_hps(
    data: Annotated[
        Path, typer.Option(help="Folder with week01.parquet ... week12.parquet.")
    ] = Path("../shared/data/hps"),
    home: Annotated[Path, typer.Option(help="Where lake, runs and lists are kept.")] = Path(
        "var/hps"
    ),
) -> None:
    """Household Pulse Survey: who falls into hardship by the next interview, against plain rules.

    Contracts, gate, point-in-time features, splits, baselines, LightGBM, calibration, MLflow and a
    ranked list: the chain of the district on 1,088,314 interviews with real people.
    """
    from experiments.real.hps.deliver import as_of_date, deliver
    from experiments.real.ranked_list import write_ranked_list
    from experiments.report import show_answer
    from experiments.train import train as run_training

    console = Console()
    told = Told(console)
    deliver(data, home / "landing", progress=told)
    told.done()
    last = datetime.combine(as_of_date(12), datetime.min.time())
    for name in ("hps_food", "hps_housing"):
        config = _config(name)
        ingest(home=home, as_of_date=last, config=name)
        told = Told(console)
        trained = run_training(
            home,
            config,
            truth=None,
            at=_local_now(),
            by=_user(),
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


def _local_now() -> datetime:
    return datetime.now()  # noqa: DTZ005 the bureau's own clock, for the promotion history


def _user() -> str:
    return os.environ.get("USER", "unknown")


def _config(name: str) -> "ExperimentConfig":
    from experiments.config import load_config

    path = Path(name)
    return load_config(path if path.suffix == ".yaml" else CONFIGS / f"{name}.yaml")


def main(argv: Sequence[str]) -> int:
    """Run one command; return its exit code. Anticipated failures are one sentence, exit code 2."""
    logging.basicConfig(level=logging.WARNING)
    from data_contracts.ciphers import CannotOpen
    from data_contracts.gate import GateError
    from data_contracts.lake import LakeError
    from data_contracts.linkage.model import LinkageModelError
    from data_contracts.linkage.thresholds import TooFewLabels
    from data_contracts.odcs import ContractError
    from data_contracts.pseudonyms import KeyUnusable
    from experiments.config import ConfigError
    from experiments.district.answers import NoTruth
    from experiments.district.simulate import DistrictExists
    from experiments.feature_browser.matrices import NothingToShow
    from experiments.linkage.labels import LabelsUnreadable
    from experiments.real.hps.deliver import SurveyError
    from features.registry import DeclarationError
    from models.artefact import ArtefactError
    from models.learner import LearnerError
    from models.splits import SplitError

    try:
        app(args=list(argv), standalone_mode=False)
    except typer.Exit as ended:
        return ended.exit_code
    except typer.Abort:
        return 1
    except typer.TyperException as wrong:
        Console(stderr=True).print(
            f"{wrong}\nSee `zhaoren-lab --help`.", markup=False, soft_wrap=True
        )
        return REFUSED
    except (
        ArtefactError, CannotOpen, ConfigError, ContractError, DeclarationError, DistrictExists, EngineError, GateError,
        KeyUnusable, LabelsUnreadable, LakeError, LearnerError, LinkageModelError, NothingToShow, NoTruth, SplitError,
        SurveyError, TooFewLabels,
    ) as refusal:  # fmt: skip
        Console(stderr=True).print(f"[bold]refused:[/] {refusal}", soft_wrap=True, highlight=False)
        return REFUSED
    return 0


def run() -> None:
    """Entry point of ``zhaoren-lab``."""
    sys.exit(main(sys.argv[1:]))
