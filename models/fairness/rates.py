"""Rates of every group beside those of everybody, with intervals that respect households and weights."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.clustered import Estimate, share, share_interval
from models.fairness.desk import group_metrics, visited_shares
from models.ordering import Floats
from models.resampling import Codes, Interval

FEWEST_POSITIVES = 96
"""Positives (or negatives, for the share visited without need) that put an interval of ten points around a share: with
fewer the answer is "cannot tell"."""
Mask = npt.NDArray[np.bool_]

_NAN = float("nan")

UNKNOWN = "unknown"
"""The group of those of whom nobody knows which group they belong to."""


@dataclass(frozen=True, kw_only=True)
class GroupRates:
    """One group of one question; ``households`` and the ``positives`` among them are counted, never weighted.

    ``rows`` are more where households were judged on several dates. ``visited``: share of its rows within capacity, whether or not their label is known. ``missed``: share of those in
    need who are not; None where fewer than :data:`FEWEST_POSITIVES` are known to be in need. ``visited_without_need``: share
    of those not in need who are visited; None likewise. ``missed_apart`` and ``visited_apart``: how far these
    stand from everybody's, paired.
    """

    column: str
    group: str
    rows: int
    households: int
    positives: int
    negatives: int
    base_rate: Interval
    visited: Interval
    visited_apart: Interval
    missed: Interval | None
    missed_apart: Interval | None
    visited_without_need: Interval | None

    @property
    def advice(self) -> str:
        """What to do where nothing can be said; empty where something can."""
        if self.missed is not None:
            return ""
        if self.households == 1:
            return (
                f"{self.column} {self.group!r} is one household: nothing can be said of a group of one; join it with the group"
                " nearest in kind, and look at its file by hand"
            )
        short = FEWEST_POSITIVES - self.positives
        return (
            f"{self.column} {self.group!r} has {self.positives} known to be in need, {short} fewer than it takes: gather"
            " random visits over a year, or join it with the group nearest in kind"
        )


@dataclass(frozen=True, kw_only=True)
class Gap:
    """The worst against the best group of one question. ``untold``: groups too small to say anything of."""

    column: str
    worst: str
    best: str
    missed: Interval | None
    visited_without_need: Interval | None
    untold: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The gap in words."""
        if self.missed is None:
            return f"{self.column}: cannot tell, fewer than two groups have {FEWEST_POSITIVES} positives"
        apart = "this may be noise" if self.missed.low <= 0 else "more than noise"
        told = (
            f"{self.column}: {self.worst!r} is missed {100 * self.missed.value:.1f} points more often than {self.best!r}"
            f" ({100 * self.missed.low:+.1f} to {100 * self.missed.high:+.1f}; {apart})"
        )
        return told + (f"; cannot tell for {', '.join(self.untold)}" if self.untold else "")


@dataclass(frozen=True)
class Question:
    """The rows of one answer: labels (NaN: unknown), who is visited, weights, whose row it is."""

    labels: Floats
    visited: Floats
    weights: Floats
    units: Codes

    @cached_property
    def needy(self) -> Floats:
        """The weight of every row in need, 0 elsewhere."""
        return np.where(self.labels == 1, self.weights, 0.0)

    @cached_property
    def idle(self) -> Floats:
        """The weight of every row not in need, 0 elsewhere."""
        return np.where(self.labels == 0, self.weights, 0.0)

    @cached_property
    def visited_of_all(self) -> Estimate:
        """The share of everybody's rows that is visited."""
        return share(self.visited, among=np.ones(len(self.visited)))

    @cached_property
    def missed_of_all(self) -> Estimate:
        """The share of everybody in need who is not visited."""
        return share(1 - self.visited, among=self.needy)


def group_rates(question: Question, groups: pd.DataFrame) -> list[GroupRates]:
    """Return the rates of every group of every column of ``groups``; a null is the group ``unknown``."""
    found = []
    known = ~np.isnan(question.labels)
    for name in groups.columns:
        members = named(groups[name])
        shares = visited_shares(question.visited, members)
        metrics = group_metrics(
            question.labels[known],
            question.visited[known],
            members[known],
            weights=question.weights[known],
        )
        missed = metrics["missed"].to_dict()
        bothered = metrics["visited_without_need"].to_dict()
        for group in sorted(shares):
            found.append(
                _rates(
                    question,
                    members == group,
                    column=str(name),
                    group=group,
                    visited=shares[group],
                    missed=float(missed.get(group, _NAN)),
                    bothered=float(bothered.get(group, _NAN)),
                )
            )
    return found


def gaps(question: Question, groups: pd.DataFrame, rates: list[GroupRates]) -> list[Gap]:
    """Return, per question asked, the worst group against the best."""
    found = []
    for column in dict.fromkeys(one.column for one in rates):
        here = [one for one in rates if one.column == column]
        told = [one for one in here if one.missed is not None]
        untold = tuple(one.group for one in here if one.missed is None)
        if len(told) < 2:
            found.append(
                Gap(column=column, worst="", best="", missed=None, visited_without_need=None, untold=untold)
            )  # fmt: skip
            continue
        ranked = sorted(told, key=lambda one: (one.missed.value if one.missed else 0.0, one.group))
        best, worst = ranked[0].group, ranked[-1].group
        members = named(groups[column])
        missed = _apart(1 - question.visited, question.needy, members == worst, members == best)
        spared = [one for one in here if one.visited_without_need is not None]
        spread = None
        if len(spared) > 1:
            order = sorted(
                spared,
                key=lambda one: one.visited_without_need.value if one.visited_without_need else 0,
            )
            spread = _apart(
                question.visited,
                question.idle,
                members == order[-1].group,
                members == order[0].group,
            ).interval(question.units)
        found.append(
            Gap(
                column=column,
                worst=worst,
                best=best,
                missed=missed.interval(question.units),
                visited_without_need=spread,
                untold=untold,
            )
        )
    return found


def named(column: pd.Series) -> "pd.Categorical[str]":
    """Return the group of each row by name, no category without rows; null is :data:`UNKNOWN`."""
    if isinstance(column.dtype, pd.CategoricalDtype) and not column.isna().any():
        # Named before, by :func:`all_named`.
        return pd.Categorical(column).remove_unused_categories()
    return pd.Categorical(column.astype("object").where(column.notna(), UNKNOWN).astype(str))


def all_named(groups: pd.DataFrame) -> pd.DataFrame:
    """Return every column as classes named by :func:`named`, worked out once for all that ask."""
    found = {str(name): named(groups[name]) for name in groups.columns}
    return pd.DataFrame(found, index=groups.index)


def _rates(
    question: Question,
    here: Mask,
    *,
    column: str,
    group: str,
    visited: float,
    missed: float,
    bothered: float,
) -> GroupRates:
    inside = here.astype(np.float64)
    units, needy, idle = question.units, question.needy, question.idle
    labelled = inside * question.weights * ~np.isnan(question.labels)
    positives, negatives = _units(units, here & (needy > 0)), _units(units, here & (idle > 0))
    base = share(np.nan_to_num(question.labels), among=labelled)
    mine = share(question.visited, among=inside)
    overlooked = share(1 - question.visited, among=inside * needy)
    enough = positives >= FEWEST_POSITIVES
    return GroupRates(
        column=column,
        group=group,
        rows=int(here.sum()),
        households=_units(units, here),
        positives=positives,
        negatives=negatives,
        base_rate=share_interval(base, units, among=labelled),
        # The values are Fairlearn's; what is worked out here is how far they can be trusted.
        visited=_at(visited, share_interval(mine, units, among=inside)),
        visited_apart=(mine - question.visited_of_all).interval(units),
        missed=_at(missed, share_interval(overlooked, units, among=inside * needy))
        if enough
        else None,
        missed_apart=(overlooked - question.missed_of_all).interval(units) if enough else None,
        visited_without_need=_at(
            bothered,
            share_interval(
                share(question.visited, among=inside * idle), units, among=inside * idle
            ),
        )
        if negatives >= FEWEST_POSITIVES
        else None,
    )


def _at(value: float, found: Interval) -> Interval:
    return Interval(value, min(found.low, value), max(found.high, value))


def _apart(hits: Floats, among: Floats, worst: Mask, best: Mask) -> Estimate:
    return share(hits, among=among * worst) - share(hits, among=among * best)


def _units(units: Codes, here: Mask) -> int:
    return int(np.count_nonzero(np.bincount(units[here])))
