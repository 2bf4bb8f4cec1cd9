"""Tables on a narrow terminal keep their figures, and nothing known is told as a dash."""

from io import StringIO

import pytest
from rich.console import Console

from experiments.config import ExperimentConfig
from experiments.groups.shown import _share
from experiments.report import _points
from experiments.tune_command import _show
from experiments.tuning import Attempt, Tuned
from models.resampling import Interval
from tests.experiments import made_up_rows as made_up


def tuned(config: ExperimentConfig) -> Tuned:
    settings = {f"setting_{number}": 0.123456 for number in range(6)}
    return Tuned(
        config,
        "log_loss",
        ("2024-10-01", "2024-11-01"),
        (
            Attempt(0, {}, (0.127351, 0.127352), 0.127353),
            Attempt(1, settings, (0.126991, 0.126992), 0.126993),
        ),
    )


def test_a_narrow_terminal_cuts_no_figure_of_a_tuning_and_attempt_0_is_as_it_was() -> None:
    written = StringIO()

    _show(tuned(made_up.CONFIG), Console(file=written, width=60))

    told = written.getvalue()
    assert "0.12735" in told
    assert "0.12699" in told
    assert told.count("as it was") == 6
    assert "nan" not in told
    assert "…" not in told


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (Interval(0.312, 0.071, 0.542), "+31.2 (+7.1 to +54.2)"),
        (Interval(float("nan"), float("nan"), float("nan")), "-"),
    ],
)
def test_a_lead_over_a_list_nobody_of_which_is_known_is_a_dash(found: Interval, told: str) -> None:
    assert _points(found) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [(-1e-17, "0.0 %"), (-0.0004, "0.0 %"), (-0.0006, "-0.1 %"), (0.1379, "13.8 %")],
)
def test_a_distance_of_minus_nothing_is_nothing(value: float, told: str) -> None:
    assert _share(value) == told
