"""Compare candidates on inner folds in time, then choose one or blend several: no learner is assumed to be best.

An inner fold is a time split of the training dates themselves, with the same gap of one label window: earlier dates
are learned from, later ones judged. The test dates of the experiment play no part.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from models.blending import SMALL_WEIGHT, blend_weights
from models.learners.learned import (
    Learned,
    LearnerError,
    labelled,
    labels_of,
    log_loss,
    losses,
    weights_of,
)
from models.learners.mixed import Mixed, Tried
from models.learners.settings import MixedSettings, SingleSettings, name_of
from models.ordering import Floats, household_hash
from models.probability_metrics import auc_parts
from models.splits import Parts, SplitError, TimeSplit, parts, time_splits

if TYPE_CHECKING:
    from features.registry import Feature


class FitOne(Protocol):
    """:func:`models.learners.fitting.fit_single`."""

    def __call__(
        self,
        train: pd.DataFrame,
        later: pd.DataFrame,
        *,
        features: "Sequence[Feature]",
        settings: SingleSettings,
        label: str,
        weight: str | None,
    ) -> Learned:
        """Fit one learner."""
        ...


@dataclass(frozen=True)
class Judged:
    """Rows of the inner folds that candidates were judged on, and a column of log-odds per candidate."""

    odds: Floats
    labels: Floats
    weights: Floats


def inner_splits(
    frame: pd.DataFrame, *, label_window_days: int, most: int
) -> tuple[tuple[TimeSplit, Parts], ...]:
    """Return the latest time splits of a training frame's own dates, with the rows of each.

    Raises:
        LearnerError: the dates leave no split behind the gap.
    """
    days = sorted(pd.Timestamp(day).date() for day in frame["as_of_date"].unique())
    try:
        splits = time_splits(days, label_window_days=label_window_days)
    except SplitError as error:
        raise LearnerError(
            f"candidates are compared on later training dates, but {error}; or name one learner instead of"
            " choosing"
        ) from error
    return tuple((split, parts(frame, split)) for split in splits[-most:])


def fit_mixed(
    train: pd.DataFrame,
    later: pd.DataFrame,
    *,
    features: "Sequence[Feature]",
    settings: MixedSettings,
    fit_one: FitOne,
    label_window_days: int,
    label: str,
    weight: str | None,
) -> Mixed:
    """Compare the candidates on inner folds of both frames, then fit what is used on ``train``.

    Raises:
        LearnerError: fewer than two candidates, no inner fold, or one class only.
    """
    names = _names(settings.candidates)
    for frame, name in ((train, "training"), (later, "later")):
        labelled(frame, label=label, name=name)
    judged = judge(
        train, later,
        features=features, settings=settings, fit_one=fit_one,
        label_window_days=label_window_days, label=label, weight=weight,
    )  # fmt: skip
    if settings.kind == "blend":
        found, shift = blend_weights(judged.odds, judged.labels, weights=judged.weights)
        # The best member stays even where every weight is small: then there is little to learn at all.
        found[(found < SMALL_WEIGHT) & (found < found.max())] = 0.0
    else:
        found, shift = np.zeros(len(names)), 0.0
        found[plainest_of_the_best(judged)] = 1.0
    members, weights = [], []
    for one, share in zip(settings.candidates, found, strict=True):
        if share > 0:
            members.append(
                fit_one(train, later, features=features, settings=one, label=label, weight=weight)
            )
            weights.append(float(share))
    tried = tuple(
        Tried(
            name,
            log_loss(judged.odds[:, at], judged.labels, judged.weights),
            auc_parts(judged.odds[:, at], judged.labels, weights=judged.weights).auc,
            float(found[at]),
        )
        for at, name in enumerate(names)
    )
    return Mixed(tuple(members), tuple(weights), shift, tried)


def judge(
    train: pd.DataFrame,
    later: pd.DataFrame,
    *,
    features: "Sequence[Feature]",
    settings: MixedSettings,
    fit_one: FitOne,
    label_window_days: int,
    label: str,
    weight: str | None,
) -> Judged:
    """Fit every candidate on the earlier part of every inner fold and let it judge the later one."""
    frame = _some_households(
        [train, later], label=label, most=settings.most_rows, seed=settings.seed
    )
    odds, labels, weights = [], [], []
    for _, rows in inner_splits(
        frame, label_window_days=label_window_days, most=settings.inner_folds
    ):
        tested = rows.test & frame[label].notna().to_numpy(dtype=bool)
        test = frame.loc[tested]
        fitted = [
            fit_one(
                frame.loc[rows.train], frame.loc[rows.calibration],
                features=features, settings=one, label=label, weight=weight,
            )
            for one in settings.candidates
        ]  # fmt: skip
        odds.append(np.column_stack([one.log_odds(test) for one in fitted]))
        labels.append(labels_of(frame, tested, label=label))
        weights.append(weights_of(frame, tested, weight=weight))
    known = np.concatenate(labels)
    if not known.any() or known.all():
        raise LearnerError(
            f"the later dates of the inner folds hold {int(known.sum())} positives among {len(known)}"
            " labelled rows: both classes are needed to compare candidates. Give more training dates"
        )
    return Judged(np.concatenate(odds), known, np.concatenate(weights))


def plainest_of_the_best(judged: Judged) -> int:
    """Return the first candidate that loses no more than one standard error more than the best one."""
    each = np.column_stack([losses(odds, judged.labels) for odds in judged.odds.T])
    mean = np.average(each, axis=0, weights=judged.weights)
    best = int(np.argmin(mean))
    share = judged.weights / judged.weights.sum()
    for at in range(each.shape[1]):
        apart = each[:, at] - each[:, best]
        worse = float(share @ apart)
        error = float(np.sqrt(np.sum(share**2 * (apart - worse) ** 2)))
        if worse <= error:
            return at
    return best


def _names(candidates: Sequence[SingleSettings]) -> list[str]:
    if len(candidates) < 2:
        raise LearnerError(
            f"learner.candidates holds {len(candidates)}: give two or more to compare, or name one learner"
        )
    names = [name_of(one) for one in candidates]
    return [
        name if names.count(name) == 1 else f"{name} {names[: at + 1].count(name)}"
        for at, name in enumerate(names)
    ]


def _some_households(
    frames: Sequence[pd.DataFrame], *, label: str, most: int, seed: int
) -> pd.DataFrame:
    """Return the labelled rows of as many whole households as hold about ``most`` of them."""
    known = [frame.loc[frame[label].notna()] for frame in frames]
    number = sum(len(frame) for frame in known)
    if number > most:
        limit = np.uint64(most / number * np.iinfo(np.uint64).max)
        known = [
            frame.loc[household_hash(frame["household_id"], seed=seed, salt="inner") <= limit]
            for frame in known
        ]
    return pd.concat(known, ignore_index=True)
