"""From rules to learning: a bureau without labels ranks by points until a stated criterion is met.

Learning takes over when enough households were visited by lot, enough of them were in need, and the gate's lower bound of
what a learned model finds beyond the rules lies above zero. The gate still has to let the model through.
"""

import math
from dataclasses import dataclass
from datetime import date, timedelta

from models.gate.answers import Answer, Check, Condition, not_gathered
from models.gate.bars import Bars
from models.gate.evidence import Prospective
from models.gate.shares import difference

PACE_DAYS = 90


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """Completed visits by lot so far, those among them in need, and both over the last :data:`PACE_DAYS`."""

    visits: int
    found: int
    lately: int
    found_lately: int


@dataclass(frozen=True)
class Standing:
    """Where a bureau stands. ``ready_on``: when the counts would suffice at the present pace, if ever."""

    condition: Condition
    ready_on: date | None

    @property
    def hands_over(self) -> bool:
        """Whether learning may take over."""
        return self.condition.answer is Answer.HOLDS


def standing(
    gathered: Gathered, visited: Prospective | None, bars: Bars, *, as_of_date: date
) -> Standing:
    """Answer whether learning may take over from the rules, and when it would.

    Args:
        gathered: visits by lot.
        visited: visits of the learned model's list and of the rules' (as its champion), or None.
        bars: in force.
        as_of_date: the day it is asked for.
    """
    visits = _count("visits", gathered.visits, bars["handover_visits"], "completed random visits")
    found = _count("in need", gathered.found, bars["handover_positives"], "of them in need")
    waits = (
        _days(bars["handover_visits"] - gathered.visits, gathered.lately),
        _days(bars["handover_positives"] - gathered.found, gathered.found_lately),
    )
    known = [wait for wait in waits if wait is not None]
    ready = as_of_date + timedelta(days=max(known)) if len(known) == len(waits) else None
    return Standing(Condition("handover", (visits, found, _gain(visited, bars))), ready)


def _count(name: str, found: int, wanted: float, what: str) -> Check:
    enough = found >= wanted
    return Check(
        name=name,
        answer=Answer.HOLDS if enough else Answer.CANNOT_TELL,
        figure=float(found),
        bar=f">= {wanted:g}",
        counted=found,
        reason=f"{found} {what}",
        to_do="" if enough else f"{wanted - found:g} more {what}",
    )


def _gain(visited: Prospective | None, bars: Bars) -> Check:
    to_do = "train a model, then visit by lot households of its list and of the rules'"
    if visited is None or visited.champion is None:
        return not_gathered(
            "gain", "visits of a learned model's list beside the rules'", to_do=to_do
        )
    mine, rules = visited.challenger, visited.champion
    gain = difference(mine.found, mine.visits, rules.found, rules.visits)
    bar = bars["handover_gain"]
    if math.isnan(gain.value):
        return not_gathered("gain", "a visit of one of the lists", to_do=to_do)
    if gain.low > bar:
        answer = Answer.HOLDS
    else:
        answer = Answer.FAILS if gain.high <= bar else Answer.CANNOT_TELL
    return Check(
        name="gain",
        answer=answer,
        figure=gain.value,
        bar=f"lower bound > {100 * bar:g} pp",
        interval=gain,
        counted=mine.visits,
        reason=f"{mine.found} of {mine.visits} against {rules.found} of {rules.visits} by the rules",
        to_do="" if answer is Answer.HOLDS else to_do,
    )


def _days(missing: float, lately: int) -> int | None:
    """Return days until ``missing`` more are there; None if none come."""
    if missing <= 0:
        return 0
    return math.ceil(missing * PACE_DAYS / lately) if lately else None
