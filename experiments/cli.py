"""``zhaoren-lab``: the data scientist's command. Here commands are put together and refusals are told."""

import logging
import sys
from collections.abc import Sequence

import typer
from rich.console import Console

from experiments import (
    ablate_command,
    fairness_command,
    home_commands,
    judge_commands,
    leaks_command,
    proving_command,
    run_commands,
    trigger_commands,
    tune_command,
    what_if_command,
)
from experiments.any_table import command as any_table
from experiments.benchmarks import commands as bench
from experiments.feature_browser import commands as feature_browser
from experiments.groups import commands as groups
from experiments.linkage import commands as link
from experiments.model_card import command as model_card
from experiments.promotion import cold_start_command, gate_command
from experiments.promotion import commands as promotion
from experiments.real import commands as real
from experiments.selection_trials import command as trials
from experiments.year import command as year
from features.engine_names import EngineError

REFUSED = 2

app = typer.Typer(
    name="zhaoren-lab",
    help="Simulate a district, train, backtest and compare. Operators use `zhaoren`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(home_commands.simulate)
app.command()(home_commands.ingest)
app.command()(home_commands.demo)
app.command("run")(run_commands.run_experiment)
app.command()(run_commands.train)
app.command()(run_commands.backtest)
app.command()(tune_command.tune)
app.command("ablate")(ablate_command.ablate_command)
app.command()(groups.compare)
app.command()(promotion.promote)
app.command()(promotion.rollback)
app.command()(model_card.card)
app.command()(cold_start_command.cold_start)
app.command("try")(any_table.try_command)
app.command()(leaks_command.leaks)
app.command()(leaks_command.leaks_power)
app.command()(fairness_command.fairness)
app.command("what-if")(what_if_command.what_if)
app.command("simulate-year")(year.simulate_year)
app.add_typer(real.app, name="real")
app.add_typer(groups.app, name="groups")
app.add_typer(link.app, name="link")
app.add_typer(trials.app, name="trials")
app.add_typer(bench.app, name="bench")
app.add_typer(judge_commands.app, name="judge")
app.add_typer(gate_command.app, name="gate")
app.add_typer(trigger_commands.app, name="triggers")
feature_browser.app.command()(proving_command.prove)
app.add_typer(feature_browser.app, name="features")


def main(argv: Sequence[str]) -> int:
    """Run one command; return its exit code. Anticipated failures are one sentence, exit code 2."""
    logging.basicConfig(level=logging.WARNING)
    try:
        # Not standalone, an exit with a code of its own is returned, not raised; a command returns nothing.
        ended = app(args=list(argv), standalone_mode=False)
    except typer.Abort as stop:
        # Typer takes input or a file that ended too early for somebody who pressed Ctrl-D.
        if isinstance(stop.__cause__, EOFError):
            Console(stderr=True).print(
                f"stopped: something ended before it was read: {stop.__cause__}. Answer questions in a"
                " terminal; make a file that was cut off anew.",
                markup=False,
                soft_wrap=True,
            )
        return 1
    except typer.TyperException as wrong:
        Console(stderr=True).print(
            f"{wrong}\nSee `zhaoren-lab --help`.", markup=False, soft_wrap=True
        )
        return REFUSED
    except _refusals() as refusal:
        Console(stderr=True).print(f"[bold]refused:[/] {refusal}", soft_wrap=True, highlight=False)
        return REFUSED
    return ended if isinstance(ended, int) else 0


def _refusals() -> tuple[type[Exception], ...]:
    """Return what ends a command with one sentence; asked only once something went wrong, for it loads the learners."""
    from data_contracts.ciphers import CannotOpen
    from data_contracts.gate import GateError
    from data_contracts.lake import LakeError
    from data_contracts.linkage.model import LinkageModelError
    from data_contracts.linkage.thresholds import TooFewLabels
    from data_contracts.odcs import ContractError
    from data_contracts.pseudonyms import KeyUnusable
    from experiments.benchmarks.homes import NoSuchCity
    from experiments.config import ConfigError
    from experiments.district.answers import NoTruth
    from experiments.district.simulate import DistrictExists
    from experiments.feature_browser.matrices import NothingToShow
    from experiments.groups.refusals import GroupsRefusal
    from experiments.leak_check import NothingToCheck
    from experiments.linkage.labels import LabelsUnreadable
    from experiments.real.hps.deliver import SurveyError
    from features.registry import DeclarationError
    from models.artefact import ArtefactError
    from models.calibration import CalibrationError
    from models.fairness.groups import NobodyToCompare
    from models.gate.refusals import PromotionRefusal
    from models.learners.learned import LearnerError
    from models.splits import SplitError

    return (
        ArtefactError, CalibrationError, CannotOpen, ConfigError, ContractError, DeclarationError, DistrictExists, EngineError, GateError, GroupsRefusal,
        KeyUnusable, LabelsUnreadable, LakeError, LearnerError, LinkageModelError, NobodyToCompare, NoSuchCity, NothingToCheck, NothingToShow, NoTruth,
        PromotionRefusal, SplitError, SurveyError, TooFewLabels,
    )  # fmt: skip


def run() -> None:
    """Entry point of ``zhaoren-lab``."""
    sys.exit(main(sys.argv[1:]))
