"""The small experiment: what a date sees, who is learned from, figures that are scikit-learn's, and named noise."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.benchmarks.small_experiment import experiment
from experiments.benchmarks.small_experiment.experiment import (
    LISTED,
    NotEqual,
    compared,
    require_equal,
    splits,
)
from experiments.benchmarks.small_experiment.matrices import DataAbsent, build, columns
from experiments.benchmarks.small_experiment.told import in_a_sentence, table

HOUSEHOLDS = 800


def judged() -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    draw = np.random.default_rng(3)
    need = draw.normal(size=HOUSEHOLDS)
    days = [split.test for split in splits()]
    rows = pd.DataFrame(
        {
            "household_id": np.tile(np.arange(HOUSEHOLDS), len(days)),
            "as_of_date": np.repeat(days, HOUSEHOLDS),
            "label": (
                draw.random(HOUSEHOLDS * len(days))
                < 1 / (1 + np.exp(2 - 1.5 * np.tile(need, len(days))))
            ).astype(float),
        }
    )
    seen = np.tile(need, len(days))
    steady = seen + 0.3 * draw.normal(size=len(seen))
    return rows, {
        "good": 1 / (1 + np.exp(-steady)),
        "nearly as good": steady + 0.05 * draw.normal(size=len(seen)),
        "lot": draw.random(len(seen)),
    }


def test_four_splits_learn_from_every_date_whose_labels_were_known() -> None:
    found = splits()
    assert [f"{one.test:%Y-%m}" for one in found] == ["2023-04", "2023-07", "2023-10", "2024-01"]
    assert [len(one.train) for one in found] == [1, 2, 3, 4]
    for one in found:
        assert max(one.train) + pd.DateOffset(months=6) <= one.test


def test_a_date_sees_what_was_known_before_it_within_the_window(tmp_path: Path) -> None:
    files = {
        "entities": "entity_id,start_date\n1,2021-12-15\n2,2022-11-01\n",
        # Known a day before the date, on it, and long before.
        "utility": "entity_id,knowledge_date,amount_due,amount_paid,days_late,status\n"
        "1,2022-09-30,100,60,8,partial\n1,2022-10-01,100,100,90,paid\n1,2022-03-31,50,50,2,paid\n",
        "ration": "entity_id,knowledge_date,kg_lifted,missed\n1,2022-09-01,20,0\n1,2022-09-02,10,1\n",
        "visits": "entity_id,knowledge_date,oop_cost,kind\n1,2022-09-30,30,ipd\n",
        # On a date and on the day six months after another; on the last day within six months.
        "outcomes": "entity_id,event_date\n1,2022-10-01\n2,2023-06-30\n1,2023-10-01\n",
    }
    for name, content in files.items():
        (tmp_path / f"{name}.csv").write_text(content)
    matrix = build(tmp_path).set_index(["household_id", "as_of_date"])
    first = matrix.loc[(1, pd.Timestamp("2022-10-01"))]
    assert first["utility_30d_events_count"] == 1
    assert first["utility_183d_days_late_mean"] == 8
    assert first["utility_365d_days_late_mean"] == 5
    assert first["utility_all_shortfall_sum"] == 40
    assert first["utility_all_is_partial_mean"] == 0.5
    assert first["ration_30d_kg_lifted_stddev"] == pytest.approx(np.std([20, 10], ddof=1))
    assert first["visits_30d_is_ipd_sum"] == 1
    assert np.isnan(matrix.loc[(1, pd.Timestamp("2024-01-01")), "utility_30d_days_late_mean"])
    assert (2, pd.Timestamp("2022-10-01")) not in matrix.index
    labels = matrix["label"]
    assert labels[1].tolist() == [1, 0, 0, 1, 1, 0]
    assert labels[2].tolist() == [1, 1, 0, 0, 0]
    assert len(columns()) == 195


def test_a_folder_without_events_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(DataAbsent, match=r"entities\.csv, utility\.csv"):
        build(tmp_path)


def test_figures_are_those_of_scikit_learn_with_ties_and_without() -> None:
    rows, scores = judged()
    assert len(require_equal(rows, scores["good"])) == 4
    require_equal(rows, np.round(scores["good"], 1))


def test_a_figure_that_is_not_scikit_learns_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, scores = judged()
    honest = experiment.average_precision_score
    monkeypatch.setattr(
        experiment, "average_precision_score", lambda *given: honest(*given) + 1e-11
    )
    with pytest.raises(NotEqual, match="average precision"):
        require_equal(rows, scores["good"])


def test_small_leads_are_called_noise_and_large_ones_are_not() -> None:
    rows, scores = judged()
    found = compared(rows, scores, seed=1)
    verdicts = {one.name: (one.precision_verdict, one.roc_auc_verdict) for one in found[1:]}
    assert verdicts["lot"] == ("better", "better")
    other = next(name for name in ("good", "nearly as good") if name in verdicts)
    assert verdicts[other][0] == "noise"
    mean = np.mean(found[0].precision_by_split)
    assert found[0].precision == pytest.approx(mean), f"{LISTED} on each of four dates"
    assert "lot is not" in in_a_sentence(found)
    assert "is noise" in in_a_sentence(found)
    assert table(found).row_count == 3
