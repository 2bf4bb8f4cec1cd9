"""What a data scientist would use instead: LightGBM on the same columns, tuned on the same training waves.

Settings are drawn at random and judged on the last training wave, which also stops each; the best then learns from
all training waves. The judged waves play no part.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from experiments.backtest import Backtest
from experiments.fitting import LEARNED, TRAINED_ON
from features.registry import Feature
from models.encoding import Encoding
from models.evaluation import Evaluation, evaluate
from models.learners.trees import grow
from models.ordering import Floats
from models.splits import TimeSplit, parts

NAME = "LightGBM, tuned"
TRIALS = 12
_MOST_ROUNDS = 800
_PATIENCE = 30


def tuned_lightgbm(
    history: pd.DataFrame,
    judged: pd.DataFrame,
    *,
    split: TimeSplit,
    features: Sequence[Feature],
    seed: int,
    trials: int = TRIALS,
    progress: Callable[[str], None] = lambda _: None,
) -> Floats:
    """Return probabilities for the rows of ``judged``, in their order.

    Args:
        history: every row of the experiment, with features and the label trained on (null: not trained on).
        judged: rows to score; only their features are read.
        split: which dates of ``history`` are learned from, and which stop and choose.
        features: the columns the model in question is given.
        seed: same seed, same settings tried.
        trials: settings to try, at least one.
        progress: is told one line per setting.
    """
    known = history[TRAINED_ON].notna().to_numpy()
    cut = parts(history, split)
    train, later = (history.loc[part & known] for part in (cut.train, cut.calibration))
    encoding = Encoding.learn(train, features)
    inputs, labels = encoding.matrix(train), _labels(train)
    watched, watched_labels = encoding.matrix(later), _labels(later)
    draw = np.random.default_rng((seed, 61))
    tried: list[tuple[float, int, dict[str, Any]]] = []
    for trial in range(1, trials + 1):
        settings = _drawn(draw, seed=seed)
        booster = grow(
            inputs, labels, settings, rounds=_MOST_ROUNDS, categorical=encoding.categorical,
            watched=(watched, watched_labels), patience=_PATIENCE,
        )  # fmt: skip
        loss = float(booster.best_score["valid_0"]["binary_logloss"])
        progress(f"{NAME}: setting {trial} of {trials}, log loss {loss:.5f}")
        tried.append((loss, int(booster.best_iteration), settings))
    _, rounds, settings = min(tried, key=lambda one: one[0])
    booster = grow(
        np.concatenate([inputs, watched]), np.concatenate([labels, watched_labels]), settings,
        rounds=rounds, categorical=encoding.categorical,
    )  # fmt: skip
    return np.asarray(booster.predict(encoding.matrix(judged)), dtype=np.float64)


def with_tuned_lightgbm(
    backtest: Backtest, *, progress: Callable[[str], None] = lambda _: None
) -> Evaluation:
    """Return the observed answer of the model and of the tuned LightGBM, on the same rows and draws."""
    peer = [
        tuned_lightgbm(
            one.source.history,
            one.rows,
            split=one.fitted.split,
            features=backtest.config.model_features(),
            seed=backtest.config.seed,
            progress=progress,
        )
        for one in backtest.judged
    ]
    return evaluate(
        backtest.rows,
        {LEARNED: backtest.scores[LEARNED], NAME: np.concatenate(peer)},
        capacities=backtest.capacities,
        seed=backtest.config.seed,
        probabilities=(LEARNED, NAME),
    )


def _labels(rows: Any) -> Floats:
    return np.asarray(rows[TRAINED_ON].to_numpy(dtype=np.float64))


def _drawn(draw: np.random.Generator, *, seed: int) -> dict[str, Any]:
    return {
        "objective": "binary",
        "metric": "binary_logloss",
        "learning_rate": float(draw.choice([0.03, 0.06, 0.1])),
        "num_leaves": int(draw.choice([7, 15, 31, 63])),
        "min_data_in_leaf": int(draw.choice([20, 50, 100, 300])),
        "feature_fraction": float(draw.choice([0.3, 0.5, 0.8])),
        "bagging_fraction": float(draw.choice([0.7, 0.9])),
        "bagging_freq": 1,
        "lambda_l2": float(draw.choice([0.0, 5.0, 30.0])),
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }
