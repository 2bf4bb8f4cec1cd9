"""Rules of three answers (yes, no, cannot tell) as expressions over a table of facts.

A verdict is a nullable boolean: SQL's null is the third truth value of Kleene's logic, so ``and``, ``or`` and
``not`` of any engine already treat the unknown rightly. A fact may be known between two bounds only (income on
record is the least a family has); a comparison is true or false only where every value between them gives the same
answer. A number that policy owns and nobody found is unknown like any other.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Literal, TypeAlias

import ibis
import ibis.expr.types as ir

Op = Literal["<", "<=", ">", ">="]
Number: TypeAlias = Callable[["Terms"], ir.NumericValue]


@dataclass(frozen=True)
class Terms:
    """What an expression of a rule may speak of: facts of a row, parameters in force.

    ``fact(name)`` is a column, null where unknown; ``parameter(name)`` a constant, null where no document was found.
    """

    facts: ir.Table
    parameters: Mapping[str, float | None]

    def fact(self, name: str) -> ir.NumericValue:
        """Return the column of a fact."""
        return self.facts[name]

    def parameter(self, name: str) -> ir.NumericValue:
        """Return the parameter in force as a constant."""
        value = self.parameters[name]
        return ibis.null("float64") if value is None else ibis.literal(float(value))


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """What a family has, between two bounds: the same expression twice where it is known exactly."""

    label_zh: str
    unit: str
    at_least: Number
    at_most: Number


@dataclass(frozen=True, kw_only=True)
class Limit:
    """The line it is held against, made of ``parameters``; between two bounds where it depends on an unknown fact.

    ``published`` is a parameter that gives the line itself; where it is in force, the others are not needed. ``cap`` names two:
    one that is 1 where the line may not lie above the other.
    """

    label_zh: str
    parameters: tuple[str, ...]
    at_least: Number
    at_most: Number
    published: str | None = None
    cap: tuple[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class Compare:
    """One comparison. ``fact`` names what somebody would have to find out to decide it."""

    test_id: str
    fact: str
    quantity: Quantity
    op: Op
    limit: Limit

    def verdict(self, terms: Terms, *, stretched: float = 1.0) -> ir.BooleanValue:
        """Return true, false or null; ``stretched`` multiplies the limit."""
        low, high = self.quantity.at_least(terms), self.quantity.at_most(terms)
        line_low = self.limit.at_least(terms) * stretched
        line_high = self.limit.at_most(terms) * stretched
        if self.op in (">", ">="):
            surely, surely_not = (low, line_high), (high, line_low)
        else:
            surely, surely_not = (high, line_low), (low, line_high)
        return ibis.cases(
            (_holds(self.op, *surely), True), (~_holds(self.op, *surely_not), False)
        ).cast("boolean")


@dataclass(frozen=True, kw_only=True)
class Is:
    """A yes/no fact; unknown where nobody told it.

    With ``stands_for_rest`` it is one way to know what the parts beside it say: where it is not told, they decide.
    """

    test_id: str
    fact: str
    label_zh: str
    wanted: bool = True
    stands_for_rest: bool = False

    def verdict(self, terms: Terms, *, stretched: float = 1.0) -> ir.BooleanValue:
        """Return whether the fact is as wanted, null where unknown."""
        return terms.facts[self.fact] == self.wanted


@dataclass(frozen=True)
class Every:
    """True if all parts are; false as soon as one is."""

    parts: tuple["Test", ...]


@dataclass(frozen=True)
class Some:
    """True as soon as one part is; false if all are."""

    parts: tuple["Test", ...]


Leaf: TypeAlias = Compare | Is
Test: TypeAlias = Compare | Is | Every | Some


def every(*parts: Test) -> Every:
    """Return the test that all ``parts`` hold."""
    return Every(parts)


def some(*parts: Test) -> Some:
    """Return the test that at least one of ``parts`` holds."""
    return Some(parts)


def leaves(test: Test) -> Iterator[Leaf]:
    """Yield the comparisons of a test in reading order."""
    if isinstance(test, Every | Some):
        for part in test.parts:
            yield from leaves(part)
    else:
        yield test


def combined(test: Test, of: Callable[[Leaf], ir.BooleanValue]) -> ir.BooleanValue:
    """Return the verdict of a test from those of its leaves."""
    if isinstance(test, Every):
        return reduce(lambda one, other: one & other, (combined(part, of) for part in test.parts))
    if isinstance(test, Some):
        return reduce(lambda one, other: one | other, (combined(part, of) for part in test.parts))
    told = of(test)
    return told.fill_null(False) if isinstance(test, Is) and test.stands_for_rest else told


def undecided(
    test: Test, of: Callable[[Leaf], ir.BooleanValue]
) -> list[tuple[Leaf, ir.BooleanValue]]:
    """Return each leaf with where it keeps the whole test from being decided.

    A leaf without an answer does not matter inside a part that is decided without it.
    """
    if not isinstance(test, Every | Some):
        return [(test, of(test).isnull())]
    here = combined(test, of).isnull()
    found = (pair for part in test.parts for pair in undecided(part, of))
    return [(leaf, matters & here) for leaf, matters in found]


_SAME = 1e-8
"""Sums closer than this are the same: 5251.50 yuan among three, or 1.8 times 1167, are no exact binary numbers."""


def _holds(op: Op, left: ir.NumericValue, right: ir.NumericValue) -> ir.BooleanValue:
    if op == "<":
        return left < right - _SAME
    if op == "<=":
        return left <= right + _SAME
    return left > right + _SAME if op == ">" else left >= right - _SAME
