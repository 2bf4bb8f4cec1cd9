"""Published thresholds with an office's points as a model like any other: what a bureau starts on without labels.

The triggers of a rule of thumb become steps of an additive model, so that the night ranks, explains and checks it as
it would a learned one. Its probabilities order households and nothing more: nobody has measured them yet.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from math import inf, log

import numpy as np
import pandas as pd

from features.registry import Feature
from models.calibration import Calibration
from models.encoding import Column, Encoding
from models.learners.additive import AdditiveModel, Steps, bins_of
from models.rules.rule_book import RuleBook
from models.rules.trigger import Trigger

ODDS_PER_POINT = 1.5
"""A scale, not a finding: five points weigh about as much as one confirmed signal against ten without."""
PROBABILITY_OF_NO_POINTS = 0.01
"""Likewise. Bands of the experiment are read off this scale until visits allow a calibration."""

_Signal = tuple[Trigger, float]


class NoPoints(ValueError):
    """A rule of thumb is not there, or none of its triggers can be read."""


def points_card(
    rules: RuleBook,
    rule_id: str,
    *,
    features: Iterable[Feature],
    households: pd.DataFrame,
    as_of_date: date,
) -> AdditiveModel:
    """Return the rule of thumb as an additive model.

    Unknown values give no points, as an unknown value never fires a trigger.

    Args:
        rules: triggers and rules of thumb.
        rule_id: the rule whose points count.
        features: declarations of the deployment.
        households: rows of a matrix of the present, for vocabularies and for what is usual.
        as_of_date: the versions of triggers in force on this day.

    Raises:
        NoPoints: no such rule.
    """
    known = {rule.rule_id: rule for rule in rules.rules_of_thumb}
    if rule_id not in known:
        raise NoPoints(f"no rule of thumb {rule_id!r}; there are {sorted(known)}")
    signals: dict[str, list[_Signal]] = {}
    for trigger_id, points in known[rule_id].points:
        trigger = rules.in_force(trigger_id, as_of_date=as_of_date)
        signals.setdefault(trigger.feature, []).append((trigger, points))
    used = [feature for feature in features if feature.name in signals]
    columns = tuple(
        _column(feature, signals[feature.name], households[feature.name]) for feature in used
    )
    encoding = Encoding(columns)
    matrix = encoding.matrix(households).astype(np.float64)
    terms = tuple(
        _term(column, signals[column.name], matrix[:, place])
        for place, column in enumerate(columns)
    )
    odds = PROBABILITY_OF_NO_POINTS / (1 - PROBABILITY_OF_NO_POINTS)
    settled = {
        "rule": rule_id,
        "as_of_date": str(as_of_date),
        "odds_per_point": f"{ODDS_PER_POINT}",
    }
    return AdditiveModel("scorecard", encoding, terms, log(odds), settled)


def uncalibrated() -> Calibration:
    """Return the calibration of a card nobody could calibrate: none, and it says so."""
    return Calibration("not calibrated: no labels yet", (0.0, 1.0), (0.0, 1.0), positives=0, rows=0)


def _column(feature: Feature, signals: Sequence[_Signal], values: pd.Series) -> Column:
    if feature.dtype != "category":
        return Column(feature.name, feature.dtype, 0)
    seen = {str(value) for value in values.dropna().unique()}
    asked = {word for trigger, _ in signals for word in _words(trigger)}
    return Column(feature.name, feature.dtype, 0, tuple(sorted(seen | asked)))


def _term(column: Column, signals: Sequence[_Signal], values: "np.ndarray") -> Steps:
    if column.dtype == "category":
        cuts: tuple[float, ...] = ()
        groups = tuple(range(len(column.categories)))
        points = [
            sum(worth for trigger, worth in signals if name in _words(trigger))
            for name in column.categories
        ]
    else:
        cuts, groups = _cuts(signals), ()
        lowest = (-inf, *cuts)
        points = [
            sum(worth for trigger, worth in signals if _fires(trigger, edge)) for edge in lowest
        ]
    weights = tuple(log(ODDS_PER_POINT) * one for one in points)
    counts = np.bincount(bins_of(values, cuts, groups), minlength=len(weights) + 1)
    spread = np.repeat([*weights, 0.0], counts)
    return Steps(
        cuts=cuts,
        groups=groups,
        weights=weights,
        unknown=0.0,
        mean=float(spread.mean()) if len(spread) else 0.0,
        deviation=float(spread.std()) if len(spread) else 0.0,
        rows=tuple(int(count) for count in counts),
        positives=(0,) * len(counts),
    )


def _cuts(signals: Sequence[_Signal]) -> tuple[float, ...]:
    """Return where some trigger begins or ceases to fire, in the 32-bit numbers models see."""
    found: set[float] = set()
    for trigger, _ in signals:
        at = _value(trigger)
        above = float(np.nextafter(np.float32(at), np.float32(inf)))
        found |= {">=": {at}, "<": {at}, ">": {above}, "<=": {above}, "==": {at, above}}[trigger.op]
    return tuple(sorted(found))


def _fires(trigger: Trigger, edge: float) -> bool:
    """Whether a trigger fires in the bin that begins at ``edge``: it does in all of it, or nowhere."""
    at = _value(trigger)
    return {
        ">=": edge >= at, ">": edge > at, "<=": edge <= at, "<": edge < at, "==": edge == at,
    }[trigger.op]  # fmt: skip


def _value(trigger: Trigger) -> float:
    if isinstance(trigger.value, str | tuple):
        raise NoPoints(f"trigger {trigger.trigger_id} compares words with a feature of numbers")
    return float(np.float32(trigger.value))


def _words(trigger: Trigger) -> tuple[str, ...]:
    if isinstance(trigger.value, str):
        return (trigger.value,)
    return trigger.value if isinstance(trigger.value, tuple) else ()
