"""The contract of a feature matrix, derived from the declarations: what it holds, and who may read what.

A matrix is checked against it when it is written and again whenever it is read, so that a matrix made by
other declarations, another engine or another hand is refused with the name of the group and the column
instead of being trained on or scored.
"""

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from features.matrix_files import schema_of
from features.registry import KEYS, PURPOSES, FeatureGroup, Purpose

AREA = "area_id"

ARROW_TYPES: Mapping[str, pa.DataType] = {
    "number": pa.float64(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "category": pa.string(),
}
EVIDENCE_TYPE = pa.date32()

TO_FIND_NEED: frozenset[Purpose] = frozenset({"find_need"})
"""Purposes of the columns a model, a trigger or a list may be given."""


class MatrixRefused(ValueError):
    """A matrix is not what the declarations promise, or a column is asked for what it is not there for."""


def matrix_schema(groups: Sequence[FeatureGroup]) -> pa.Schema:
    """Return the columns of a matrix in order, each with its declaration as metadata.

    Keys and ``area_id`` first, then per group its features and its evidence dates. Everything but the keys
    may be null: null means unknown.
    """
    return pa.schema(list(_fields(groups)))


def _fields(groups: Sequence[FeatureGroup]) -> Iterator[pa.Field]:
    household, day = KEYS
    yield pa.field(household, pa.string(), nullable=False)
    yield pa.field(day, pa.date32(), nullable=False)
    yield pa.field(AREA, pa.string())
    for group in groups:
        for feature in group.features:
            told = {
                "group": group.name,
                "unit": feature.unit,
                "missing": feature.missing,
                "sensitivity": group.sensitivity_of(feature),
                "purpose": feature.purpose,
            }
            yield pa.field(feature.name, ARROW_TYPES[feature.dtype], metadata=told)
        for name in group.evidence:
            told = {"group": group.name, "sensitivity": group.sensitivity}
            yield pa.field(name, EVIDENCE_TYPE, metadata=told)


def require_contract(matrix: pa.Schema, groups: Sequence[FeatureGroup], *, where: str) -> None:
    """Refuse a matrix with a column too many, too few, or of another type.

    Text and dates count in whatever width the engine wrote them: only what a value *is* matters.

    Args:
        matrix: the schema found.
        groups: the declarations it must keep.
        where: which matrix it is, for the message.

    Raises:
        MatrixRefused: it does not keep them; names every group and column, the first ten at most.
    """
    promised = matrix_schema(groups)
    owners = {name: group.name for group in groups for name in group.columns}
    faults = [
        f"{_owned(name, owners)} is missing" for name in promised.names if name not in matrix.names
    ]
    for field in matrix:
        if field.name not in promised.names:
            hint = near(field.name, promised.names)
            faults.append(f"column {field.name} is declared by no feature group{hint}")
            continue
        expected = promised.field(field.name).type
        if _kind(field.type) != _kind(expected):
            faults.append(
                f"{_owned(field.name, owners)} holds {field.type}, declared is {expected}"
            )
    if faults:
        more = f"; and {len(faults) - 10} more" if len(faults) > 10 else ""
        raise MatrixRefused(
            f"{where} does not keep the contract of its declarations: {'; '.join(faults[:10])}{more}."
            " Build the matrix again with the present feature groups, or correct the declaration"
        )


def require_file(path: Path, groups: Sequence[FeatureGroup]) -> None:
    """Refuse a Parquet matrix that does not keep the contract; only its footer is read.

    Raises:
        MatrixRefused: see :func:`require_contract`.
    """
    require_contract(schema_of(path), groups, where=f"matrix {path.name}")


def require_purpose(
    columns: Iterable[str],
    *,
    groups: Sequence[FeatureGroup],
    use: str,
    purposes: Collection[Purpose] = TO_FIND_NEED,
) -> None:
    """Refuse a use of columns that their declarations do not allow.

    Args:
        columns: what is about to be used.
        groups: the declarations.
        use: what for, for the message: ``"training"``.
        purposes: the declared purposes that allow it.

    Raises:
        MatrixRefused: a column is no declared feature, or is declared for another purpose.
    """
    declared = {
        feature.name: (group.name, feature) for group in groups for feature in group.features
    }
    evidence = {name: group.name for group in groups for name in group.evidence}
    faults = []
    for name in columns:
        if name in evidence:
            faults.append(
                f"{name} of group {evidence[name]} is evidence: it dates a reason, nothing else"
            )
        elif name not in declared:
            faults.append(f"{name} is declared by no feature group{near(name, list(declared))}")
        elif declared[name][1].purpose not in purposes:
            group, feature = declared[name]
            faults.append(
                f"{name} of group {group} is declared for {feature.purpose}"
                f" ({PURPOSES[feature.purpose]})"
            )
    if faults:
        raise MatrixRefused(
            f"{use} may use only columns declared for {' or '.join(sorted(purposes))}:"
            f" {'; '.join(faults)}. Leave them out, or declare the purpose and have it approved"
        )


def near(name: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the nearest of many names, or nothing."""
    found = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return f"; did you mean {found[0]!r}?" if found else ""


def _owned(name: str, owners: Mapping[str, str]) -> str:
    return f"column {name} of group {owners[name]}" if name in owners else f"column {name}"


def _kind(found: pa.DataType) -> str:
    if pa.types.is_string(found) or pa.types.is_large_string(found):
        return "text"
    # Spark and pandas write a day as a moment at midnight.
    if pa.types.is_date(found) or pa.types.is_timestamp(found):
        return "day"
    return str(found)
