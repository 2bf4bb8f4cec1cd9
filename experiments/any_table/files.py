"""A table file as it is, columns under their names: Parquet, or text in the encodings and delimiters there are."""

import codecs
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from experiments.any_table.words import NULLS

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "|"}
_AT_ONCE = 1 << 24
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class TableRefused(ValueError):
    """The table or what was asked of it cannot be used; the message says what to do."""


def read_file(path: Path) -> pa.Table:
    """Read a table file.

    Raises:
        TableRefused: no such file, another format, empty, damaged, or not one table.
    """
    if not path.is_file():
        near = ", ".join(sorted(one.name for one in path.parent.glob("*.[cp]*"))[:5]) or "none"
        raise TableRefused(f"no file {path}; tables in that folder: {near}")
    if path.suffix == ".parquet":
        try:
            return pq.read_table(path)
        except (pa.ArrowInvalid, OSError) as error:
            raise TableRefused(f"{path.name} is not a readable Parquet file: {error}") from error
    if path.suffix not in (".csv", ".tsv", ".txt"):
        raise TableRefused(
            f"{path.name}: expected .csv, .tsv, .txt or .parquet; save the sheet as CSV and try again"
        )
    return _text(path)


def _text(path: Path) -> pa.Table:
    encoding = _encoding(path)
    with path.open(encoding=encoding) as file:
        first = file.readline()
    if not first.strip():
        raise TableRefused(
            f"{path.name} is empty; expected a line of column names and a line per row"
        )
    delimiter = max(_DELIMITERS, key=first.count)
    if delimiter not in first:
        known = ", ".join(_DELIMITERS.values())
        raise TableRefused(
            f"{path.name} has only one column; columns must be parted by {known}, and none of them is in its first line"
        )
    return _parsed(path, encoding=encoding, delimiter=delimiter)


def _encoding(path: Path) -> str:
    """Return the encoding the whole file can be read in: a mark says UTF-16, else UTF-8, else GB18030."""
    with path.open("rb") as file:
        if file.read(2) in _WIDE:
            return "utf-16"
    for encoding in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as file:
                while part := file.read(_AT_ONCE):
                    decoder.decode(part)
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise TableRefused(f"{path.name} is neither UTF-8 nor GB18030; save it as UTF-8 and try again")


def _parsed(path: Path, *, encoding: str, delimiter: str) -> pa.Table:
    """Parse; a column that looked like numbers and is none further down is read again as text."""
    ragged: list[tuple[int, int]] = []

    def note(row: Any) -> str:
        ragged.append((row.expected_columns, row.actual_columns))
        return "skip"

    as_text: dict[str, pa.DataType] = {}
    while True:
        ragged.clear()
        try:
            table = pa.csv.read_csv(
                path,
                read_options=pa.csv.ReadOptions(
                    encoding="utf8" if encoding == "utf-8-sig" else encoding, block_size=_AT_ONCE
                ),
                parse_options=pa.csv.ParseOptions(
                    delimiter=delimiter, newlines_in_values=True, invalid_row_handler=note
                ),
                convert_options=pa.csv.ConvertOptions(
                    null_values=NULLS, strings_can_be_null=True, column_types=as_text
                ),
            )
        except pa.ArrowInvalid as error:
            name = _not_converted(str(error), path, encoding=encoding, delimiter=delimiter)
            if name is None or name in as_text:
                # The parser quotes rows in its messages, and rows are about people.
                raise TableRefused(
                    f"{path.name} is not readable as CSV with {_DELIMITERS[delimiter]}s; save it as UTF-8 CSV"
                    " with quotes around text and try again"
                ) from None
            as_text[name] = pa.string()
            continue
        if ragged:
            expected, actual = ragged[0]
            raise TableRefused(
                f"{path.name}: {len(ragged)} rows do not have the {expected} columns of the first line (one has"
                f" {actual}); put quotes around text that holds a {_DELIMITERS[delimiter]}"
            )
        return table


def _not_converted(told: str, path: Path, *, encoding: str, delimiter: str) -> str | None:
    """Return the column in which a value did not have the type of those before it, if that is what was told."""
    found = re.search(r"column #(\d+)", told)
    if found is None:
        return None
    with path.open(encoding=encoding) as file:
        names = file.readline().rstrip("\r\n").split(delimiter)
    place = int(found.group(1))
    return names[place].strip('"') if place < len(names) else None
