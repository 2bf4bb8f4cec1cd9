"""Whether a child counts as one whom nobody raises (事实无人抚养儿童), from what is known of each parent.

民发〔2019〕62号 part 1: both parents are each in one of the listed states, or one is and the other is dead or declared
missing. 民发〔2020〕125号 adds guardianship revoked and deportation. Where both are dead or declared missing the child
is an orphan, a scheme of its own. Days in force: the year of each number was seen, its day was not; the last day
of the year is taken.

Most of these states are in no feed; this is for whoever asked at the door, and for cases of policy officers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

State = Literal[
    "able", "disability", "serious_illness", "prison", "compulsory_rehabilitation", "other_custody",
    "missing", "guardianship_revoked", "deported", "dead", "declared_missing", "unknown",
]  # fmt: skip
STATES: tuple[State, ...] = get_args(State)
GONE: frozenset[State] = frozenset(("dead", "declared_missing"))
TIMED: frozenset[State] = frozenset(
    ("prison", "compulsory_rehabilitation", "other_custody", "missing")
)
"""States that count from a number of months on (``child.absence_months``): the term, or since the police receipt."""
ADDED: frozenset[State] = frozenset(("guardianship_revoked", "deported"))
SINCE, ADDED_SINCE = date(2019, 12, 31), date(2020, 12, 31)

Answer = Literal["nobody_raises", "orphan", "does_not", "cannot_tell"]
FIRST, SECOND = "first_parent", "second_parent"


@dataclass(frozen=True, kw_only=True)
class Parent:
    """What is known of one parent.

    ``months`` is how long a timed state lasts or has lasted; ``grade`` (1 worst to 4) and ``of_mind`` (intellectual or
    mental) belong to a disability. None is unknown.
    """

    state: State
    months: float | None = None
    grade: int | None = None
    of_mind: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Found:
    """The answer, and what has to be found out where it cannot be told: parents, or ``parameter <name>``."""

    answer: Answer
    missing: tuple[str, ...] = ()


def found(
    first: Parent, second: Parent, *, parameters: Mapping[str, float | None], as_of_date: date
) -> Found:
    """Return whether nobody raises the child; the order of the parents does not matter.

    Args:
        first: one parent.
        second: the other.
        parameters: ``child.absence_months``, ``child.worst_grade``, ``child.mind_grade``; None where not known.
        as_of_date: states not yet in force on that day do not count.
    """
    if first.state in GONE and second.state in GONE:
        return Found(answer="orphan")
    parents = {FIRST: first, SECOND: second}
    counts = {
        name: _counts(one, parameters, as_of_date=as_of_date) for name, one in parents.items()
    }
    if False in counts.values():
        return Found(answer="does_not")
    lacking = [
        missing
        for name, one in parents.items()
        if counts[name] is None
        for missing in _lacking(name, one, parameters)
    ]
    if lacking:
        return Found(answer="cannot_tell", missing=tuple(dict.fromkeys(lacking)))
    return Found(answer="nobody_raises")


def _counts(
    parent: Parent, parameters: Mapping[str, float | None], *, as_of_date: date
) -> bool | None:
    """Return whether a parent is gone or in one of the states; None where nobody can tell."""
    if parent.state in GONE:
        return as_of_date >= SINCE
    if parent.state == "able" or as_of_date < (ADDED_SINCE if parent.state in ADDED else SINCE):
        return False
    if parent.state == "unknown":
        return None
    if parent.state == "disability":
        return _is_severe(parent, parameters)
    if parent.state in TIMED:
        needed = parameters["child.absence_months"]
        return None if needed is None or parent.months is None else parent.months >= needed
    return True


def _is_severe(parent: Parent, parameters: Mapping[str, float | None]) -> bool | None:
    worst, of_mind = parameters["child.worst_grade"], parameters["child.mind_grade"]
    if parent.grade is None:
        return None
    severe = None if worst is None else parent.grade <= worst
    if severe or parent.of_mind is False:
        return severe
    mind = None if of_mind is None else parent.grade <= of_mind
    if mind is False:
        return severe
    return True if mind and parent.of_mind else None


def _lacking(name: str, parent: Parent, parameters: Mapping[str, float | None]) -> list[str]:
    needed = {
        "disability": ("child.worst_grade", "child.mind_grade"),
        **dict.fromkeys(TIMED, ("child.absence_months",)),
    }.get(parent.state, ())
    unfound = [f"parameter {one}" for one in needed if parameters[one] is None]
    told = parent.months if parent.state in TIMED else parent.grade
    return unfound if unfound and told is not None else [name]
