"""Which way households can cross a line when figures of policy change: inward, outward, both or not at all.

Without this, whoever cannot be told would count as possibly crossing every line, also those that stay where they are.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import ibis.expr.types as ir

from features.parameters import InForce
from models.rules.answering import values_of
from models.rules.judging import Rule
from models.rules.verdicts import Compare, Number, Terms


@dataclass(frozen=True)
class Ways:
    """Whether a household can come inside, and whether one can go out."""

    inward: bool
    outward: bool


NEITHER, BOTH = Ways(False, False), Ways(True, True)


def ways_of(
    rules: Sequence[Rule],
    facts: ir.Table,
    before: InForce,
    after: InForce,
    changed: Collection[str],
) -> dict[str, Ways]:
    """Return, per rule, which way the changed figures let households cross it.

    A line that no household sees lowered lets nobody out. Where a figure changes what is counted instead of the line,
    or was unknown, both ways are open.
    """
    compared = {
        leaf.test_id: leaf for rule in rules for leaf in rule.tests if isinstance(leaf, Compare)
    }
    counted = {
        name
        for name, leaf in compared.items()
        if _read(leaf.quantity.at_least, leaf.quantity.at_most, facts, before, after) & set(changed)
    }
    lines = {
        name: leaf
        for name, leaf in compared.items()
        if _read(leaf.limit.at_least, leaf.limit.at_most, facts, before, after) & set(changed)
    }
    ways = dict.fromkeys(compared, NEITHER) | dict.fromkeys(counted, BOTH)
    ways |= _moved(lines, facts, before, after, counted)
    return {
        rule.rule_id: Ways(
            any(ways[leaf.test_id].inward for leaf in rule.tests if leaf.test_id in ways),
            any(ways[leaf.test_id].outward for leaf in rule.tests if leaf.test_id in ways),
        )
        for rule in rules
    }


def _moved(
    lines: Mapping[str, Compare],
    facts: ir.Table,
    before: InForce,
    after: InForce,
    counted: Collection[str],
) -> dict[str, Ways]:
    """Return which way each line moved for anybody."""
    was, now = values_of(before), values_of(after)
    alone = {name: leaf for name, leaf in lines.items() if name not in counted}
    if not alone:
        return {}
    moved = facts.select(
        **{
            f"{end}_{name}": (
                side(Terms(facts, _filled(leaf, now, was)))
                - side(Terms(facts, _filled(leaf, was, now)))
            ).cast("float64")
            for name, leaf in alone.items()
            for end, side in (("low", leaf.limit.at_least), ("high", leaf.limit.at_most))
        }
    )
    [row] = (
        moved.aggregate(
            **{f"least_{name}": moved[name].min() for name in moved.columns},
            **{f"most_{name}": moved[name].max() for name in moved.columns},
        )
        .to_pyarrow()
        .to_pylist()
    )
    found = {}
    for name, leaf in alone.items():
        least = [row[f"least_{end}_{name}"] for end in ("low", "high")]
        most = [row[f"most_{end}_{name}"] for end in ("low", "high")]
        if None in least:
            found[name] = BOTH
            continue
        up, down = max(most) > 0, min(least) < 0
        found[name] = Ways(up, down) if leaf.op in ("<", "<=") else Ways(down, up)
    return found


def _filled(
    leaf: Compare, values: Mapping[str, float | None], others: Mapping[str, float | None]
) -> dict[str, float | None]:
    """Put 1 for factors of a line unknown at both askings: the same unknown times each, it turns no direction round."""
    unknown = {
        name: 1.0 for name in leaf.limit.parameters if values[name] is None and others[name] is None
    }
    return {**values, **unknown}


def _read(
    at_least: Number, at_most: Number, facts: ir.Table, before: InForce, after: InForce
) -> set[str]:
    """Return the names of the figures two expressions ask for."""
    asked: set[str] = set()
    for in_force in (before, after):
        terms = Terms(facts, _Asked(values_of(in_force), asked))
        at_least(terms)
        at_most(terms)
    return asked


class _Asked(Mapping[str, float | None]):
    """Figures that note which of them are asked for."""

    def __init__(self, values: Mapping[str, float | None], asked: set[str]) -> None:
        self._values = values
        self._asked = asked

    def __getitem__(self, name: str) -> float | None:
        self._asked.add(name)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)
