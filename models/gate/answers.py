"""How a condition answers: it holds, it fails, or nobody can tell (不可判定), with figures and what to do."""

import math
from dataclasses import dataclass
from enum import StrEnum

from models.resampling import Interval

_ROUNDING = 1e-9
"""Shares are quotients of counts: 0.4 - 0.3 is not above 0.1."""


class Answer(StrEnum):
    """Unknown is an answer of its own: it never counts as good, nor as proven bad."""

    HOLDS = "holds"
    FAILS = "fails"
    CANNOT_TELL = "cannot tell"

    @property
    def zh(self) -> str:
        """The word on Chinese pages."""
        return {"holds": "通过", "fails": "不通过", "cannot tell": "不可判定"}[self.value]


@dataclass(frozen=True, kw_only=True)
class Check:
    """One figure held against one bar. ``counted`` is how many nights, visits or rows it rests on."""

    name: str
    answer: Answer
    reason: str
    figure: float | None = None
    bar: str = ""
    interval: Interval | None = None
    counted: int | None = None
    to_do: str = ""


@dataclass(frozen=True)
class Condition:
    """One condition: it fails if a check fails, and holds only if every check holds."""

    name: str
    checks: tuple[Check, ...]

    @property
    def answer(self) -> Answer:
        """The worst answer of its checks; without checks nobody can tell."""
        answers = {check.answer for check in self.checks}
        if Answer.FAILS in answers:
            return Answer.FAILS
        return Answer.HOLDS if answers == {Answer.HOLDS} else Answer.CANNOT_TELL

    @property
    def open_checks(self) -> tuple[Check, ...]:
        """The checks that do not hold, failures first."""
        failed = [check for check in self.checks if check.answer is Answer.FAILS]
        untold = [check for check in self.checks if check.answer is Answer.CANNOT_TELL]
        return (*failed, *untold)


def at_most(figure: float, bar: float) -> bool:
    """Whether a figure is within an upper bar, rounding of quotients aside."""
    return figure <= bar + _ROUNDING


def at_least(figure: float, bar: float) -> bool:
    """Whether a figure reaches a lower bar, rounding of quotients aside."""
    return figure >= bar - _ROUNDING


def not_gathered(name: str, what: str, *, to_do: str) -> Check:
    """Return the answer where there is no evidence at all."""
    return Check(
        name=name, answer=Answer.CANNOT_TELL, reason=f"nobody gathered {what}", to_do=to_do
    )


def is_known(figure: float | None) -> bool:
    """Whether there is a figure: neither absent nor NaN."""
    return figure is not None and not math.isnan(figure)
