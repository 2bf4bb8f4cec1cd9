"""What staff would do without a learned model, as policies that score a frame like any other.

Random order, the area's past rate, each published trigger, each rule of thumb, last year's list. Whatever is learned is
learned from training rows; ties are broken later, for every policy by the same hash.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

import numpy as np
import pandas as pd

from models.ordering import Floats, household_hash
from models.rules.triggers import RuleBook

AREA_PRIOR_ROWS = 200.0
A_YEAR = pd.Timedelta(days=365)


class Policy(Protocol):
    """Anything that can put the rows of a date in order."""

    @property
    def name(self) -> str:
        """Short name, unique within an evaluation."""
        ...

    def score(self, frame: pd.DataFrame) -> Floats:
        """Return one score per row, higher is visited sooner."""
        ...


@dataclass(frozen=True)
class RandomOrder:
    """Everybody has the same chance; a new draw on every date."""

    seed: int
    name: str = "random"

    def score(self, frame: pd.DataFrame) -> Floats:
        """Return a uniform number per household and date."""
        scores = np.empty(len(frame))
        codes, days = pd.factorize(pd.to_datetime(frame["as_of_date"]))
        for code, day in enumerate(days):
            rows = np.flatnonzero(codes == code)
            drawn = household_hash(
                frame["household_id"].iloc[rows], seed=self.seed, salt=f"random {day:%Y-%m-%d}"
            )
            scores[rows] = drawn / 2.0**64
        return scores


@dataclass(frozen=True)
class AreaMean:
    """Go where need was found before: the training rate of the household's area.

    Small areas are drawn towards the overall rate as if :data:`AREA_PRIOR_ROWS` more rows had been seen
    there; an area without training rows gets the overall rate.
    """

    rates: dict[str, float] = field(hash=False)
    overall: float
    name: str = "area_mean"

    @classmethod
    def fit(cls, train: pd.DataFrame, *, label: str = "label") -> "AreaMean":
        """Learn the rates from labelled training rows (``area_id`` and the label)."""
        known = train.loc[train[label].notna(), ["area_id", label]]
        if known.empty:
            raise ValueError(f"no training row has a known {label}: area rates cannot be learned")
        overall = float(known[label].mean())
        seen = known.groupby("area_id", observed=True)[label].agg(["sum", "count"])
        rates = (seen["sum"] + AREA_PRIOR_ROWS * overall) / (seen["count"] + AREA_PRIOR_ROWS)
        return cls({str(area): float(rate) for area, rate in rates.items()}, overall)

    def score(self, frame: pd.DataFrame) -> Floats:
        """Return the smoothed training rate of each row's area."""
        areas = frame["area_id"].astype("object").map(str, na_action="ignore")
        rates = areas.map(self.rates).fillna(self.overall)
        return np.asarray(rates, dtype=np.float64)


@dataclass(frozen=True)
class SingleTrigger:
    """One threshold; households it does not fire for come after all it does."""

    rules: RuleBook = field(hash=False, repr=False)
    trigger_id: str

    @property
    def name(self) -> str:
        """``trigger:<id>`` if published, ``signal:<id>`` if our own."""
        kind = "trigger" if self.rules.is_published(self.trigger_id) else "signal"
        return f"{kind}:{self.trigger_id}"

    def score(self, frame: pd.DataFrame) -> Floats:
        """See :meth:`models.rules.triggers.RuleBook.score_trigger`."""
        return self.rules.score_trigger(frame, self.trigger_id)


@dataclass(frozen=True)
class PointsRule:
    """One rule of thumb: points per trigger, added up."""

    rules: RuleBook = field(hash=False, repr=False)
    rule_id: str

    @property
    def name(self) -> str:
        """``rule:<id>``."""
        return f"rule:{self.rule_id}"

    def score(self, frame: pd.DataFrame) -> Floats:
        """See :meth:`models.rules.triggers.RuleBook.score_rule`."""
        return self.rules.score_rule(frame, self.rule_id)


@dataclass(frozen=True)
class LastYearsList:
    """Do it again: visit today in the order of a list drawn up a year ago, or as long ago as there is one.

    ``past`` holds ``household_id``, ``as_of_date`` and ``score``: earlier lists of one policy. What it scores
    is only the memory of that list: households that were not in the cohort then come last, all tied.
    """

    past: pd.DataFrame = field(hash=False, repr=False)
    name: str = "last_years_list"

    @classmethod
    def drawn_by(
        cls,
        score: Callable[[pd.DataFrame], Floats],
        history: pd.DataFrame,
        *,
        days: Iterable[date],
    ) -> "LastYearsList":
        """Let ``score`` draw up the earlier lists that the as_of_dates ``days`` need, from ``history``.

        Drawn by today's model the list is better than the one there would have been: its training rows
        reach further. That favours the baseline.
        """
        there = pd.to_datetime(history["as_of_date"])
        wanted = {a_year_before(pd.Timestamp(day), there.unique()) for day in days}
        rows = history.loc[there.isin(wanted - {None})]
        past = rows[["household_id", "as_of_date"]].reset_index(drop=True)
        return cls(past.assign(score=score(rows) if len(rows) else np.empty(0)))

    def score(self, frame: pd.DataFrame) -> Floats:
        """Return each row's place on the earlier list as a share in (0, 1], the first 1; 0 if not on it."""
        there = pd.to_datetime(self.past["as_of_date"])
        days = pd.to_datetime(frame["as_of_date"])
        scores = np.zeros(len(frame))
        for day in days.unique():
            earlier = self.past.loc[there == a_year_before(pd.Timestamp(day), there.unique())]
            places = earlier.set_index("household_id")["score"].rank(pct=True)
            here = np.flatnonzero(days == day)
            scores[here] = frame["household_id"].iloc[here].map(places).fillna(0.0)
        return scores


def a_year_before(day: pd.Timestamp, dates: Iterable[pd.Timestamp]) -> pd.Timestamp | None:
    """Return the latest date at least 365 days before ``day``, else the earliest before it, else None."""
    earlier = sorted(pd.Timestamp(one) for one in dates if pd.Timestamp(one) < day)
    old = [one for one in earlier if one <= day - A_YEAR]
    return old[-1] if old else (earlier[0] if earlier else None)


def baselines(
    train: pd.DataFrame, *, rules: RuleBook, seed: int, label: str = "label"
) -> tuple[Policy, ...]:
    """Return every baseline, fitted on ``train`` where it learns anything at all."""
    return (
        RandomOrder(seed),
        AreaMean.fit(train, label=label),
        *(SingleTrigger(rules, trigger_id) for trigger_id in rules.trigger_ids),
        *(PointsRule(rules, rule.rule_id) for rule in rules.rules_of_thumb),
    )
