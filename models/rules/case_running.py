"""Hold policy cases against the rules: one query per region and day, every difference with the comparisons behind it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pandas as pd

from data_contracts.engines import Engine
from features import parameters
from models.rules.answering import RULE_FACTS, rules_on, values_of
from models.rules.cases import Case, CaseError, Expected
from models.rules.judging import NO_PARAMETER, TEST, Rule, judge
from models.rules.verdicts import Compare, Leaf, Terms

_CENT = 0.005


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One comparison of a rule for one family: its bounds and what it came to (None: cannot be told).

    The bounds are None for a yes/no fact, and where unknown.
    """

    leaf: Leaf
    result: bool | None
    at_least: float | None
    at_most: float | None
    line_at_least: float | None
    line_at_most: float | None

    def __str__(self) -> str:
        told = {True: "holds", False: "does not hold", None: "cannot be told"}[self.result]
        if not isinstance(self.leaf, Compare):
            return f"{self.leaf.label_zh}: {told}"
        known, line = (
            _between(self.at_least, self.at_most),
            _between(self.line_at_least, self.line_at_most),
        )
        quantity, limit = self.leaf.quantity.label_zh, self.leaf.limit.label_zh
        return f"{quantity} {known} {self.leaf.op} {limit} {line}: {told}"


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a rule answered for a case."""

    answer: str
    missing: frozenset[str]
    distance_yuan: float | None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One case, one rule: expected and found, with the rule's comparisons in reading order."""

    case: Case
    rule: Rule
    expected: Expected
    found: Found
    compared: tuple[Compared, ...]

    @cached_property
    def differences(self) -> tuple[str, ...]:
        """What was found otherwise than expected; empty where the case passes."""
        wanted, found, told = self.expected, self.found, []
        if wanted.answer != found.answer:
            told.append(f"expected {wanted.answer}, found {found.answer}")
        if wanted.missing is not None and wanted.missing != found.missing:
            told.append(
                f"expected missing {_listed(wanted.missing)}, found {_listed(found.missing)}"
            )
        if wanted.distance_yuan is not None and not _same(
            wanted.distance_yuan, found.distance_yuan
        ):
            distance = "unknown" if found.distance_yuan is None else f"{found.distance_yuan:g}"
            told.append(f"expected {wanted.distance_yuan:g} from the line, found {distance}")
        return tuple(told)

    @property
    def behind(self) -> tuple[Compared, ...]:
        """The comparisons that made the answer what it is."""
        decisive = {"meets": (True,), "cannot_tell": (None,)}.get(self.found.answer, (False,))
        return tuple(one for one in self.compared if one.result in decisive)


def run_cases(
    engine: Engine, cases: Sequence[Case], *, own: Path | None = None
) -> tuple[Outcome, ...]:
    """Judge every case by the rules and parameters of its day, in the order of ``cases``.

    Args:
        own: a deployment's folder of regions that stands over those shipped.

    Raises:
        CaseError: an expected rule, a region or a parameter that does not exist.
    """
    alike: dict[object, list[int]] = defaultdict(list)
    for number, case in enumerate(cases):
        alike[case.region, case.as_of_date, tuple(sorted(case.parameters.items()))].append(number)
    outcomes: dict[int, list[Outcome]] = {}
    for numbers in alike.values():
        outcomes |= _judged(engine, {number: cases[number] for number in numbers}, own)
    return tuple(outcome for number in range(len(cases)) for outcome in outcomes[number])


def _judged(
    engine: Engine, cases: Mapping[int, Case], own: Path | None
) -> dict[int, list[Outcome]]:
    """Judge cases of one region, day and set of parameters."""
    case = next(iter(cases.values()))
    rules = {rule.rule_id: rule for rule in rules_on(case.as_of_date)}
    for each in cases.values():
        for one in each.expected:
            _check(one, each, rules)
    expected = {one.rule_id for each in cases.values() for one in each.expected}
    asked = [rule for rule in rules.values() if rule.rule_id in expected]
    in_force = _in_force(case, own)
    facts = _as_table(cases)
    judged = judge(facts, asked, parameters=in_force, as_of_date=case.as_of_date, with_tests=True)
    leaves = {leaf.test_id: leaf for rule in asked for leaf in rule.tests}
    bounds = facts.select("household_id", **_bounds(Terms(facts, in_force), leaves.values()))
    # One query: the answers, and beside them what was compared.
    rows = engine.to_pandas(judged.join(bounds, "household_id"))
    return {
        int(str(row["household_id"])): list(_outcomes(cases, rules, row)) for row in _plain(rows)
    }


def _check(expected: Expected, case: Case, rules: Mapping[str, Rule]) -> None:
    """Refuse a rule, or a name among what is missing, that nothing goes by."""
    if expected.rule_id not in rules:
        raise CaseError(
            f"{case.where}: unknown rule {expected.rule_id!r}{_hint(expected.rule_id, rules)}"
        )
    known = {leaf.fact for leaf in rules[expected.rule_id].tests}
    for name in expected.missing or ():
        if name not in known and not name.startswith(NO_PARAMETER):
            raise CaseError(
                f"{case.where}: {expected.rule_id} never lacks {name!r}{_hint(name, known)};"
                f" or {NO_PARAMETER!r} and the name of one"
            )


def _hint(wrong: str, names: Iterable[str]) -> str:
    names = sorted(names)
    near = get_close_matches(wrong, names, n=1, cutoff=0.4)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(names)}"


def _in_force(case: Case, own: Path | None) -> dict[str, float | None]:
    try:
        in_force = parameters.at(region=case.region, as_of_date=case.as_of_date, own=own)
        for name in case.parameters:
            in_force[name]
    except parameters.ParameterError as error:
        raise CaseError(f"{case.where}: {error}") from error
    return values_of(in_force) | dict(case.parameters)


def _as_table(cases: Mapping[int, Case]) -> ir.Table:
    rows = [
        {"household_id": number, **{one.name: case.facts.get(one.name) for one in RULE_FACTS}}
        for number, case in cases.items()
    ]
    return ibis.memtable(
        rows, schema={"household_id": "int64", **{one.name: one.dtype for one in RULE_FACTS}}
    )


_SIDES = ("at_least", "at_most", "line_at_least", "line_at_most")


def _bounds(terms: Terms, leaves: Iterable[Leaf]) -> dict[str, ir.Value]:
    columns: dict[str, ir.Value] = {}
    for leaf in leaves:
        if isinstance(leaf, Compare):
            quantity, limit = leaf.quantity, leaf.limit
            sides = (quantity.at_least, quantity.at_most, limit.at_least, limit.at_most)
            for name, side in zip(_SIDES, sides, strict=True):
                columns[f"{name} of {leaf.test_id}"] = side(terms).cast("float64")
    return columns


def _plain(rows: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Yield rows with None where nothing is known."""
    whole = rows.astype(object)
    for record in whole.where(whole.notna(), None).to_dict("records"):
        yield {str(key): value for key, value in record.items()}


def _outcomes(
    cases: Mapping[int, Case], rules: Mapping[str, Rule], row: Mapping[str, object]
) -> Iterator[Outcome]:
    case = cases[int(str(row["household_id"]))]
    for expected in case.expected:
        rule = rules[expected.rule_id]
        answer, distance, _percent, missing = (row[column] for column in rule.columns())
        yield Outcome(
            case=case,
            rule=rule,
            expected=expected,
            found=Found(
                answer=str(answer),
                missing=frozenset(name for name in str(missing).split(",") if name),
                distance_yuan=_number(distance),
            ),
            compared=tuple(_compared(leaf, row) for leaf in rule.tests),
        )


def _compared(leaf: Leaf, row: Mapping[str, object]) -> Compared:
    # A rule not yet in force compares nothing.
    result = row.get(f"{TEST}{leaf.test_id}")
    bounds = {name: _number(row.get(f"{name} of {leaf.test_id}")) for name in _SIDES}
    return Compared(leaf=leaf, result=None if result is None else bool(result), **bounds)


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))


def _same(wanted: float, found: float | None) -> bool:
    return found is not None and abs(wanted - found) < _CENT


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"


def _between(low: float | None, high: float | None) -> str:
    if low is not None and low == high:
        return f"{low:g}"
    return f"{'?' if low is None else f'{low:g}'}..{'?' if high is None else f'{high:g}'}"
