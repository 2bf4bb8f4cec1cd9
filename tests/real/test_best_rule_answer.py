"""Does the model beat the best plain rule: yes, no or cannot tell; and the peer it is measured against learns honestly."""

from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from experiments.fitting import LEARNED, TRAINED_ON
from experiments.real.answer import against_peer, against_the_best_rule, calibration_told
from experiments.real.tuned_lightgbm import tuned_lightgbm
from models.evaluation import Evaluation, evaluate
from models.probability_metrics import auc_parts
from models.splits import TimeSplit
from models.top_of_list import Capacity

ROWS = 3000
TOP = Capacity(share=0.05)


def judged(model_noise: float, rule_noise: float) -> Evaluation:
    draw = np.random.default_rng(1)
    need = draw.normal(size=ROWS)
    label = (draw.random(ROWS) < 1 / (1 + np.exp(3 - 1.5 * need))).astype(float)
    rows = pd.DataFrame(
        {
            "household_id": [f"h{number}" for number in range(ROWS)],
            "as_of_date": pd.Timestamp("2026-01-01"),
            "label": label,
        }
    )
    noise = draw.normal(size=ROWS)
    scores = {
        LEARNED: 1 / (1 + np.exp(3 - 1.5 * (need + model_noise * noise))),
        "a rule": need + rule_noise * draw.normal(size=ROWS),
        "random": draw.random(ROWS),
    }
    return evaluate(rows, scores, capacities=[TOP], seed=1, probabilities=[LEARNED])


@pytest.mark.parametrize(
    ("model_noise", "rule_noise", "answer"),
    [
        (0.0, 4.0, "Yes, and chance does not explain it"),
        (0.1, 0.1, "Cannot tell"),
        (4.0, 0.0, "? No:"),
    ],
)
def test_one_sentence_says_whether_the_model_beats_the_best_rule(
    model_noise: float, rule_noise: float, answer: str
) -> None:
    told = against_the_best_rule(judged(model_noise, rule_noise), TOP)
    assert answer in told
    assert "'a rule'" in told


def test_level_with_a_peer_is_called_noise_and_calibration_has_its_bar() -> None:
    assert "level (noise)" in against_peer(judged(0.1, 0.1), "a rule", TOP)
    assert "ahead" in against_peer(judged(0.0, 4.0), "a rule", TOP)
    assert "within the bar" in calibration_told(judged(0.0, 1.0))
    assert "ABOVE the bar" in calibration_told(judged(4.0, 1.0))


def test_the_tuned_peer_learns_from_training_dates_only_and_ranks() -> None:
    draw = np.random.default_rng(2)
    days = (date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1))
    history = pd.DataFrame(
        {
            "household_id": [f"h{number}" for number in range(3 * 700)],
            "as_of_date": np.repeat(pd.to_datetime(list(days)), 700),
            "debt": draw.normal(size=2100),
            "noise": draw.normal(size=2100),
        }
    )
    need = draw.random(2100) < 1 / (1 + np.exp(1 - 2 * history["debt"]))
    history[TRAINED_ON] = need.astype(float)
    split = TimeSplit(
        train_dates=days[:1], calibration_dates=days[1:2], test_dates=days[2:], label_window_days=28
    )
    features = [
        SimpleNamespace(name=name, dtype="float32", monotone=0) for name in ("debt", "noise")
    ]
    later = history.loc[history["as_of_date"] == pd.Timestamp(days[2])]

    def scores(table: pd.DataFrame) -> np.ndarray:
        return tuned_lightgbm(table, later, split=split, features=features, seed=1, trials=2)

    found = scores(history)
    assert auc_parts(found, later[TRAINED_ON].to_numpy()).auc > 0.8
    turned = history.assign(
        **{TRAINED_ON: history[TRAINED_ON].where(history.index < 1400, 1 - history[TRAINED_ON])}
    )
    assert (scores(turned) == found).all()
