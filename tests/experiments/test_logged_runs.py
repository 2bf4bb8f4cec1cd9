"""A walk on made-up rows, logged twice: what MLflow holds, and that the second finds the first's figures."""

from pathlib import Path

import pytest

from experiments import backtest as walking
from experiments import logged
from experiments.assembled import Assembled
from experiments.backtest import Backtest, backtest
from experiments.figures import figures, score_drift
from experiments.logged import WALK, open_run
from experiments.sameness import Sameness
from models.tracking import Tracking
from tests.experiments.made_up_rows import CONFIG, DATES, few_rules, rows


@pytest.fixture(scope="module")
def result() -> Backtest:
    source = Assembled(CONFIG, rows(), few_rules(), {day: f"{day:%m}" * 8 for day in DATES})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(walking, "assemble", lambda *_, **__: source)
        return backtest(Path(), CONFIG, truth=None)


@pytest.fixture(scope="module")
def runs(result: Backtest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Sameness]]:
    home = tmp_path_factory.mktemp("home")
    found = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logged, "figures", lambda _: {})
        patch.setattr(logged, "streets_of", lambda *_, **__: None)
        for _ in range(2):
            with open_run(home, result, kind=WALK) as (_, same):
                found.append(same)
    return home, found


def test_the_second_run_of_an_identity_finds_the_figures_of_the_first(
    runs: tuple[Path, list[Sameness]],
) -> None:
    _, (first, second) = runs

    assert first.earlier is None
    assert second.equal
    assert second.compared > 300


def test_every_split_and_every_policy_is_a_child_with_its_figures(
    runs: tuple[Path, list[Sameness]], result: Backtest
) -> None:
    home, (_, second) = runs
    children = Tracking(home).best("made_up", metric="precision_10pct", most=200)
    of_first = children.loc[children["tags.mlflow.parentRunId"] == second.earlier]

    splits = {f"split {split.name}" for split in result.splits}
    assert set(of_first["tags.mlflow.runName"]) == splits | set(result.scores)
    assert len(splits) == 2
    assert set(of_first["tags.origin"]) == {"simulated district"}
    assert of_first["tags.feature_definitions"].nunique() == 1


def test_a_parent_holds_every_answer_with_intervals_and_each_date_as_a_step(
    runs: tuple[Path, list[Sameness]],
) -> None:
    home, (_, second) = runs
    parents = Tracking(home).best("made_up", metric="truth_precision_10pct")
    first = parents.loc[parents["run_id"] == second.earlier].iloc[0]

    for answer in ("truth", "by_lot", "observed", "onset"):
        low, value, high = (
            first[f"metrics.{answer}_precision_10pct{end}"] for end in ("_low", "", "_high")
        )
        assert low <= value <= high
    assert "metrics.date_precision_10pct" in first
    assert first["tags.kind"] == WALK


def test_every_figure_says_where_its_data_come_from(result: Backtest, tmp_path: Path) -> None:
    for file, figure in figures(result).items():
        assert "simulated district" in figure.axes[0].get_title(loc="left"), file
        assert len(figure.get_suptitle()) > 20, file
    figure.savefig(tmp_path / "last.png")


def test_scores_of_the_first_date_have_not_drifted_from_themselves(result: Backtest) -> None:
    drift = score_drift(result)

    assert drift["as_of_date"].is_monotonic_increasing
    assert drift["psi"].iloc[0] == 0
    assert (drift["q50"] <= drift["q99"]).all()
