"""What a manifest must say, and how one that does not is told, on one line and without repeating all of it."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TypeVar

_SHA256 = re.compile("[0-9a-fA-F]{64}")
_MOST_ROWS_TOLD = 10**12
SHOWN = 60
"""How many characters of a wrong field a message repeats."""
MAX_MANIFEST_BYTES = 1_000_000
"""A manifest is a few hundred bytes; that of a release names its rows."""
FORMATS = ("csv", "xlsx", "parquet", "jsonl")
T = TypeVar("T", str, int)


class ManifestError(ValueError):
    """A manifest does not say what it must."""


def told_in(content: bytes) -> Mapping[str, object]:
    """Return the fields of a manifest.

    Raises:
        ManifestError: it does not say so.
    """
    if len(content) > MAX_MANIFEST_BYTES:
        raise ManifestError(
            f"the manifest is larger than {MAX_MANIFEST_BYTES} bytes; send the one that belongs to the file"
        )
    try:
        told = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ManifestError(
            f"the manifest is not JSON ({error}); it may still be being written"
        ) from error
    if not isinstance(told, dict):
        raise ManifestError("the manifest is not a JSON object")
    return told


def received_at_in(told: Mapping[str, object]) -> datetime:
    """Return when the file was received, local time.

    Raises:
        ManifestError: it does not say so.
    """
    written = field_in(told, "received_at", str)
    try:
        received_at = datetime.fromisoformat(written)
    except ValueError as error:
        raise ManifestError(
            f"received_at is {shown(written)}, expected local time such as 2026-03-08T02:10:00"
        ) from error
    if received_at.tzinfo is not None:
        raise ManifestError(f"received_at is {shown(written)}; write local time without a zone")
    return received_at


def sha256_in(told: Mapping[str, object]) -> str:
    """Return the promised SHA-256.

    Raises:
        ManifestError: it does not say so.
    """
    written = field_in(told, "sha256", str)
    if _SHA256.fullmatch(written) is None:
        raise ManifestError(f"sha256 is {shown(written)}, expected 64 hexadecimal digits")
    return written


def rows_in(told: Mapping[str, object]) -> int:
    """Return the promised number of rows.

    Raises:
        ManifestError: it does not say so.
    """
    rows = field_in(told, "rows", int)
    if not 0 <= rows <= _MOST_ROWS_TOLD:
        raise ManifestError(f"the manifest has rows = {shown(rows)}, expected the rows of the file")
    return rows


def shown(written: object) -> str:
    """Return what stands in a manifest for a message: on one line, and not all of it."""
    told = (
        ascii(written) if isinstance(written, str) and not written.isprintable() else repr(written)
    )
    return told if len(told) <= SHOWN else f"{told[:SHOWN]}..."


def source_rows_in(told: Mapping[str, object]) -> tuple[int, ...]:
    """Return, for a release, the row number each row had in the original; else nothing.

    Raises:
        ManifestError: it does not say so.
    """
    if told.get("releases") is None:
        return ()
    rows = told.get("source_rows")
    if not isinstance(rows, list) or len(rows) != told.get("rows"):
        raise ManifestError(
            "a release says in source_rows, for each of its rows, which refused row it brings back;"
            " `zhaoren quarantine release` writes it"
        )
    numbers = tuple(field_in({"source_rows": row}, "source_rows", int) for row in rows)
    if len(set(numbers)) < len(numbers):
        raise ManifestError("a release names the same row in source_rows twice")
    return numbers


def format_in(told: Mapping[str, object], path: Path) -> str:
    """Return the promised format, which the file's name agrees with.

    Raises:
        ManifestError: it does not say so.
    """
    written = field_in(told, "format", str)
    if written not in FORMATS:
        raise ManifestError(f"format is {shown(written)}, expected one of {', '.join(FORMATS)}")
    if path.suffix.lstrip(".").lower() != written:
        raise ManifestError(
            f"format is {written!r} but the file is called {path.name}; correct one of them"
        )
    return written


def field_in(told: Mapping[str, object], name: str, kind: type[T]) -> T:
    """Return one field of the type it must have.

    Raises:
        ManifestError: it does not say so.
    """
    value = told.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ManifestError(
            f"the manifest has {name} = {shown(value)}, expected {'text' if kind is str else 'a whole number'}"
        )
    return value
