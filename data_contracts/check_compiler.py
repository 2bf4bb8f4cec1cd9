"""Checks as a contract writes them -> checks as data (:mod:`data_contracts.checks`).

========================================  =============================================================
written in the contract                   compiled to
========================================  =============================================================
``metric: nullValues``                    :class:`NullValues`
``metric: invalidValues``                 :class:`InvalidValues` (``arguments.validValues``)
``metric: duplicateValues``               :class:`DuplicateValues` (``arguments.properties`` or the column)
``metric: rowCount``                      :class:`RowCount`
``engine: greatExpectations``             :class:`Expectation` (``implementation.type`` and ``kwargs``)
``engine: zhaoren, check: typicalValue``  :class:`TypicalValue`: the median lies in a range
``engine: zhaoren, check: notAfterArrival``  :class:`NotAfterArrival`: a date is not in the future
``engine: zhaoren, check: knownIn``       :class:`KnownIn`: the value exists in another feed
``engine: zhaoren, check: usual...``      set checks, see :mod:`data_contracts.set_rule_compiler`
========================================  =============================================================
"""

from collections.abc import Mapping

from open_data_contract_standard.model import DataQuality

from data_contracts.checks import (
    Check,
    DuplicateValues,
    Expectation,
    InvalidValues,
    KnownIn,
    NotAfterArrival,
    NullValues,
    RowCount,
    Rule,
    Severity,
    TypicalValue,
)
from data_contracts.set_rule_compiler import FIELDS, SetRuleError, set_rule
from data_contracts.set_rules import SetRule

DIMENSIONS = (
    "accuracy",
    "completeness",
    "conformity",
    "consistency",
    "coverage",
    "timeliness",
    "uniqueness",
)


class CheckError(ValueError):
    """A check in a contract cannot be carried out as written."""


def compile_check(written: DataQuality, *, column: str | None) -> Check:
    """Return the check written at a column, or at the table when ``column`` is None.

    Raises:
        CheckError: id, severity, dimension or businessImpact is missing or unknown, or the rule is.
    """
    if not written.id:
        raise CheckError(
            f"a check of {column or 'the table'} has no id: a quarantined row could not point at it"
        )
    where = f"check {written.id}"
    if written.severity not in list(Severity):
        raise CheckError(
            f"{where} has severity {written.severity!r}, expected one of {', '.join(Severity)}"
        )
    if written.dimension not in DIMENSIONS:
        raise CheckError(
            f"{where} has dimension {written.dimension!r}, expected one of {', '.join(DIMENSIONS)}"
        )
    if not written.businessImpact:
        raise CheckError(f"{where} has no businessImpact: say what a breach costs")
    rule = _rule(written, column=column, where=where)
    if isinstance(rule, RowCount | TypicalValue | SetRule) and written.severity == Severity.ERROR:
        raise CheckError(f"{where} speaks of the whole file; its severity is fatal or warning")
    return Check(
        check_id=written.id,
        column=column,
        severity=Severity(written.severity),
        dimension=written.dimension,
        business_impact=written.businessImpact,
        rule=rule,
    )


def _rule(written: DataQuality, *, column: str | None, where: str) -> Rule:
    arguments = written.arguments or {}
    if written.type == "custom":
        return _custom_rule(written, column=column, where=where)
    if written.type not in (None, "library"):
        raise CheckError(f"{where} has type {written.type!r}, expected library or custom")
    match written.metric:
        case "rowCount":
            least, most = _least(written), _most(written)
            if least is None and most is None:
                raise CheckError(f"{where} needs a bound, such as mustBeGreaterThan")
            return RowCount(least=least, most=most)
        case "nullValues":
            _require_zero(written, where)
            return NullValues(column=_of_column(column, where))
        case "invalidValues":
            _require_zero(written, where)
            values = _items(arguments.get("validValues"))
            if not values:
                raise CheckError(f"{where} needs arguments.validValues")
            return InvalidValues(
                column=_of_column(column, where), valid_values=tuple(str(value) for value in values)
            )
        case "duplicateValues":
            _require_zero(written, where)
            named = _items(arguments.get("properties")) or [_of_column(column, where)]
            return DuplicateValues(columns=tuple(str(name) for name in named))
        case _:
            raise CheckError(
                f"{where} has metric {written.metric!r}, expected one of"
                " nullValues, invalidValues, duplicateValues, rowCount"
            )


def _custom_rule(written: DataQuality, *, column: str | None, where: str) -> Rule:
    how = written.implementation
    if not isinstance(how, dict):
        raise CheckError(f"{where} needs an implementation with named fields")
    match written.engine:
        case "greatExpectations":
            return _expectation(how, column=column, where=where)
        case "zhaoren":
            return _own_rule(how, column=column, where=where)
        case _:
            raise CheckError(
                f"{where} has engine {written.engine!r}, expected greatExpectations or zhaoren"
            )


def _expectation(how: Mapping[str, object], *, column: str | None, where: str) -> Expectation:
    _require_fields(how, allowed=("type", "kwargs"), where=where)
    kwargs = how.get("kwargs", {})
    if not isinstance(kwargs, dict) or not str(how.get("type", "")).startswith("expect_"):
        raise CheckError(f"{where} needs implementation.type: expect_... and implementation.kwargs")
    own = {} if column is None else {"column": column}
    return Expectation(type=str(how["type"]), kwargs=tuple({**own, **kwargs}.items()))


def _own_rule(how: Mapping[str, object], *, column: str | None, where: str) -> Rule:
    if how.get("check") in FIELDS:
        try:
            return set_rule(how, column=column)
        except SetRuleError as error:
            raise CheckError(f"{where} {error}") from error
    of_column = _of_column(column, where)
    match how.get("check"):
        case "notAfterArrival":
            _require_fields(how, allowed=("check",), where=where)
            return NotAfterArrival(column=of_column)
        case "knownIn":
            _require_fields(how, allowed=("check", "feed", "column"), where=where)
            return KnownIn(
                column=of_column,
                feed=str(how.get("feed")),
                feed_column=str(how.get("column", column)),
            )
        case "typicalValue":
            _require_fields(how, allowed=("check", "between", "where", "minRows"), where=where)
            bounds = [
                value for value in _items(how.get("between")) if isinstance(value, int | float)
            ]
            chosen = how.get("where", {})
            rows = how.get("minRows")
            if (
                len(bounds) != 2
                or not isinstance(chosen, dict)
                or len(chosen) > 1
                or not isinstance(rows, int)
            ):
                raise CheckError(
                    f"{where} needs between: [low, high], minRows and at most one column in where"
                )
            return TypicalValue(
                column=of_column,
                low=float(bounds[0]),
                high=float(bounds[1]),
                where=next(((str(name), str(value)) for name, value in chosen.items()), None),
                min_rows=rows,
            )
        case unknown:
            raise CheckError(
                f"{where} has check {unknown!r}, expected notAfterArrival, knownIn, typicalValue,"
                f" {', '.join(FIELDS)}"
            )


def _require_fields(how: Mapping[str, object], *, allowed: tuple[str, ...], where: str) -> None:
    for name in how:
        if name not in allowed:
            raise CheckError(
                f"{where} has an unknown field {name!r}, expected {', '.join(allowed)}"
            )


def _require_zero(written: DataQuality, where: str) -> None:
    if written.mustBe != 0:
        raise CheckError(
            f"{where} must say mustBe: 0; a tolerated share is the table's maxQuarantinedShare"
        )


def _of_column(column: str | None, where: str) -> str:
    if column is None:
        raise CheckError(
            f"{where} stands at the table but speaks of one column: move it to that column"
        )
    return column


def _least(written: DataQuality) -> int | None:
    if written.mustBeBetween is not None:
        return int(written.mustBeBetween[0])
    if written.mustBeGreaterThan is not None:
        return int(written.mustBeGreaterThan) + 1
    return None if written.mustBeGreaterOrEqualTo is None else int(written.mustBeGreaterOrEqualTo)


def _most(written: DataQuality) -> int | None:
    if written.mustBeBetween is not None:
        return int(written.mustBeBetween[1])
    if written.mustBeLessThan is not None:
        return int(written.mustBeLessThan) - 1
    return None if written.mustBeLessOrEqualTo is None else int(written.mustBeLessOrEqualTo)


def _items(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []
