"""How each rule was answered for one household: every comparison, so that somebody can check it by hand.

What is evaluated are the rules themselves, the same expressions a night evaluates, on a table of one row. Values
of what went in are read beside them; nothing is computed a second time.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

from features.parameters import InForce
from features.parameters.vocabulary import declared
from models.rules.answering import RULE_FACTS, values_of
from models.rules.clocks import FactValue, clocks_of, duties_of
from models.rules.explanations import (
    Comparison,
    Explanation,
    Known,
    Missing,
    Step,
    Together,
    comparisons_of,
)
from models.rules.facts import Fact
from models.rules.judging import NO_PARAMETER, TEST, Rule, judge
from models.rules.verdicts import Compare, Every, Leaf, Number, Some, Terms, Test, combined


def explain(
    facts_row: ir.Table,
    rules: Sequence[Rule],
    in_force: InForce,
    *,
    as_of_date: date,
    among: Sequence[Fact] = RULE_FACTS,
) -> list[Explanation]:
    """Return how each of ``rules`` is answered for the one household of ``facts_row``.

    Args:
        facts_row: one row with ``household_id`` and a column per fact.
        rules: what to judge by.
        in_force: what is in force in the region on the date.
        as_of_date: the night.
        among: the vocabulary of facts, for labels and whom to ask.

    Raises:
        ValueError: there is not exactly one row.
    """
    vocabulary = {one.name: one for one in among}
    judged = judge(
        facts_row, rules, parameters=values_of(in_force), as_of_date=as_of_date, with_tests=True
    )
    standing = [rule for rule in rules if rule.since <= as_of_date]
    answered = _row(judged.mutate(**_results(judged, standing)))
    reader = _Reader(facts_row, vocabulary, in_force)
    values = answered | _row(facts_row.select(**reader.columns(standing)))
    known = {one.name: values.get(_fact(one.name)) for one in among}
    found = []
    for rule in rules:
        test = reader.step(rule.test, values) if rule in standing else None
        comparisons = () if test is None else tuple(comparisons_of(test))
        line = rule.line_test
        found.append(
            Explanation(
                rule_id=rule.rule_id,
                title_zh=rule.title_zh,
                documents=rule.documents,
                since=rule.since,
                answer=str(answered[rule.rule_id]),
                test=test,
                line_label_zh=None if line is None else line.limit.label_zh,
                distance=_number(answered[f"{rule.rule_id}_distance_yuan"]),
                percent=_number(answered[f"{rule.rule_id}_distance_percent"]),
                unit=None if line is None else line.quantity.unit,
                missing=tuple(
                    _missing(name, comparisons, in_force)
                    for name in str(answered[f"{rule.rule_id}_missing"]).split(",")
                    if name
                ),
                clocks=clocks_of(rule.rule_id, known, in_force, as_of_date=as_of_date),
                duties=duties_of(rule.rule_id, as_of_date=as_of_date),
            )
        )
    return found


class _Reader:
    """Puts the values that went into each comparison beside it, read in the same query."""

    def __init__(self, facts: ir.Table, vocabulary: Mapping[str, Fact], in_force: InForce) -> None:
        self._facts = facts
        self._vocabulary = vocabulary
        self._in_force = in_force
        self._values = values_of(in_force)

    def columns(self, rules: Sequence[Rule]) -> dict[str, ir.Value]:
        """Return every fact, and the bounds and line of every comparison, as :meth:`step` reads them."""
        terms = Terms(self._facts, self._values)
        there = set(self._facts.columns)
        found: dict[str, ir.Value] = {
            _fact(name): self._facts[name] for name in self._vocabulary if name in there
        }
        compared = {leaf.test_id: leaf for rule in rules for leaf in rule.tests}
        for leaf in compared.values():
            if isinstance(leaf, Compare):
                for name, of in zip(_bounds(leaf), _sides(leaf), strict=True):
                    found[name] = of(terms).cast("float64")
        return found

    def step(self, test: Test, values: Mapping[str, FactValue]) -> Step:
        """Return a test with what was read for it."""
        result = _truth(values[_result(test)])
        if isinstance(test, Every | Some):
            return Together(
                needs="every" if isinstance(test, Every) else "some",
                parts=tuple(self.step(part, values) for part in test.parts),
                result=result,
            )
        names, parameters = self._read_by(test)
        facts = tuple(self._known(name, values.get(_fact(name))) for name in names)
        if not isinstance(test, Compare):
            return Comparison(
                test_id=test.test_id, fact=test.fact, label_zh=test.label_zh, unit="", facts=facts,
                at_least=None, at_most=None, op="is" if test.wanted else "is not", line_label_zh="",
                line_at_least=None, line_at_most=None, parameters=(), result=result,
            )  # fmt: skip
        low, high, line_low, line_high = (_number(values[name]) for name in _bounds(test))
        return Comparison(
            test_id=test.test_id,
            fact=test.fact,
            label_zh=test.quantity.label_zh,
            unit=test.quantity.unit,
            facts=facts,
            at_least=low,
            at_most=high,
            op=test.op,
            line_label_zh=test.limit.label_zh,
            line_at_least=line_low,
            line_at_most=line_high,
            parameters=tuple(self._in_force[name] for name in parameters),
            result=result,
        )

    def _read_by(self, leaf: Leaf) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the names of the facts and of the parameters that a comparison reads."""
        if not isinstance(leaf, Compare):
            return (leaf.fact,), ()
        read = _Recorded(self._values)
        terms = Terms(ibis.table(self._facts.schema(), name="facts"), read)
        made = [
            of(terms)
            for of in (
                leaf.quantity.at_least, leaf.quantity.at_most,
                leaf.limit.at_least, leaf.limit.at_most,
            )
        ]  # fmt: skip
        fields = [field.name for value in made for field in value.op().find(ops.Field)]
        # Where the line itself is published, nobody needs what it would be made of.
        declared_parts = () if leaf.limit.published in read.names else leaf.limit.parameters
        return tuple(dict.fromkeys(fields)), tuple(dict.fromkeys((*declared_parts, *read.names)))

    def _known(self, name: str, value: FactValue) -> Known:
        one = self._vocabulary.get(name)
        if one is None:
            return Known(name=name, label_zh=name, unit="", value=value, told_by="")
        return Known(
            name=name, label_zh=one.label_zh, unit=one.unit, value=value, told_by=one.told_by
        )


class _Recorded(Mapping[str, float | None]):
    """Parameters that remember which of them were asked for and have a value or a place in the answer."""

    def __init__(self, values: Mapping[str, float | None]) -> None:
        self._values = values
        self.names: list[str] = []

    def __getitem__(self, name: str) -> float | None:
        value = self._values[name]
        if value is not None:
            # What a region does not have apart (a rural standard) is not part of the line.
            self.names.append(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def _missing(name: str, comparisons: Sequence[Comparison], in_force: InForce) -> Missing:
    if name.startswith(NO_PARAMETER):
        parameter = name.removeprefix(NO_PARAMETER)
        return Missing(
            name=parameter,
            label_zh=declared(parameter).zh,
            told_by=f"政策文件（{in_force.region}）",
            is_parameter=True,
        )
    of_it = [one for one in comparisons if one.fact == name]
    unknown = [fact for one in of_it for fact in one.facts if fact.value is None]
    asked = unknown or [fact for one in of_it for fact in one.facts]
    return Missing(
        name=name,
        label_zh="、".join(dict.fromkeys(fact.label_zh for fact in asked)) or name,
        told_by="、".join(dict.fromkeys(fact.told_by for fact in asked)),
        is_parameter=False,
    )


def _groups(test: Test) -> Iterator[Every | Some]:
    if isinstance(test, Every | Some):
        yield test
        for part in test.parts:
            yield from _groups(part)


def _results(judged: ir.Table, rules: Sequence[Rule]) -> dict[str, ir.Value]:
    """Return the verdict of every part with parts of its own, made of those the night tells."""

    def told(leaf: Leaf) -> ir.BooleanValue:
        return judged[_result(leaf)]

    groups = {_result(part): part for rule in rules for part in _groups(rule.test)}
    return {name: combined(part, told) for name, part in groups.items()}


def _sides(leaf: Compare) -> tuple[Number, Number, Number, Number]:
    return leaf.quantity.at_least, leaf.quantity.at_most, leaf.limit.at_least, leaf.limit.at_most


def _row(table: ir.Table) -> dict[str, FactValue]:
    rows = table.to_pyarrow().to_pylist()
    if len(rows) != 1:
        raise ValueError(f"expected the facts of one household, found {len(rows)} rows")
    found: dict[str, FactValue] = rows[0]
    return found


def _number(value: FactValue) -> float | None:
    return None if value is None else float(value)


def _truth(value: FactValue) -> bool | None:
    return None if value is None else bool(value)


def _fact(name: str) -> str:
    return f"fact_{name}"


def _result(test: Test) -> str:
    # A group has no name of its own: its comparisons name it.
    if isinstance(test, Every | Some):
        parts = ",".join(_result(part) for part in test.parts)
        return f"{'every' if isinstance(test, Every) else 'some'}({parts})"
    return f"{TEST}{test.test_id}"


def _bounds(leaf: Leaf) -> tuple[str, str, str, str]:
    name = leaf.test_id
    return f"low_{name}", f"high_{name}", f"line_low_{name}", f"line_high_{name}"
