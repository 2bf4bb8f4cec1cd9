"""Judge every household by rules, in one query over a table of facts.

The answer to a rule is ``meets``, ``near`` (misses only its line, and by little), ``does_not`` or ``cannot_tell``,
with the distance to the line and the facts that are missing to decide. Runs wherever the facts lie.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce

import ibis
import ibis.expr.types as ir

from models.rules.verdicts import Compare, Leaf, Terms, Test, combined, leaves, undecided

MEETS, NEAR, DOES_NOT, CANNOT_TELL = "meets", "near", "does_not", "cannot_tell"
ANSWERS = (MEETS, NEAR, DOES_NOT, CANNOT_TELL)
NO_PARAMETER = "parameter "
"""Before the name of a number that no document was found for, among what is missing."""
TEST = "test_"
"""Before the test_id of a comparison: the column with its verdict."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule of policy. ``line`` is the test_id of the comparison whose distance counts, if any.

    ``since`` is the first day it is in force; before, nobody meets it. ``documents`` are what it rests on.
    """

    rule_id: str
    title_zh: str
    documents: tuple[str, ...]
    test: Test
    since: date
    line: str | None = None

    @property
    def tests(self) -> tuple[Leaf, ...]:
        """The comparisons of the rule in reading order."""
        return tuple(leaves(self.test))

    @property
    def line_test(self) -> Compare | None:
        """The comparison whose distance counts."""
        found = (leaf for leaf in self.tests if leaf.test_id == self.line)
        return next((leaf for leaf in found if isinstance(leaf, Compare)), None)

    def columns(self) -> tuple[str, ...]:
        """Columns of the answer to this rule."""
        return tuple(f"{self.rule_id}{end}" for end in _ENDS)


_ENDS = ("", "_distance_yuan", "_distance_percent", "_missing")


def judge(
    facts: ir.Table,
    rules: Sequence[Rule],
    *,
    parameters: Mapping[str, float | None],
    as_of_date: date,
    keys: Sequence[str] = ("household_id",),
    with_tests: bool = False,
) -> ir.Table:
    """Return ``keys`` and, per rule, :meth:`Rule.columns`; one row per row of ``facts``.

    Args:
        facts: one row per household; columns as in :data:`models.rules.facts.FACTS`.
        rules: what to judge by.
        parameters: value per name, None where no document was found; ``near.percent`` among them.
        as_of_date: a rule not yet in force is met by nobody.
        keys: columns carried over.
        with_tests: also return the verdict of every comparison as ``test_<test_id>``, null where it cannot be told.

    Returns:
        Answer (text), distance of the known part to the line in the line's unit (negative: below) and in percent of the line
        (null where either is unknown), and what is missing to decide: names joined by commas, empty unless ``cannot_tell``.
    """
    in_force = [rule for rule in rules if rule.since <= as_of_date]
    terms = Terms(facts, parameters)
    margin = parameters["near.percent"]
    stretched = 1.0 if margin is None else 1 + margin / 100
    tested: dict[str, ir.Value] = {}
    for rule in in_force:
        for leaf in rule.tests:
            tested[_verdict(leaf)] = leaf.verdict(terms)
        line = rule.line_test
        if line is not None:
            tested[_nearly(line)] = line.verdict(terms, stretched=stretched)
            tested[_over(line)] = line.quantity.at_least(terms) - line.limit.at_least(terms)
            tested[_line(line)] = line.limit.at_least(terms)
    # In stages, so that a comparison shared by rules is made once.
    compared = facts.select(*keys, **tested)
    decided = compared.mutate(
        **{f"{rule.rule_id}_met": _met(compared, rule) for rule in in_force},
        **{f"{rule.rule_id}_stretched": _met(compared, rule, near=True) for rule in in_force},
    )
    columns: dict[str, ir.Value] = {}
    for rule in rules:
        told = _answer(decided, rule, parameters) if rule in in_force else _not_in_force()
        columns |= dict(zip(rule.columns(), told, strict=True))
    if with_tests:
        columns |= {name: decided[name] for name in tested if name.startswith(TEST)}
    return decided.select(*keys, **columns)


def _met(compared: ir.Table, rule: Rule, *, near: bool = False) -> ir.BooleanValue:
    def of(leaf: Leaf) -> ir.BooleanValue:
        is_line = near and leaf is rule.line_test
        return compared[_nearly(leaf) if is_line else _verdict(leaf)]

    return combined(rule.test, of)


def _answer(
    decided: ir.Table, rule: Rule, parameters: Mapping[str, float | None]
) -> tuple[ir.Value, ...]:
    met, nearly = decided[f"{rule.rule_id}_met"], decided[f"{rule.rule_id}_stretched"]
    answer = ibis.cases(
        (met, MEETS), (met.isnull(), CANNOT_TELL), (nearly.fill_null(False), NEAR), else_=DOES_NOT
    )
    line = rule.line_test
    if line is None:
        over: ir.Value = ibis.null("float64")
        percent: ir.Value = ibis.null("float64")
    else:
        over = decided[_over(line)].cast("float64")
        percent = over / decided[_line(line)].cast("float64").nullif(0) * 100
    parts: dict[str, list[ir.BooleanValue]] = {}
    for leaf, matters in undecided(rule.test, lambda leaf: decided[_verdict(leaf)]):
        for name in _lacking(leaf, parameters):
            parts.setdefault(name, []).append(matters)
    named = [
        reduce(lambda one, other: one | other, matter).ifelse(f"{name},", "")
        for name, matter in parts.items()
    ]
    missing = reduce(lambda one, other: one + other, named)
    return answer, over, percent, missing.re_replace(",$", "")


def _lacking(leaf: Leaf, parameters: Mapping[str, float | None]) -> list[str]:
    """Name what would decide a comparison: the parameter nobody found, else the fact."""
    if isinstance(leaf, Compare):
        published = leaf.limit.published
        is_published = published is not None and parameters.get(published) is not None
        made_of = () if is_published else leaf.limit.parameters
        cap = leaf.limit.cap
        capping = () if cap is None or parameters.get(cap[0]) != 1 else (cap[1],)
        unfound = [name for name in (*made_of, *capping) if parameters[name] is None]
        if unfound:
            return [NO_PARAMETER + name for name in unfound]
    return [leaf.fact]


def _not_in_force() -> tuple[ir.Value, ...]:
    nothing = ibis.null("float64")
    return ibis.literal(DOES_NOT), nothing, nothing, ibis.literal("")


def _verdict(leaf: Leaf) -> str:
    return f"{TEST}{leaf.test_id}"


def _nearly(leaf: Leaf) -> str:
    return f"nearly_{leaf.test_id}"


def _over(leaf: Leaf) -> str:
    return f"over_{leaf.test_id}"


def _line(leaf: Leaf) -> str:
    return f"line_{leaf.test_id}"
