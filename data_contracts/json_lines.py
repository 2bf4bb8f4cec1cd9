"""JSON lines -> a table of text: one object a line, plain values, each key once."""

import io
import json
import math

import pyarrow as pa

from data_contracts.limits import MAX_COLUMNS
from data_contracts.refusal import DeliveryRefused
from data_contracts.text_files import Utf8Stream

_LOST = "\ufffd"
"""Stands for half a surrogate pair, which no encoding can keep; the cell is then reported as damaged."""


class _TwiceTheSameKey(ValueError):
    pass


def parse_json_lines(text: Utf8Stream) -> pa.Table:
    """Return one row per line; keys that come in any line are columns.

    Raises:
        DeliveryRefused: a line is no object, holds a key twice or a value within a value.
    """
    columns: dict[str, list[str | None]] = {}
    count = 0
    for number, line in enumerate(io.BufferedReader(text), start=1):
        if not line.strip():
            continue
        for name, cell in _cells(line, number):
            if name not in columns:
                if len(columns) == MAX_COLUMNS:
                    raise DeliveryRefused(
                        f"line {number}: more than {MAX_COLUMNS} different keys; write the columns of the"
                        " contract and send it again"
                    )
                columns[name] = [None] * count
            columns[name].append(cell)
        count += 1
        for cells in columns.values():
            if len(cells) < count:
                cells.append(None)
    return pa.table({name: pa.array(cells, pa.string()) for name, cells in columns.items()})


def _cells(line: bytes, number: int) -> list[tuple[str, str | None]]:
    try:
        row = json.loads(line, parse_float=str, parse_int=str, object_pairs_hook=_once)
    except _TwiceTheSameKey as error:
        raise DeliveryRefused(
            f"line {number} holds the same key twice; write each column once and send it again"
        ) from error
    except (ValueError, RecursionError) as error:
        raise DeliveryRefused(
            f"line {number} is not JSON: the file was cut short or damaged; send it again"
        ) from error
    if not isinstance(row, dict):
        raise DeliveryRefused(
            f"line {number} is not a JSON object; write one per line and send it again"
        )
    if any(isinstance(value, dict | list) for value in row.values()):
        raise DeliveryRefused(
            f"line {number} holds a list or an object within a column; write plain values and send it again"
        )
    return [(_kept(name).strip(), _text(value)) for name, value in row.items()]


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len({name.strip() for name in found}) < len(pairs):
        raise _TwiceTheSameKey
    return found


def _text(value: object) -> str | None:
    match value:
        case None:
            return None
        case str():
            return _kept(value)
        case bool():
            return str(value).lower()
        case float() if math.isnan(value) or math.isinf(value):
            return str(value)
        case _:
            raise AssertionError("numbers are parsed as text")


def _kept(written: str) -> str:
    return (
        written.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if not (written.isascii())
        else written
    )
