"""A table nobody has described: what is refused, what rings, who is learned from, and that it can rank."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from experiments.any_table import choosing
from experiments.any_table.alarms import alarms
from experiments.any_table.choosing import choose
from experiments.any_table.columns import as_inputs
from experiments.any_table.files import TableRefused
from experiments.any_table.folds import inner_folds, outer_folds
from experiments.any_table.learners import Learner, learners
from experiments.any_table.reading import Asked, read_wide_table
from experiments.any_table.trying import MODEL, WITHOUT, Trial, try_table
from experiments.cli import app
from models.calibration_choice import choose_calibration
from models.leaks.findings import LeakReport
from models.probability_metrics import expected_calibration_error
from models.resampling import Interval
from models.top_of_list import Capacity

ROWS = 400
ASKED = Asked(unit="household", label="in_need")


def made_up(rows: int = ROWS) -> pd.DataFrame:
    """Made-up rows whose need depends on debt and size; nothing here is about people."""
    draw = np.random.default_rng(1)
    debt, size = draw.normal(size=rows), draw.integers(1, 6, rows)
    need = draw.random(rows) < 1 / (1 + np.exp(-(1.5 * debt + 0.5 * (size - 3) - 1)))
    return pd.DataFrame(
        {
            "household": [f"h{number}" for number in range(rows)],
            "debt": np.where(draw.random(rows) < 0.1, np.nan, debt),
            "size": size,
            "tenure": draw.choice(["owned", "rented"], rows),
            "month": np.repeat(np.arange(8), rows // 8),
            "in_need": need.astype(int),
        }
    )


def written(frame: pd.DataFrame, folder: Path) -> Path:
    path = folder / "table.csv"
    frame.to_csv(path, index=False)
    return path


def refusal(frame: pd.DataFrame, folder: Path, asked: Asked = ASKED) -> str:
    with pytest.raises(TableRefused) as refused:
        try_table(written(frame, folder), asked, capacity=Capacity(share=0.05))
    return str(refused.value)


def tried(frame: pd.DataFrame, folder: Path, asked: Asked = ASKED) -> Trial:
    return try_table(written(frame, folder), asked, capacity=Capacity(share=0.05))


@pytest.fixture
def two_learners(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole pipeline with a line and small trees only, to spare time."""

    def few(*, rows: int, seed: int) -> list[Learner]:
        every = learners(rows=rows, seed=seed)
        return [one for one in every if one.name in ("logistic", "trees (4 leaves)")]

    monkeypatch.setattr(choosing, "learners", few)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (Asked(unit="household", label="in_neeed"), "did you mean ['in_need']"),
        (Asked(unit="household", label="size"), "--positive VALUE"),
        (Asked(unit="household", label="in_need", positive="3"), "has ['0', '1']"),
        (Asked(unit="household", label="household"), "must be different columns"),
        (Asked(unit="household", label="in_need", time="tenure"), "values are no date"),
        (Asked(unit="household", label="in_need", groups=("one",)), "leave --group one out"),
    ],
)
def test_what_was_asked_wrongly_gets_a_sentence(
    asked: Asked, sentence: str, tmp_path: Path
) -> None:
    assert sentence in refusal(made_up().assign(one="only"), tmp_path, asked)


def test_a_constant_label_leaves_nothing_to_tell_apart(tmp_path: Path) -> None:
    assert "nothing to tell apart" in refusal(made_up().assign(in_need=1), tmp_path)


def test_a_rare_label_is_too_rare_at_24_and_enough_at_25(tmp_path: Path) -> None:
    frame = made_up().assign(in_need=0)
    frame.loc[:23, "in_need"] = 1
    assert "only 24 rows" in refusal(frame, tmp_path)
    frame.loc[24, "in_need"] = 1
    assert read_wide_table(written(frame, tmp_path), ASKED).labels.sum() == 25


def test_the_target_among_the_features_is_refused_with_the_way_out(tmp_path: Path) -> None:
    told = refusal(made_up().assign(aid_paid=lambda rows: rows["in_need"] * 300.0), tmp_path)
    assert "--exclude aid_paid" in told
    assert "--keep" in told


def test_ids_constants_and_free_text_are_left_out_with_a_reason(tmp_path: Path) -> None:
    frame = made_up().assign(
        row=range(ROWS),
        nothing=np.nan,
        same="x",
        note=[f"note {n} of this row" for n in range(ROWS)],
    )
    table = read_wide_table(written(frame, tmp_path), ASKED)
    left_out = as_inputs(table.features).left_out
    assert sorted(left_out) == ["note", "nothing", "row", "same"]
    assert "order of the file" in left_out["row"]


def test_words_for_yes_and_for_unknown_are_understood(tmp_path: Path) -> None:
    frame = made_up()
    frame["in_need"] = frame["in_need"].map({1: "是", 0: "否"}).astype(object)
    frame.loc[:9, "in_need"] = "NA"
    table = read_wide_table(written(frame, tmp_path), ASKED)
    assert table.rows == ROWS - 10
    assert table.notes == ("10 rows without a label were left out",)
    assert table.places[0] == 10


def test_nobody_is_on_both_sides_and_everybody_is_judged_once() -> None:
    units = np.repeat(np.arange(100), 4)
    labels = (np.random.default_rng(2).random(400) < 0.3).astype(float)
    folds = outer_folds(units, labels, None, seed=1)
    for fold in folds:
        assert not set(units[fold.train]) & set(units[fold.test])
    judged = np.concatenate([fold.test for fold in folds])
    assert sorted(judged) == list(range(400))


def test_with_time_only_later_rows_are_judged_inside_and_outside() -> None:
    times = np.repeat(np.arange(10), 40)
    labels = (np.random.default_rng(2).random(400) < 0.3).astype(float)
    for make in (outer_folds, inner_folds):
        folds = make(np.arange(400), labels, times, seed=1)
        assert len(folds) == 3
        for fold in folds:
            assert times[fold.train].max() < times[fold.test].min()


@pytest.mark.usefixtures("two_learners")
def test_planted_leaks_ring_and_the_ranking_without_them_stands_beside(tmp_path: Path) -> None:
    draw = np.random.default_rng(3)
    frame = made_up()
    need = frame["in_need"] == 1
    # An end date filled in later, and an amount linked to the benefit, each with a few mistakes.
    frame["ended_days"] = np.where(
        need & (draw.random(ROWS) < 0.9), draw.integers(1, 90, ROWS), np.nan
    )
    frame["aid"] = np.where(need, 500.0, 0.0) + draw.normal(size=ROWS) * 200
    trial = tried(frame, tmp_path, Asked(unit="household", label="in_need", time="month"))
    rung = {alarm.column: alarm.kind for alarm in trial.alarms if alarm.column}
    assert rung["ended_days"] in ("knows too much", "filled in afterwards", "one outcome only")
    assert rung["aid"] == "knows too much"
    assert trial.evaluation[WITHOUT].roc_auc.value < trial.evaluation[MODEL].roc_auc.value - 0.05


def looked_at(frame: pd.DataFrame, folder: Path) -> LeakReport:
    table = read_wide_table(written(frame, folder), ASKED)
    folds = outer_folds(table.units, table.labels, None, seed=1)
    honest = Interval(0.75, 0.7, 0.8)
    return alarms(
        as_inputs(table.features), table.labels, folds, units=table.units, times=None, model=honest, seed=1
    )  # fmt: skip


def test_a_file_sorted_by_its_label_rings_and_a_mixed_one_does_not(tmp_path: Path) -> None:
    clean = made_up().drop(columns="month")
    mixed = looked_at(clean.sample(frac=1, random_state=2), tmp_path)
    assert [alarm.kind for alarm in mixed.leaks] == []
    sorted_ = looked_at(clean.sort_values("in_need"), tmp_path)
    assert "order of rows" in [alarm.kind for alarm in sorted_.leaks]


def test_what_was_asked_only_of_those_affected_rings_though_a_code_stands_there(
    tmp_path: Path,
) -> None:
    frame = made_up().drop(columns="month").sample(frac=1, random_state=2)
    draw = np.random.default_rng(6)
    asked = (frame["in_need"] == 1) | (draw.random(ROWS) < 0.05)
    frame["reason"] = np.where(asked, draw.integers(1, 4, ROWS), -88)
    assert "reason" in looked_at(frame, tmp_path).suspects()


@pytest.mark.usefixtures("two_learners")
def test_it_ranks_what_can_be_ranked_and_says_who_is_missed(tmp_path: Path) -> None:
    path, out = written(made_up(), tmp_path), tmp_path / "out"
    asked = ["try", str(path), "--unit", "household", "--label", "in_need", "--group", "tenure"]
    told = CliRunner().invoke(app, [*asked, "--time", "month", "--out", str(out)])
    assert told.exit_code == 0, told.output
    table = pd.read_csv(out / "table.csv").set_index("policy")
    assert table.loc[MODEL, "roc_auc"] > table.loc["random", "roc_auc_high"]
    page = (out / "card.html").read_text(encoding="utf-8")
    assert "tenure: rented" in page
    assert "http" not in page.replace("http-equiv", "")


def test_the_same_seed_chooses_the_same_blend(tmp_path: Path) -> None:
    table = read_wide_table(written(made_up(240), tmp_path), ASKED)
    inputs = as_inputs(table.features)
    first, again = (choose(inputs, table.labels, table.units, None, seed=3) for _ in range(2))
    assert first.recipe() == again.recipe()
    assert (first.probabilities(inputs.matrix) == again.probabilities(inputs.matrix)).all()


def test_a_wrong_option_of_the_command_ends_with_2_and_a_sentence(tmp_path: Path) -> None:
    path = written(made_up(), tmp_path)
    asked = ["try", str(path), "--unit", "household", "--label", "in_need"]
    told = CliRunner().invoke(app, [*asked, "--capacity", "many"])
    assert told.exit_code == 2
    assert "a share like 5% or a number like 200" in told.output


def test_a_calibration_is_chosen_that_repairs_what_is_bent_and_leaves_what_is_straight() -> None:
    draw = np.random.default_rng(5)
    truth = draw.beta(1, 5, 6000)
    labels = (draw.random(6000) < truth).astype(float)
    straight = choose_calibration(truth, labels, seed=1)
    assert expected_calibration_error(straight.apply(truth), labels) < 0.015
    bent = truth**3
    repaired = choose_calibration(bent, labels, seed=1)
    assert expected_calibration_error(bent, labels) > 0.1
    assert expected_calibration_error(repaired.apply(bent), labels) < 0.015
