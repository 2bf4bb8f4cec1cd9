"""Gradient-boosted trees with the directions we are sure of: the only LightGBM import of the project.

A trained model is text, and is always used through that text, so that what was measured is what is
published. Several boosters (one per seed) are averaged on the log-odds scale, where contributions add up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import lightgbm
import numpy as np
import numpy.typing as npt
import pandas as pd

from models.encoding import Encoding
from models.learners.drawn import LabelledRows, rows_of
from models.learners.learned import BASE, LearnerError, labelled, probability
from models.learners.stopping import households_held_back
from models.ordering import Floats

if TYPE_CHECKING:
    from features.registry import Feature

_ROWS_AT_ONCE = 100_000


@dataclass(frozen=True, kw_only=True)
class LearnerSettings:
    """How trees are grown. ``seeds``: one booster each; one is enough unless evidence says more."""

    seeds: tuple[int, ...] = (20260101,)
    max_rounds: int = 1500
    patience_rounds: int = 60
    learning_rate: float = 0.05
    leaves: int = 31
    min_rows_per_leaf: int = 100
    feature_share: float = 0.6
    row_share: float = 0.8
    l2: float = 5.0
    bins: int = 255
    stop_on: str = "binary_logloss"
    num_threads: int = 1


@dataclass(frozen=True)
class LearnedModel:
    """Boosters as text, with the encoding of their inputs. Probabilities are not yet calibrated."""

    encoding: Encoding
    model_texts: tuple[str, ...]
    rounds: tuple[int, ...]
    num_threads: int = 1
    kind: str = "lightgbm"

    @cached_property
    def boosters(self) -> tuple["lightgbm.Booster", ...]:
        """The parsed boosters. A damaged text can crash the process: verify before, parse apart."""
        return tuple(lightgbm.Booster(model_str=text) for text in self.model_texts)

    def log_odds(self, frame: pd.DataFrame) -> Floats:
        """Return the mean log-odds of every row."""
        total = np.zeros(len(frame))
        for rows in _slices(len(frame)):
            inputs = self.encoding.matrix(frame.iloc[rows])
            for booster in self.boosters:
                total[rows] += booster.predict(inputs, raw_score=True, num_threads=self.num_threads)
        return total / len(self.boosters)

    def predict(self, frame: pd.DataFrame) -> Floats:
        """Return the uncalibrated probability of every row."""
        return probability(self.log_odds(frame))

    def contributions(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return what each feature adds to the log-odds of each row, with :data:`BASE`.

        Columns add up to the log-odds. Slow (about 1 ms per row): only for the shortlist.
        """
        inputs = self.encoding.matrix(frame)
        total = np.zeros((len(frame), len(self.encoding.columns) + 1))
        for booster in self.boosters:
            total += np.asarray(
                booster.predict(inputs, pred_contrib=True, num_threads=self.num_threads)
            )
        return pd.DataFrame(
            total / len(self.boosters),
            columns=[*self.encoding.names, BASE],
            index=frame.index,
        )

    def gains(self) -> pd.Series:
        """Return the share of the total gain of each feature, largest first."""
        total = np.sum(
            [booster.feature_importance(importance_type="gain") for booster in self.boosters],
            axis=0,
        )
        shares = total / total.sum() if total.sum() else total
        return pd.Series(shares, index=list(self.encoding.names)).sort_values(
            ascending=False, kind="stable"
        )

    def facts(self) -> Mapping[str, str]:
        """Return after how many rounds each booster stopped; nothing where it was read from a text."""
        return {"rounds": ", ".join(map(str, self.rounds))} if self.rounds else {}

    def texts(self) -> Mapping[str, str]:
        """Return one text per booster."""
        return {f"model_{place}.txt": text for place, text in enumerate(self.model_texts)}


def fit(
    train: pd.DataFrame,
    later: pd.DataFrame,
    *,
    features: "Sequence[Feature]",
    settings: LearnerSettings,
    label: str = "label",
    weight: str | None = None,
) -> LearnedModel:
    """Learn from the labelled rows of ``train``, stopping when households not learned from no longer gain.

    Where ``later`` holds the households of ``train`` on later dates, how many trees to grow is found with one household
    in five held back (:mod:`models.learners.stopping`), and as many are then grown on all of ``train``.

    Args:
        train: ``household_id``, feature columns and label; rows with a null label are left out.
        later: the same of later dates (or of other households), for early stopping only.
        features: declared features in matrix order.
        settings: how trees are grown.
        label: column with 1, 0 or null.
        weight: column with row weights in both frames, or None for equal weights.

    Raises:
        LearnerError: one of the frames has no labelled positives or no negatives, or there is no seed.
    """
    if not settings.seeds:
        raise LearnerError("lightgbm: seeds is empty; give one number per booster")
    known = labelled(train, label=label, name="training")
    known_later = labelled(later, label=label, name="later")
    encoding = Encoding.learn(train, features, rows=known)
    learned = rows_of(train, known, encoding, label=label, weight=weight)
    watched = rows_of(later, known_later, encoding, label=label, weight=weight)
    held = households_held_back(train, later, label=label)
    if held is None:
        boosters = _grown(settings, encoding, settings.seeds, learned, watched=watched)
    else:
        held_back, held_back_later = held[0][known], held[1][known_later]
        (stopped,) = _grown(
            settings, encoding, settings.seeds[:1], learned.some(~held_back),
            watched=learned.some(held_back).and_also(watched.some(held_back_later)),
        )  # fmt: skip
        enough = replace(settings, max_rounds=stopped.best_iteration)
        boosters = _grown(enough, encoding, settings.seeds, learned)
    return LearnedModel(
        encoding,
        tuple(one.model_to_string(num_iteration=one.best_iteration) for one in boosters),
        tuple(
            one.best_iteration if one.best_iteration > 0 else one.num_trees() for one in boosters
        ),
        settings.num_threads,
    )


def grow(
    matrix: npt.NDArray[np.float32],
    labels: Floats,
    settings: Mapping[str, Any],
    *,
    rounds: int,
    categorical: Sequence[int] = (),
    watched: tuple[npt.NDArray[np.float32], Floats] | None = None,
    patience: int = 0,
) -> "lightgbm.Booster":
    """Return trees grown on numbers alone, for tables without declared features.

    Args:
        matrix: rows times inputs, unknown is NaN, classes are codes.
        labels: 1 or 0 per row.
        settings: parameters of LightGBM.
        rounds: trees to grow, at most, where ``watched`` may stop it.
        categorical: places of the class columns.
        watched: rows and labels to stop on, if any.
        patience: rounds without improvement on them after which to stop.
    """
    params = {"verbosity": -1, "max_bin": settings.get("max_bin", 255)}
    # Without a number every core waits on every other, however few rows there are.
    params["num_threads"] = settings.get("num_threads", 1)
    data = lightgbm.Dataset(matrix, labels, categorical_feature=list(categorical), params=params)
    # A booster that is kept is not written to text and parsed again.
    if watched is None:
        return lightgbm.train(dict(settings), data, rounds, keep_training_booster=True)
    seen = lightgbm.Dataset(*watched, reference=data, params=params)
    return lightgbm.train(
        dict(settings),
        data,
        rounds,
        valid_sets=[seen],
        callbacks=[lightgbm.early_stopping(patience, verbose=False)],
        keep_training_booster=True,
    )


def plain_classifier(**settings: Any) -> "lightgbm.LGBMClassifier":
    """Return LightGBM as somebody would use it without this project: a peer to compare with."""
    return lightgbm.LGBMClassifier(**settings)


def _parameters(
    settings: LearnerSettings, encoding: Encoding, *, seed: int
) -> dict[str, str | int | float | bool | list[int]]:
    return {
        "objective": "binary",
        "metric": settings.stop_on,
        "learning_rate": settings.learning_rate,
        "num_leaves": settings.leaves,
        "min_data_in_leaf": settings.min_rows_per_leaf,
        "feature_fraction": settings.feature_share,
        "bagging_fraction": settings.row_share,
        "bagging_freq": 1,
        "lambda_l2": settings.l2,
        "max_bin": settings.bins,
        "cat_smooth": 50.0,
        "monotone_constraints": list(encoding.monotone),
        # The others promise more accurate trees, but in trials "advanced" broke the constraint in most
        # models and "intermediate" in some, with no gain in AUC. "basic" never did.
        "monotone_constraints_method": "basic",
        "seed": seed,
        "deterministic": True,
        # Both ways grow the same trees; with a fifth of the features per tree this one takes less time.
        "force_col_wise": True,
        "num_threads": settings.num_threads,
        "verbosity": -1,
    }


def _dataset(
    rows: LabelledRows,
    encoding: Encoding,
    *,
    bins: int,
    reference: "lightgbm.Dataset | None" = None,
) -> "lightgbm.Dataset":
    return lightgbm.Dataset(
        rows.matrix,
        label=rows.labels,
        weight=rows.weights,
        feature_name=list(encoding.names),
        categorical_feature=list(encoding.categorical),
        reference=reference,
        params={"max_bin": bins, "verbosity": -1},
        free_raw_data=True,
    )


def _grown(
    settings: LearnerSettings,
    encoding: Encoding,
    seeds: Sequence[int],
    learned: LabelledRows,
    *,
    watched: LabelledRows | None = None,
) -> "list[lightgbm.Booster]":
    """Return a booster per seed: as many rounds as the settings say, or until ``watched`` no longer gains."""
    inputs = _dataset(learned, encoding, bins=settings.bins)
    seen = []
    if watched is not None:
        seen.append(_dataset(watched, encoding, bins=settings.bins, reference=inputs))
    return [
        lightgbm.train(
            _parameters(settings, encoding, seed=seed),
            inputs,
            num_boost_round=settings.max_rounds,
            valid_sets=seen,
            callbacks=[lightgbm.early_stopping(settings.patience_rounds, verbose=False)]
            if seen
            else [],
        )
        for seed in seeds
    ]


def _slices(rows: int) -> list[slice]:
    return [slice(first, first + _ROWS_AT_ONCE) for first in range(0, rows, _ROWS_AT_ONCE)]
