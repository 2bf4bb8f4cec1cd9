"""The made-up worlds at full size: naive learning must fail in them, ours must hold its bars."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from experiments.selection_trials import hidden as hidden_trial
from experiments.selection_trials import selective as selective_trial
from experiments.selection_trials import urn as urn_trial
from experiments.selection_trials.command import app
from experiments.selection_trials.hidden import hidden
from experiments.selection_trials.selective import City, selective
from experiments.selection_trials.urn import Streets, urn, year_of_nights
from experiments.selection_trials.verdicts import Line, Trial
from models.resampling import Interval


def test_naive_retraining_drifts_to_one_of_two_equal_streets_and_ours_does_not() -> None:
    trial = urn()

    naive = trial[urn_trial.NAIVE, "years that end beyond 65 : 35"].measured.value
    ours = trial[urn_trial.OURS, "years that end within 45 : 55"].measured.value
    assert trial.runs == 200
    assert naive >= 0.5
    assert ours >= 0.95
    assert trial.holds


def test_without_the_weights_our_loop_would_drift_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urn_trial, "_in_visits", lambda chances, usual: 1.0)

    ends = year_of_nights(Streets(), weighted=True, runs=200, first_seed=1_000)[:, -1]

    assert (abs(ends - 0.5) <= 0.05).mean() < 0.5


def test_staff_choose_so_labels_mislead_and_the_lot_does_not() -> None:
    trial = selective()

    assert trial.runs == 500
    for figure in ("precision", "roc_auc"):
        assert trial[selective_trial.NAIVE, f"distance of {figure}"].measured.value >= 0.05
    for way in selective_trial.WAYS:
        for figure in selective_trial.FIGURES:
            assert abs(trial[way, f"bias of {figure}"].measured.value) <= 0.02
            assert 0.93 <= trial[way, f"coverage of {figure}"].measured.value <= 0.97
    assert trial.holds


def test_a_city_where_staff_visit_at_random_is_too_easy_to_pass() -> None:
    easy = selective(runs=20, city=City(visited=1.0))

    assert easy[selective_trial.NAIVE, "distance of precision"].holds is False
    assert not easy.holds


def test_hidden_need_hardly_costs_order_where_the_chance_to_be_found_is_known() -> None:
    trial = hidden()

    missed = trial[hidden_trial.ORACLE, "need never found"].measured.value
    assert 0.25 <= missed <= 0.35
    for figure in ("pairs in wrong order, more", "precision at 5 %, lost"):
        assert trial[hidden_trial.NAIVE, figure].measured.value > 0.05
        assert trial[hidden_trial.OURS, figure].measured.value <= 0.05
    assert trial.holds


def test_the_same_seed_gives_the_same_figures_and_another_gives_others() -> None:
    first, again, other = (
        selective(runs=3, first_seed=seed).lines[0].measured for seed in (5, 5, 6)
    )

    assert first == again
    assert first != other


@pytest.mark.parametrize(
    ("value", "holds"), [(0.92, False), (0.93, True), (0.97, True), (0.971, False)]
)
def test_a_bar_includes_its_ends(value: float, holds: bool) -> None:
    line = Line(way="w", figure="f", measured=Interval(value, 0, 1), low=0.93, high=0.97)

    assert line.holds is holds
    assert line.bar == "0.93 to 0.97"
    assert Trial(name="t", runs=1, first_seed=0, lines=(line,)).holds is holds


def test_the_command_prints_a_table_draws_a_picture_and_says_when_a_bar_is_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = tmp_path / "urn.png"

    shown = CliRunner().invoke(app, ["urn", "--plot", str(picture)])
    told = CliRunner().invoke(app, ["urn", "--json"])
    monkeypatch.setattr(urn_trial, "SPLIT_WITHIN", 0.0)
    missed = CliRunner().invoke(app, ["urn"])

    assert shown.exit_code == 0, shown.output
    assert "at least 0.95" in shown.output
    assert picture.stat().st_size > 10_000
    assert json.loads(told.output)["holds"] is True
    assert (missed.exit_code, "OUTSIDE" in missed.output) == (1, True)
