"""What the leak alarm found: kind, column or group, how strong, in words, and what to do about it."""

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from models.resampling import Interval

Level = Literal["leak", "drift"]
"""A leak would make every figure too good; a drift only says that nights differ from what was learned from."""

KNOWS_TOO_MUCH = "knows too much"
FILLED_LATER = "filled in afterwards"
ONE_OUTCOME = "one outcome only"
EMPTY_AT_NIGHT = "empty at night"
COSTS_TOO_MUCH = "costs too much to lose"
TOO_GOOD = "too good"
ROW_ORDER = "order of rows"
RUNNING_ID = "running id"
NIGHT_DIFFERS = "later rows differ"
NOT_AS_STORED = "not what the night knew"

ADVICE: dict[str, str] = {
    KNOWS_TOO_MUCH: "ask the department on which day it is filled in; leave it out unless that is before the as_of_date",
    FILLED_LATER: "read it as it was known on the as_of_date, or leave it out: an end, a decision or a payment comes after",
    ONE_OUTCOME: "look at these rows by hand: a code given only once the outcome is known must be left out",
    EMPTY_AT_NIGHT: "it will be empty when it is needed: rebuild old rows as their night knew them, or leave it out",
    COSTS_TOO_MUCH: "train without the group and compare what visits found, not the labels; ask when its columns are written",
    TOO_GOOD: "believe nothing yet: leave out group by group until the figure falls, then ask about that group",
    ROW_ORDER: "shuffle the rows before anything else and keep row numbers out of the columns",
    RUNNING_ID: "leave it out: a number that is issued in order tells when a case was opened",
    NIGHT_DIFFERS: "check unit, start and coverage of these columns; no leak by itself, but old rows say less about tonight",
    NOT_AS_STORED: "run `zhaoren-lab features prove` and correct the feature group: a past row must be what its night knew",
}
_LEAVE_OUT = (KNOWS_TOO_MUCH, FILLED_LATER, ONE_OUTCOME, EMPTY_AT_NIGHT, RUNNING_ID, NOT_AS_STORED)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One sign. ``column`` is a column or a group, empty where the whole table is meant; ``strength`` is of ``measure``."""

    kind: str
    column: str
    measure: str
    strength: Interval
    sentence: str
    level: Level = "leak"

    @property
    def seen(self) -> float:
        """The strength without its interval."""
        return self.strength.value

    @property
    def advice(self) -> str:
        """What to do about it."""
        return ADVICE[self.kind]


@dataclass(frozen=True, kw_only=True)
class LeakReport:
    """Everything looked at.

    ``findings``: worst first, leaks before drift. ``alone``: ROC-AUC of every column alone. ``losses``: ROC-AUC lost
    without each group, paired. ``model``: ROC-AUC with everything, NaN if no model was fitted. ``not_looked_at``: a
    sentence per check that could not be made, with what it needs.
    """

    findings: tuple[Finding, ...]
    alone: dict[str, Interval]
    losses: dict[str, Interval]
    model: Interval
    ceiling: float
    rows: int
    positives: int
    not_looked_at: tuple[str, ...] = ()

    @property
    def leaks(self) -> tuple[Finding, ...]:
        """The findings that would make figures too good."""
        return tuple(one for one in self.findings if one.level == "leak")

    @property
    def drifts(self) -> tuple[Finding, ...]:
        """The findings that only say that nights differ."""
        return tuple(one for one in self.findings if one.level == "drift")

    @property
    def verdict(self) -> Literal["alarm", "silent", "cannot tell"]:
        """``cannot tell`` where nothing rang but something could not be looked at."""
        if self.leaks:
            return "alarm"
        return "cannot tell" if self.not_looked_at else "silent"

    def suspects(self) -> frozenset[str]:
        """Return the columns to leave out when the table is tried again."""
        return frozenset(one.column for one in self.leaks if one.kind in _LEAVE_OUT and one.column)

    def table(self) -> pd.DataFrame:
        """Return one row per finding: what was found, how strong, what to do."""
        return pd.DataFrame(
            [
                (
                    one.level, one.kind, one.column, one.measure, one.strength.value, one.strength.low,
                    one.strength.high, one.sentence, one.advice,
                )
                for one in self.findings
            ],
            columns=[
                "level", "kind", "column", "measure", "strength", "low", "high", "found", "what_to_do",
            ],
        )  # fmt: skip


def in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    """Return leaks before drift, the strongest first."""
    return tuple(sorted(findings, key=lambda one: (one.level != "leak", -one.seen)))
