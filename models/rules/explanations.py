"""How a rule was answered for one household, as data: steps, comparisons, what went in, what is missing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from features.parameters import Decided, Duty
from models.rules.clocks import Clock, FactValue


@dataclass(frozen=True, kw_only=True)
class Known:
    """A fact as it went in; ``value`` None is unknown, and ``told_by`` is then whom to ask."""

    name: str
    label_zh: str
    unit: str
    value: FactValue
    told_by: str


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One comparison: what the family has, the line, and what both are made of.

    ``at_least`` and ``at_most`` bound the quantity, ``line_at_least`` and ``line_at_most`` the line; None is unknown.
    A yes/no fact has no bounds: its value stands in ``facts``, and ``op`` is "is" or "is not".
    """

    test_id: str
    fact: str
    label_zh: str
    unit: str
    facts: tuple[Known, ...]
    at_least: float | None
    at_most: float | None
    op: str
    line_label_zh: str
    line_at_least: float | None
    line_at_most: float | None
    parameters: tuple[Decided, ...]
    result: bool | None


@dataclass(frozen=True, kw_only=True)
class Together:
    """Parts of which ``every`` or ``some`` must hold, and whether that is so."""

    needs: Literal["every", "some"]
    parts: tuple["Step", ...]
    result: bool | None


Step: TypeAlias = Comparison | Together


@dataclass(frozen=True, kw_only=True)
class Missing:
    """What would decide a rule: a fact and whom to ask, or a figure that no document was found for."""

    name: str
    label_zh: str
    told_by: str
    is_parameter: bool


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """One rule. ``distance`` is what is known less the line, in ``unit``; below zero is below the line.

    ``test`` is None where the rule is not yet in force.
    """

    rule_id: str
    title_zh: str
    documents: tuple[str, ...]
    since: date
    answer: str
    test: Step | None
    line_label_zh: str | None
    distance: float | None
    percent: float | None
    unit: str | None
    missing: tuple[Missing, ...]
    clocks: tuple[Clock, ...]
    duties: tuple[Duty, ...]

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """The comparisons in reading order."""
        return () if self.test is None else tuple(comparisons_of(self.test))


def comparisons_of(step: Step) -> Iterator[Comparison]:
    """Yield the comparisons of a step in reading order."""
    if isinstance(step, Comparison):
        yield step
    else:
        for part in step.parts:
            yield from comparisons_of(part)
