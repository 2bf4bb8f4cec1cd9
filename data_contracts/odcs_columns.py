"""One column of an ODCS document -> :class:`~data_contracts.contract.Column`, refused when it only nearly says it."""

from collections.abc import Iterator, Mapping

from open_data_contract_standard.model import CustomProperty, SchemaProperty

from data_contracts.checks import Check
from data_contracts.contract import (
    CLASSIFICATIONS,
    DIRECT_IDENTIFIER,
    PSEUDONYMISED,
    SEALED,
    Column,
    ContractError,
    did_you_mean,
)

LOGICAL_TYPES = ("string", "date", "timestamp", "number", "integer", "boolean")
_COLUMN_PROPERTIES = ("unit", "identifier", "reidentify", "mayBeLeftOut")
_PROMISES_NOT_KEPT = ("unique", "logicalTypeOptions", "enum")
"""Fields of the standard that read like checks; a quality check says the same with severity and impact."""


def column_of(written: SchemaProperty, checks: tuple[Check, ...]) -> Column:
    """Return one described column; ``checks`` are those of the whole table.

    Raises:
        ContractError: the description leaves out or contradicts something.
    """
    name = said(written.name, "a column name")
    own = custom_properties(
        written.customProperties, allowed=_COLUMN_PROPERTIES, where=f"column {name}"
    )
    if written.logicalType not in LOGICAL_TYPES:
        raise ContractError(
            f"column {name} has logicalType {written.logicalType!r}, expected one of {LOGICAL_TYPES}"
        )
    if written.classification not in CLASSIFICATIONS:
        raise ContractError(
            f"column {name} has classification {written.classification!r}, expected one of {CLASSIFICATIONS}"
        )
    for field in _PROMISES_NOT_KEPT:
        if getattr(written, field):
            raise ContractError(
                f"column {name}: nobody acts on {field}; write it as a quality check"
            )
    unit = own.get("unit")
    if written.logicalType in ("number", "integer") and not unit:
        raise ContractError(
            f"column {name} is a {written.logicalType} without a unit: add customProperty unit"
        )
    identifier = _identifier(own, written, name)
    return Column(
        name=name,
        logical_type=written.logicalType,
        required=bool(written.required),
        enum=tuple(value for check in checks for value in check.valid_values_of(name)),
        unit=None if unit is None else str(unit),
        classification=written.classification,
        description=said(written.description, f"a description of column {name}"),
        identifier=identifier,
        reidentify=_reidentify(own, identifier, name),
        may_be_left_out=_may_be_left_out(own, written, name),
        points_to=tuple(_targets(written, name)),
    )


def _targets(written: SchemaProperty, name: str) -> Iterator[str]:
    for relationship in written.relationships or []:
        if relationship.type not in (None, "foreignKey"):
            raise ContractError(
                f"column {name}: relationship has type {relationship.type!r}, expected foreignKey"
            )
        target = relationship.to
        if not isinstance(target, str) or target.count(".") != 1:
            raise ContractError(
                f"column {name}: relationship leads to {target!r}, expected feed.column"
            )
        yield target


def _identifier(own: Mapping[str, object], written: SchemaProperty, name: str) -> str | None:
    kind = own.get("identifier")
    if (written.classification == DIRECT_IDENTIFIER) != (kind is not None):
        raise ContractError(
            f"column {name}: class {DIRECT_IDENTIFIER} and customProperty identifier belong together"
        )
    if kind is None:
        return None
    known = (*PSEUDONYMISED, *SEALED)
    if not isinstance(kind, str) or kind not in known:
        raise ContractError(
            f"column {name}: identifier is {kind!r}, expected one of {', '.join(known)}"
        )
    if written.logicalType != "string":
        raise ContractError(
            f"column {name} is an identifier and a {written.logicalType}; identifiers are text: a number"
            " loses leading zeros"
        )
    return kind


def _reidentify(own: Mapping[str, object], identifier: str | None, name: str) -> bool:
    value = own.get("reidentify", False)
    if not isinstance(value, bool):
        raise ContractError(f"column {name}: reidentify is {value!r}, expected true or false")
    if value and identifier not in PSEUDONYMISED:
        raise ContractError(
            f"column {name}: reidentify is for pseudonymised identifiers ({', '.join(PSEUDONYMISED)})"
        )
    return value


def _may_be_left_out(own: Mapping[str, object], written: SchemaProperty, name: str) -> bool:
    value = own.get("mayBeLeftOut", False)
    if not isinstance(value, bool):
        raise ContractError(f"column {name}: mayBeLeftOut is {value!r}, expected true or false")
    if value and written.required:
        raise ContractError(f"column {name} is required, so it may not be left out")
    return value


def custom_properties(
    written: list[CustomProperty] | None, *, allowed: tuple[str, ...], where: str
) -> Mapping[str, object]:
    """Return customProperties by name; a name that is not allowed is a misspelling."""
    for own in written or []:
        if own.property not in allowed:
            raise ContractError(
                f"{where}: unknown customProperty {own.property!r}{did_you_mean(str(own.property), allowed)}"
            )
    return {str(own.property): own.value for own in written or []}


def said(value: str | None, what: str) -> str:
    """Return text that must be there; ``what`` is how the message calls it."""
    if not value or not value.strip():
        raise ContractError(f"does not say {what}")
    return value.strip()
