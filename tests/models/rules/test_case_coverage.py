"""The shipped policy cases: all answered as they say, and together they pin every comparison of every rule."""

from dataclasses import dataclass

import pytest

from features.connections import open_engine
from models.rules.answering import RULE_FACTS, rules_on
from models.rules.case_running import Outcome, run_cases
from models.rules.cases import SHIPPED, read_cases
from models.rules.judging import CANNOT_TELL, DOES_NOT, MEETS, NEAR
from models.rules.verdicts import Is, Leaf, combined

FEWEST = 150


@dataclass(frozen=True)
class Kleene:
    """True, false or unknown by Kleene's tables, for :func:`models.rules.verdicts.combined`."""

    value: bool | None

    def __and__(self, other: "Kleene") -> "Kleene":
        if False in (self.value, other.value):
            return Kleene(False)
        return Kleene(None if None in (self.value, other.value) else True)

    def __or__(self, other: "Kleene") -> "Kleene":
        if True in (self.value, other.value):
            return Kleene(True)
        return Kleene(None if None in (self.value, other.value) else False)

    def fill_null(self, value: bool) -> "Kleene":
        return Kleene(value if self.value is None else self.value)


@pytest.fixture(scope="module")
def outcomes() -> tuple[Outcome, ...]:
    with open_engine() as engine:
        return run_cases(engine, read_cases(SHIPPED, among=RULE_FACTS))


def test_every_case_is_answered_as_it_says(outcomes: tuple[Outcome, ...]) -> None:
    assert len({one.case.name for one in outcomes}) >= FEWEST
    wrong = [
        f"{one.case.where} {one.case.name}: {one.rule.rule_id}: {'; '.join(one.differences)}"
        for one in outcomes
        if one.differences
    ]
    assert not wrong, "\n".join(wrong)


def test_every_rule_has_a_case_of_each_answer(outcomes: tuple[Outcome, ...]) -> None:
    rules = {rule.rule_id: rule for one in outcomes for rule in rules_on(one.case.as_of_date)}
    told = {(one.rule.rule_id, one.expected.answer) for one in outcomes}
    wanted = {
        (name, answer)
        for name, rule in rules.items()
        for answer in (MEETS, DOES_NOT, CANNOT_TELL, *([NEAR] if rule.line else []))
    }
    assert sorted(wanted - told) == []


def test_every_comparison_decides_a_case_each_way(outcomes: tuple[Outcome, ...]) -> None:
    """Where a comparison holds, its failing would change the answer; where it does not, its holding would."""
    decides: set[tuple[str, str, bool]] = set()
    wanted: set[tuple[str, str, bool]] = set()
    for one in outcomes:
        if one.rule.since > one.case.as_of_date:
            continue
        results = {compared.leaf.test_id: compared.result for compared in one.compared}
        for leaf in one.rule.tests:
            wanted |= {(one.rule.rule_id, leaf.test_id, way) for way in (True, False)}
            result = _told(leaf, results)
            if result is not None and _answer(one, results) != _answer(
                one, {**results, leaf.test_id: not result}
            ):
                decides.add((one.rule.rule_id, leaf.test_id, result))
    uncovered = [
        f"{rule_id}: no case in which {test_id} {'holds' if way else 'fails'} and decides"
        for rule_id, test_id, way in sorted(wanted - decides)
    ]
    assert not uncovered, "\n".join(uncovered)


def _told(leaf: Leaf, results: dict[str, bool | None]) -> bool | None:
    result = results[leaf.test_id]
    return False if result is None and isinstance(leaf, Is) and leaf.stands_for_rest else result


def _answer(one: Outcome, results: dict[str, bool | None]) -> bool | None:
    return combined(one.rule.test, lambda leaf: Kleene(results[leaf.test_id])).value
