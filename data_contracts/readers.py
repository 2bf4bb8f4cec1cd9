"""A delivered file -> rows typed as the contract says.

What is wrong with one cell is a :class:`~data_contracts.checks.Breach` of its row; what is wrong with the
file (cut short, other columns, not readable) is :class:`DeliveryRefused`. Rows are counted as the sender
counts them: row 1 is the first after the header.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from data_contracts.arrival import Delivery
from data_contracts.cells import as_text, expected, typed
from data_contracts.checks import Breach, Severity
from data_contracts.odcs import Contract, did_you_mean

_UTF8_NAMES = ("utf-8", "utf8", "utf-8-sig", "utf_8", "utf_8_sig")
_GB_NAMES = ("gbk", "gb2312", "gb18030", "cp936")


class DeliveryRefused(ValueError):
    """A file cannot be loaded as a whole; the message says what was found and what to send instead."""


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
        DeliveryRefused: content or row count differ from the manifest, the file is empty or unreadable, or its
            columns are not those of the contract.
    """
    content = delivery.path.read_bytes()
    _require_whole(delivery, content)
    source = _parse(delivery, contract, content)
    remarks = _require_columns(
        source.column_names, contract, keys_may_be_absent=delivery.format == "jsonl"
    )
    if source.num_rows != delivery.rows:
        raise DeliveryRefused(
            f"the file has {source.num_rows} rows, its manifest promises {delivery.rows}: it was cut short or"
            " changed after the manifest was written; send file and manifest again"
        )
    if source.num_rows == 0:
        raise DeliveryRefused(
            "the file has a header but no rows; if the export is right and nothing happened, send nothing"
        )
    return _typed(source, contract, remarks)


def _require_whole(delivery: Delivery, content: bytes) -> None:
    if not content:
        raise DeliveryRefused(
            "the file is empty (0 bytes); export it again and send it with a new manifest"
        )
    found = hashlib.sha256(content).hexdigest()
    if found != delivery.sha256.lower():
        raise DeliveryRefused(
            f"the content ({len(content)} bytes) has sha256 {found[:12]}..., its manifest promises"
            f" {delivery.sha256[:12]}...: the transfer was cut short or the file was changed; send both again"
        )


def _parse(delivery: Delivery, contract: Contract, content: bytes) -> pa.Table:
    match delivery.format:
        case "csv":
            return _parse_csv(_decode(content, delivery.encoding))
        case "jsonl":
            return _parse_json_lines(_decode(content, delivery.encoding), contract)
        case "xlsx":
            return _parse_workbook(content)
        case _:
            return _parse_parquet(content)


def _decode(content: bytes, encoding: str | None) -> str:
    """Return text; without a promised encoding: byte order mark, strict UTF-8, then GB18030."""
    if encoding is None:
        candidates = ["utf-8-sig", "gb18030"]
    elif encoding.lower() in _UTF8_NAMES:
        candidates = ["utf-8-sig"]
    elif encoding.lower() in _GB_NAMES:
        # GB18030 contains GBK, and exports labelled GBK do contain characters only GB18030 has.
        candidates = ["gb18030"]
    else:
        raise DeliveryRefused(
            f"the manifest says encoding {encoding!r}, expected utf-8, utf-8-sig, gbk or gb18030;"
            " correct it and send both again"
        )
    for candidate in candidates:
        try:
            return content.decode(candidate)
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
    raise DeliveryRefused(
        f"line {line} is not {' or '.join(candidates).replace('utf-8-sig', 'utf-8')}: correct the"
        " encoding in the manifest, or export as UTF-8 and send both again"
    )


def _parse_csv(text: str) -> pa.Table:
    try:
        header = next(csv.reader(io.StringIO(text)), None)
    except csv.Error as error:
        raise DeliveryRefused(
            "the header is not one line of column names (a line break or a NUL stands inside it): the file"
            " is damaged or not CSV; have the department export it again and send it"
        ) from error
    if not header:
        raise DeliveryRefused("the file has no header line; export it again and send it")
    names = _clean_names(header)
    odd: list[int] = []

    def note(row: pyarrow.csv.InvalidRow) -> str:
        odd.append(row.number)
        return "skip"

    try:
        table = pyarrow.csv.read_csv(
            io.BytesIO(text.encode("utf-8")),
            read_options=pyarrow.csv.ReadOptions(
                column_names=names, skip_rows=1, use_threads=False
            ),
            parse_options=pyarrow.csv.ParseOptions(
                newlines_in_values=True, invalid_row_handler=note
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types={name: pa.string() for name in names},
                strings_can_be_null=True,
                null_values=[""],
            ),
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error):
            return pa.table({name: pa.array([], pa.string()) for name in names})
        raise DeliveryRefused(
            "the file is not readable as CSV: check its quotation marks and line ends, and"
            " send it again"
        ) from error
    if odd:
        raise DeliveryRefused(
            f"{len(odd)} rows do not have {len(names)} fields like the header (first: line {odd[0]}): a comma or"
            " quotation mark stands unquoted in a cell; export with quoted text and send it again"
        )
    return table


def _parse_json_lines(text: str, contract: Contract) -> pa.Table:
    rows: list[dict[str, object]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, parse_float=str, parse_int=str)
        except ValueError as error:
            raise DeliveryRefused(
                f"line {number} is not JSON: the file was cut short or damaged; send it again"
            ) from error
        if not isinstance(row, dict):
            raise DeliveryRefused(
                f"line {number} is not a JSON object; write one per line and send it again"
            )
        rows.append(row)
    present = dict.fromkeys(name for row in rows for name in row)
    return pa.table(
        {
            name: pa.array([_json_text(row.get(name)) for row in rows], pa.string())
            for name in present
        }
    )


def _json_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _parse_workbook(content: bytes) -> pa.Table:
    try:
        lines = _sheet_lines(content)
    except Exception as error:
        # A damaged workbook fails in the zip, the XML or the sheet layer, each with errors of its own.
        raise DeliveryRefused(
            "the file is not a readable XLSX workbook: save it again as .xlsx and send it again"
        ) from error
    while lines and all(cell is None for cell in lines[-1]):
        lines.pop()
    if not lines:
        raise DeliveryRefused(
            "the first sheet is empty; put the table on the first sheet and send it again"
        )
    names = _clean_names([_sheet_text(cell) or "" for cell in lines[0]])
    return pa.table(
        {
            name: pa.array([_sheet_text(line[place]) for line in lines[1:]], pa.string())
            for place, name in enumerate(names)
        }
    )


def _sheet_lines(content: bytes) -> list[list[object]]:
    """Return the cells of the first sheet, every line as long as the first."""
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    try:
        lines: list[list[object]] = [
            [*line] for line in book.worksheets[0].iter_rows(values_only=True)
        ]
    finally:
        book.close()
    width = len(lines[0]) if lines else 0
    return [(line + [None] * width)[:width] for line in lines]


def _sheet_text(cell: object) -> str | None:
    match cell:
        case None:
            return None
        case bool():
            return str(cell).lower()
        case datetime():
            return (
                cell.isoformat(sep=" ")
                if cell.time() != datetime.min.time()
                else cell.date().isoformat()
            )
        case date():
            return cell.isoformat()
        case float() if cell.is_integer():
            return str(int(cell))
        case _:
            return str(cell)


def _parse_parquet(content: bytes) -> pa.Table:
    try:
        table = pq.ParquetFile(io.BytesIO(content)).read(use_threads=False)
    except (pa.ArrowException, OSError) as error:
        raise DeliveryRefused(
            "the file is not readable as Parquet: it was cut short or damaged; send it again"
        ) from error
    return table.rename_columns(_clean_names(table.column_names))


def _clean_names(written: Sequence[str]) -> list[str]:
    names = [name.strip() for name in written]
    for name in names:
        if names.count(name) > 1:
            raise DeliveryRefused(
                f"column {name!r} stands in the header {names.count(name)} times; keep one and send it again"
            )
    return names


def _require_columns(
    found: Iterable[str], contract: Contract, *, keys_may_be_absent: bool
) -> tuple[str, ...]:
    """Return remarks on columns nobody promised; they are dropped before anything is stored."""
    present = list(found)
    missing = [name for name in contract.column_names if name not in present]
    unexpected = [name for name in present if name not in contract.column_names]
    if keys_may_be_absent and not unexpected:
        # JSON lines leave a key out where it is null, and a nullable column can be null in every row.
        missing = [name for name in missing if contract.column(name).required]
    if missing:
        hints = [
            f"column {name} is missing" + (did_you_mean(name, unexpected) if unexpected else "")
            for name in missing
        ]
        raise DeliveryRefused(
            f"{'; '.join(hints)} (unexpected columns: {', '.join(unexpected) or 'none'}); send the columns of contract"
            f" {contract.feed} version {contract.version}, or agree a new version"
        )
    return tuple(
        f"unexpected column {name} was dropped: it is not in the contract" for name in unexpected
    )


def _typed(source: pa.Table, contract: Contract, remarks: tuple[str, ...]) -> Reading:
    columns: dict[str, pa.Array] = {}
    breaches: list[Breach] = []
    for column in contract.columns:
        if column.name not in source.column_names:
            source = source.append_column(column.name, pa.nulls(source.num_rows, pa.string()))
        converted = typed(source[column.name], column)
        columns[column.name] = converted.values
        if converted.misfits.size:
            breaches.append(
                Breach(
                    check_id=f"{column.name}_is_{column.logical_type}",
                    column=column.name,
                    severity=Severity.ERROR,
                    rows=tuple(converted.misfits.tolist()),
                    detail=f"expected {expected(column)}",
                )
            )
        if column.required and converted.values.null_count > converted.misfits.size:
            empty = np.flatnonzero(pc.is_null(converted.values).to_numpy(zero_copy_only=False))
            absent = np.setdiff1d(empty, converted.misfits)
            breaches.append(
                Breach(
                    check_id=f"{column.name}_is_present",
                    column=column.name,
                    severity=Severity.ERROR,
                    rows=tuple(absent.tolist()),
                    detail="empty, and the contract requires a value",
                )
            )
    return Reading(
        typed=pa.table(columns),
        source=source.select(list(contract.column_names)),
        breaches=tuple(breaches),
        remarks=remarks,
    )


def source_text(reading: Reading, rows: Sequence[int]) -> pa.Table:
    """Return rows as they stood in the file, every cell as text, for quarantine."""
    taken = reading.source.take(pa.array(rows, pa.int64()))
    return pa.table({name: as_text(taken[name].combine_chunks()) for name in taken.column_names})
