"""What a sweep is: a rule, what to ask, and a task that offers, tells in advance or certifies.

There is no action that ends, suspends or reduces a benefit, and no sweep can name one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import ibis
import ibis.expr.types as ir

from models.rules.judging import Rule
from models.rules.verdicts import Compare, Limit, Number, Quantity, Terms

Action = Literal["offer", "tell_in_advance", "certify"]
"""Offer a benefit; tell somebody it is near; confirm that it goes on. There is no other."""

UNREAD = "（凭记忆，未核对原文）"
"""After a document nobody read a copy of."""


@dataclass(frozen=True, kw_only=True)
class PublicNotice:
    """Whether names are put up in public before a benefit is granted, and where that is laid down."""

    held: bool
    source: str


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """A rule, and what a worker does where it is met.

    ``evidence`` are the facts shown with it; ``ask`` what to find out at the door; ``task_zh`` the task for a worker, and
    ``consent_zh`` what a person agrees to, filled in beforehand (None: nothing to agree to). ``public_notice`` None: no
    document was read for it.
    """

    rule: Rule
    action: Action
    evidence: tuple[str, ...]
    ask: tuple[str, ...]
    task_zh: str
    consent_zh: str | None = None
    public_notice: PublicNotice | None = None


def of_fact(fact: str) -> Number:
    """Return what reads a fact."""
    return lambda terms: terms.fact(fact)


def number(value: float) -> Number:
    """Return a constant."""
    return lambda _: ibis.literal(float(value))


def some_member(
    test_id: str, fact: str, quantity: Quantity, *, parameters: Sequence[str] = ()
) -> Compare:
    """Return the test that the count is at least one; ``parameters`` are those the count depends on."""
    one = Limit(
        label_zh="一人", parameters=tuple(parameters), at_least=number(1), at_most=number(1)
    )
    return Compare(test_id=test_id, fact=fact, quantity=quantity, op=">=", limit=one)


def counted(fact: str, label_zh: str) -> Quantity:
    """Return a count of members that is known or not."""
    return Quantity(label_zh=label_zh, unit="人", at_least=of_fact(fact), at_most=of_fact(fact))


def region_sets(test_id: str, fact: str, parameter: str, label_zh: str) -> Compare:
    """Return the test that a region has set ``parameter`` to more than nothing."""
    nothing = Quantity(label_zh=label_zh, unit="元", at_least=number(0), at_most=number(0))

    def line(terms: Terms) -> ir.NumericValue:
        return terms.parameter(parameter)

    limit = Limit(label_zh=label_zh, parameters=(parameter,), at_least=line, at_most=line)
    return Compare(test_id=test_id, fact=fact, quantity=nothing, op="<", limit=limit)
