"""Policy cases: families of which a policy officer says what the rules must answer, each with its document.

A file holds cases; what stands beside ``cases`` (region, date, facts, quote, parameters) is given in each of them
unless it says otherwise. A fact nobody names is unknown. ``docs/policy_cases.md`` says how to write one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from features.parameters.errors import ParameterError
from features.parameters.written import Written, check_keys, read
from models.rules.facts import Fact
from models.rules.judging import ANSWERS

SHIPPED = Path(__file__).with_name("policy_cases")
UNKNOWN = "unknown"
_SHARED = ("region", "as_of_date", "facts", "quote", "parameters")
_WHOLE = {"persons", "homes", "cars", "events", "days", "years", "months"}

_QUOTE = re.compile(r"[^：:]+[：:].+")

FactValue = float | bool | None


class CaseError(ValueError):
    """A case that is not what it must be; the sentence names file, line and what to write instead."""


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What one rule must answer. ``missing`` and ``distance_yuan`` are compared only where given."""

    rule_id: str
    answer: str
    missing: frozenset[str] | None = None
    distance_yuan: float | None = None


@dataclass(frozen=True, kw_only=True)
class Case:
    """One family on one day in one region. ``quote`` says which document wants the answer, and why.

    ``facts`` holds what is told; every other fact is unknown. ``parameters`` replace those of the region.
    ``where`` is file and line.
    """

    name: str
    where: str
    region: str
    as_of_date: date
    facts: Mapping[str, FactValue]
    expected: tuple[Expected, ...]
    quote: str
    parameters: Mapping[str, float | None]


def read_cases(folder: Path, *, among: Sequence[Fact]) -> tuple[Case, ...]:
    """Return the cases of every ``.yaml`` file in ``folder`` and below, by file and line.

    Args:
        among: facts a case may name.

    Raises:
        CaseError: no such folder, no case in it, or one that is not what it must be.
    """
    paths = sorted(folder.rglob("*.yaml"))
    if not paths:
        raise CaseError(f"{folder}: no folder with .yaml files of cases")
    told = {one.name: one for one in among}
    cases = tuple(case for path in paths for case in _of_file(path, told))
    first: dict[str, Case] = {}
    for case in cases:
        other = first.setdefault(case.name, case)
        if other is not case:
            raise CaseError(f"{case.where}: {case.name} is also the name of {other.where}")
    return cases


def _of_file(path: Path, told: Mapping[str, Fact]) -> Iterator[Case]:
    try:
        written = read(path)
        check_keys(written, where=path.name, required=("cases",), optional=_SHARED)
        if not isinstance(written["cases"], list) or not written["cases"]:
            raise CaseError(f"{path.name}: cases must be a list with a case in it")
        for one in written["cases"]:
            if not isinstance(one, Written):
                raise CaseError(f"{path.name}: a case has keys and values, found {one!r}")
            check_keys(
                one,
                where=path.name,
                required=("name", "expect"),
                optional=(*_SHARED, "missing", "distance_yuan"),
            )
            yield _case(one, written, path.name, told)
    except ParameterError as error:
        raise CaseError(str(error)) from error


def _case(one: Written, shared: Written, file: str, told: Mapping[str, Fact]) -> Case:
    where = f"{file}, line {one.line}"
    region, quote = (
        _text(key, one.get(key, shared.get(key)), where) for key in ("region", "quote")
    )
    day = one.get("as_of_date", shared.get("as_of_date"))
    if type(day) is not date:
        raise CaseError(f"{where}: as_of_date must be a date such as 2026-07-01, found {day!r}")
    if not _QUOTE.fullmatch(quote):
        raise CaseError(f"{where}: quote is 'document and article：what it says', found {quote!r}")
    facts = _facts(shared, file, told) | _facts(one, file, told)
    _check_bounds(facts, where)
    return Case(
        name=_text("name", one["name"], where),
        where=where,
        region=region,
        as_of_date=day,
        facts=facts,
        expected=tuple(_expected(one, where)),
        quote=quote,
        parameters=_parameters(shared, file) | _parameters(one, file),
    )


def _text(key: str, value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise CaseError(f"{where}: {key} must be a text, found {value!r}")
    return " ".join(value.split())


def _facts(holder: Written, file: str, told: Mapping[str, Fact]) -> dict[str, FactValue]:
    written = _mapping(holder, "facts", file)
    found: dict[str, FactValue] = {}
    # Both bounds at once first, so that "unknown, but at least so much" can be said.
    for key in sorted(written, key=lambda key: key in told):
        where = f"{file}, line {written.lines[key]}"
        both = (f"{key}_at_least", f"{key}_at_most")
        for name in both if told.keys() >= set(both) else (key,):
            if name not in told:
                raise CaseError(f"{where}: unknown fact {key!r}{_nearest(key, told)}")
            if found.get(name) is not None:
                raise CaseError(f"{where}: {name} is told twice in one place")
            found[name] = _value(written[key], told[name], where)
    return found


def _nearest(key: str, told: Mapping[str, Fact]) -> str:
    short = {name.removesuffix("_at_least") for name in told if name.endswith("_at_least")}
    near = get_close_matches(key, {*told, *short}, n=1, cutoff=0.4)
    return f"; did you mean {near[0]}?" if near else ""


def _value(value: object, fact: Fact, where: str) -> FactValue:
    if value == UNKNOWN:
        return None
    if fact.unit == "yes/no":
        if isinstance(value, bool):
            return value
        raise CaseError(f"{where}: {fact.name} is true, false or {UNKNOWN}, found {value!r}")
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise CaseError(f"{where}: {fact.name} is a number of {fact.unit} or {UNKNOWN}, found {value!r}")  # fmt: skip
    if fact.unit in _WHOLE and value != int(value):
        raise CaseError(f"{where}: {fact.name} counts whole {fact.unit}, found {value!r}")
    return float(value)


def _check_bounds(facts: Mapping[str, FactValue], where: str) -> None:
    for name, low in facts.items():
        high = facts.get(f"{name.removesuffix('_at_least')}_at_most")
        if name.endswith("_at_least") and low is not None and high is not None and low > high:
            raise CaseError(f"{where}: {name} is {low:g}, above its upper bound {high:g}")


def _expected(one: Written, where: str) -> Iterator[Expected]:
    answers = _mapping(one, "expect", where)
    if not answers:
        raise CaseError(f"{where}: expect names no rule; write e.g. {{dibao: meets}}")
    for rule_id, answer in answers.items():
        if answer not in ANSWERS:
            raise CaseError(f"{where}: {rule_id} is one of {', '.join(ANSWERS)}, found {answer!r}")
    missing, distance = _per_rule(one, "missing", where), _per_rule(one, "distance_yuan", where)
    for rule_id, names in missing.items():
        if answers[rule_id] != "cannot_tell" or not isinstance(names, list) or not names:
            raise CaseError(f"{where}: missing lists names for a rule that cannot tell")
    for amount in distance.values():
        if isinstance(amount, bool) or not isinstance(amount, int | float):
            raise CaseError(f"{where}: distance_yuan is a number, found {amount!r}")
    for rule_id, answer in answers.items():
        names = missing.get(rule_id)
        amount = distance.get(rule_id)
        yield Expected(
            rule_id=rule_id,
            answer=answer,
            missing=None if names is None else frozenset(str(name) for name in names),
            distance_yuan=None if amount is None else float(amount),
        )


def _per_rule(one: Written, key: str, where: str) -> dict[str, Any]:
    """Return a value per rule; one value alone speaks of the only rule it can."""
    told = one.get(key)
    if told is None:
        return {}
    open_to = {
        rule_id: answer
        for rule_id, answer in one["expect"].items()
        if key != "missing" or answer == "cannot_tell"
    }
    if not isinstance(told, Written):
        if len(open_to) != 1:
            raise CaseError(f"{where}: {key} speaks of one rule of several; write {key}: {{rule: ...}}")  # fmt: skip
        return {next(iter(open_to)): told}
    for rule_id in told:
        if rule_id not in open_to:
            raise CaseError(f"{where}: {key} of {rule_id}, of which nothing of that kind is expected")  # fmt: skip
    return dict(told)


def _parameters(holder: Written, file: str) -> dict[str, float | None]:
    written = _mapping(holder, "parameters", file)
    for name, value in written.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if value != UNKNOWN and not is_number:
            raise CaseError(f"{file}, line {written.lines[name]}: {name} is a number or {UNKNOWN}, found {value!r}")  # fmt: skip
    return {name: None if value == UNKNOWN else float(value) for name, value in written.items()}


def _mapping(holder: Written, key: str, where: str) -> Written:
    found = holder.get(key, Written(holder.line))
    if not isinstance(found, Written):
        raise CaseError(f"{where}: {key} holds keys and values, found {found!r}")
    return found
