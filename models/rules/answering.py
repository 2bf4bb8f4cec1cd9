"""All rules of a night over its feature matrix: the one place where facts, rules and what is in force meet.

The night, the page a policy officer checks, what-if and the benchmark all ask here, so they cannot differ.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import ibis
import ibis.expr.types as ir

from features.parameters import InForce
from models.rules.facts import FACTS, Fact, facts_of
from models.rules.judging import MEETS, NEAR, Rule, judge
from models.rules.ladder import first_met, first_open, ladder
from models.rules.sweep_facts import SWEEP_FACTS
from models.rules.sweeps import sweeps

RULE_FACTS: tuple[Fact, ...] = (*FACTS, *SWEEP_FACTS)
"""Every fact a rule of a night may speak of."""

HELD_BY: Mapping[str, str] = {
    "tekun": "holds_tekun",
    "dibao": "holds_dibao",
    "dibao_alone": "holds_dibao",
    "edge": "holds_edge",
    "rigid": "holds_rigid",
}
"""Tiers somebody is admitted to, and the fact that says so; from the top."""

SUMMARY = ("tier", "first_open", "unclaimed", "approached")
"""Columns beside the answers; each is a rule_id or null. See :func:`answers`."""


def rules_on(as_of_date: date) -> tuple[Rule, ...]:
    """Return every rule as it stood on a date: the ladder from the top, then what is due to persons."""
    return (*ladder(as_of_date=as_of_date), *sweeps(as_of_date=as_of_date))


def values_of(in_force: InForce) -> dict[str, float | None]:
    """Return the value per parameter; None where no document was found."""
    return {name: decided.value for name, decided in in_force.items()}


def answers(
    matrix: ir.Table,
    in_force: InForce,
    *,
    as_of_date: date,
    keys: Sequence[str] = ("household_id",),
) -> ir.Table:
    """Return ``keys``, the answers and verdicts of :func:`~models.rules.judging.judge` and :data:`SUMMARY`.

    Args:
        matrix: a feature matrix; columns it lacks are facts nobody reported.
        in_force: what is in force in the region on the date.
        as_of_date: the night.
        keys: columns of the matrix carried over.

    Returns:
        One row per row of ``matrix``. ``tier`` is the highest tier met, ``first_open`` the highest met or not
        decidable, ``unclaimed`` the highest met where neither it nor one above is held, ``approached`` the same
        of those that are near.
    """
    rules = rules_on(as_of_date)
    facts = facts_of(matrix, among=RULE_FACTS, keys=keys)
    judged = judge(
        facts,
        rules,
        parameters=values_of(in_force),
        as_of_date=as_of_date,
        keys=(*keys, *dict.fromkeys(HELD_BY.values())),
        with_tests=True,
    )
    tiers = ladder(as_of_date=as_of_date)
    told = judged.mutate(
        tier=first_met(judged, tiers),
        first_open=first_open(judged, tiers),
        unclaimed=_first(judged, MEETS),
        approached=_first(judged, NEAR),
    )
    return told.drop(*dict.fromkeys(HELD_BY.values()))


def _first(judged: ir.Table, answer: str) -> ir.StringValue:
    """Return the highest tier with ``answer`` where neither it nor one above is held; unknown is not "not held"."""
    held_above: ir.BooleanValue = ibis.literal(False)
    branches = []
    for tier, held in HELD_BY.items():
        held_above = held_above | judged[held]
        branches.append(((judged[tier] == answer) & ~held_above, tier))
    return ibis.cases(*branches)
