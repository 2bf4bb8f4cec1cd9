"""A delivered file -> rows typed as the contract says.

What is wrong with one cell is a :class:`~data_contracts.checks.Breach` of its row; what is wrong with the
file (cut short, other columns, not readable) is :class:`DeliveryRefused`. Rows are counted as the sender
counts them: row 1 is the first after the header. Each format has a module of its own.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.arrival import Delivery
from data_contracts.cells import TypedColumn, as_text, expected, typed
from data_contracts.checks import Breach, Severity
from data_contracts.csv_files import header_of, parse_csv
from data_contracts.json_lines import parse_json_lines
from data_contracts.limits import MAX_FILE_BYTES, MAX_ROWS, MAX_WORKBOOK_BYTES
from data_contracts.odcs import Column, Contract
from data_contracts.parquet_files import parse_parquet, wrong_row_count
from data_contracts.refusal import DeliveryRefused
from data_contracts.tables import require_columns
from data_contracts.text_files import Utf8Stream, encoding_of
from data_contracts.workbooks import parse_workbook


@dataclass(frozen=True)
class Reading:
    """A file as read: ``typed`` follows the contract, ``source`` is what stood there.

    Both have the same rows in the same order. ``remarks`` are about the file and harm no row.
    """

    typed: pa.Table
    source: pa.Table
    breaches: tuple[Breach, ...]
    remarks: tuple[str, ...]


def read(delivery: Delivery, contract: Contract) -> Reading:
    """Return the rows of a delivery, typed by its contract.

    Raises:
        DeliveryRefused: content or row count differ from the manifest, the file is empty, too large or
            unreadable, or its columns are not those of the contract.
    """
    _require_whole(delivery)
    source, remarks = _parse(delivery, contract)
    if source.num_rows != delivery.rows:
        raise wrong_row_count(source.num_rows, delivery)
    if source.num_rows == 0:
        raise DeliveryRefused(
            "the file has a header but no rows; if the export is right and nothing happened, send nothing"
        )
    return _typed(source, contract, remarks)


def _require_whole(delivery: Delivery) -> None:
    size = delivery.stamp.size
    if not size:
        raise DeliveryRefused(
            "the file is empty (0 bytes); export it again and send it with a new manifest"
        )
    most = MAX_WORKBOOK_BYTES if delivery.format == "xlsx" else MAX_FILE_BYTES
    if size > most or delivery.rows > MAX_ROWS:
        raise DeliveryRefused(
            f"the file has {size} bytes and {delivery.rows} rows by its manifest, more than {most} or {MAX_ROWS};"
            " send it in parts"
        )
    _require_promised(delivery, delivery.content_sha256)


def _require_promised(delivery: Delivery, found: str) -> None:
    if found != delivery.sha256.lower():
        raise DeliveryRefused(
            f"the content ({delivery.stamp.size} bytes) has sha256 {found[:12]}..., its manifest promises"
            f" {delivery.sha256[:12]}...: the transfer was cut short or the file was changed; send both again"
        )


def _parse(delivery: Delivery, contract: Contract) -> tuple[pa.Table, tuple[str, ...]]:
    """Return the promised columns as they stood in the file, and remarks on the others."""
    match delivery.format:
        case "csv":
            encoding = encoding_of(delivery)
            names = header_of(Utf8Stream(delivery.path, encoding))
            remarks = require_columns(names, contract, keys_may_be_absent=False)
            text = Utf8Stream(delivery.path, encoding_of(delivery))
            wanted = tuple(name for name in contract.column_names if name in names)
            table = parse_csv(text, names, wanted=wanted)
            text.require(delivery.sha256)
            return table, remarks
        case "jsonl":
            text = Utf8Stream(delivery.path, encoding_of(delivery))
            table = parse_json_lines(text)
            text.require(delivery.sha256)
        case "xlsx":
            table = parse_workbook(_bytes(delivery))
        case _:
            return parse_parquet(_bytes(delivery), delivery, contract)
    remarks = require_columns(
        table.column_names, contract, keys_may_be_absent=delivery.format == "jsonl"
    )
    return table, remarks


def _bytes(delivery: Delivery) -> bytes:
    content = delivery.path.read_bytes()
    # What is parsed is what was promised, even when the file was changed since it was listed.
    _require_promised(delivery, hashlib.sha256(content).hexdigest())
    return content


def _typed(source: pa.Table, contract: Contract, remarks: tuple[str, ...]) -> Reading:
    columns: dict[str, pa.Array] = {}
    breaches: list[Breach] = []
    for column in contract.columns:
        if column.name not in source.column_names:
            source = source.append_column(column.name, pa.nulls(source.num_rows, pa.string()))
        converted = typed(source[column.name], column, is_id=_is_id(column, contract))
        columns[column.name] = converted.values
        breaches += _cell_breaches(column, contract, converted)
    return Reading(
        typed=pa.table(columns),
        source=source.select(list(contract.column_names)),
        breaches=tuple(breaches),
        remarks=remarks,
    )


def _is_id(column: Column, contract: Contract) -> bool:
    """Return whether the column joins facts: two spellings of one id would be two people."""
    # Identifiers are written the one way at the edge, which forgives more and looks closer.
    return (
        column.identifier is None
        and column.logical_type == "string"
        and (
            column.name in (contract.fact_id, contract.entity_column) or column.name.endswith("_id")
        )
    )


def _cell_breaches(column: Column, contract: Contract, converted: TypedColumn) -> list[Breach]:
    breaches = []
    if converted.misfits.size:
        wanted = expected(column, is_id=_is_id(column, contract))
        breaches.append(
            Breach(
                check_id=f"{column.name}_is_{column.logical_type}",
                column=column.name,
                severity=Severity.ERROR,
                rows=tuple(converted.misfits.tolist()),
                detail=f"expected {wanted}",
            )
        )
    if column.required and converted.values.null_count > converted.misfits.size:
        empty = np.flatnonzero(pc.is_null(converted.values).to_numpy(zero_copy_only=False))
        absent = np.setdiff1d(empty, converted.misfits, assume_unique=True)
        breaches.append(
            Breach(
                check_id=f"{column.name}_is_present",
                column=column.name,
                severity=Severity.ERROR,
                rows=tuple(absent.tolist()),
                detail="empty, and the contract requires a value",
            )
        )
    return breaches


def source_text(reading: Reading, rows: Sequence[int]) -> pa.Table:
    """Return rows as they stood in the file, every cell as text, for quarantine."""
    taken = reading.source.take(pa.array(rows, pa.int64()))
    return pa.table({name: as_text(taken[name].combine_chunks()) for name in taken.column_names})
