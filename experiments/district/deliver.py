"""Write deliveries: a file per feed and month in its department's format, and its manifest.

The same rows give the same bytes: no clock, no file metadata that changes.
"""

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zlib import crc32

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import xlsxwriter

from experiments.district.desk import Column
from experiments.district.months import NO_DAY, Ints, Month, calendar_day
from experiments.district.reporting import Parcel, Slip
from experiments.district.shapes import Cell, Feed, Format, Kind
from experiments.district.streams import Streams

ID_BITS = 33
"""At most ten digits: eleven could read like somebody's mobile number."""
ID_FACTOR = 25_214_903_917
"""Odd, so that multiplying modulo a power of two maps numbers to numbers one to one."""
MISTYPED_TEXT = {Kind.DATE: "2026年13月5日", Kind.NUMBER: "约500元", Kind.ENUM: "不详"}
Lookup = Callable[[str, Ints], pa.Array]
"""(feed, row numbers) -> text; row -1 gives null."""
TELL_OF_PAYMENTS = ("utility_bills", "public_rent_ledger")
MISTYPED_FUTURE_DAYS = 40 * 365
WORKBOOK_CREATED = datetime.combine(date(2020, 1, 1), time())
"""Stamped into every workbook, so that the same rows give the same bytes."""


@dataclass(frozen=True)
class Courier:
    """Writes parcels under ``landing``; ``seed`` gives the ids of this district."""

    landing: Path
    seed: int
    streams: Streams
    prompt: bool = False
    """Deliveries come on the first day after the month; those that tell of payments keep their lag."""
    lookups: dict[str, Lookup] = field(default_factory=dict)
    """Source of lookup cells -> what gives their text; filled when the books are opened."""

    def received_at(self, feed: Feed, month: Month) -> datetime:
        """When the delivery for ``month`` arrives: after its end, by the feed's lag, at night."""
        rng = self.streams.at(f"arrival:{feed.name}", month.index)
        late = feed.lag_days - 1 + int(rng.integers(0, 3))
        if self.prompt and feed.name not in TELL_OF_PAYMENTS:
            late = 0
        day = calendar_day(month.after + late)
        night = datetime.combine(day, time(hour=2))
        return night + timedelta(minutes=int(rng.integers(0, 120)))

    def deliver(self, feed: Feed, parcel: Parcel, *, name: str, received_at: datetime) -> Path:
        """Write ``name`` with its manifest and return the path of the data file."""
        content = self._content(feed, parcel)
        folder = self.landing / feed.name
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.{feed.form.value}"
        path.write_bytes(content)
        manifest = {
            "feed": feed.name,
            "received_at": received_at.isoformat(timespec="seconds"),
            "sha256": hashlib.sha256(content).hexdigest(),
            "rows": len(parcel.rows[feed.fact_id]),
            "format": feed.form.value,
        }
        if feed.form in (Format.CSV, Format.JSONL):
            manifest["encoding"] = feed.encoding
        (folder / f"{path.name}.manifest.json").write_text(
            json.dumps(manifest, indent=1, sort_keys=True) + "\n", encoding="utf-8"
        )
        return path

    def _content(self, feed: Feed, parcel: Parcel) -> bytes:
        table = pa.table(
            {cell.name: self.written(feed, cell, parcel.rows[cell.name]) for cell in feed.cells}
        )
        if feed.form is Format.PARQUET:
            return _parquet(_slip_typed(feed, table, parcel.slips))
        if feed.form is Format.XLSX:
            return _xlsx(table, parcel.slips)
        if feed.form is Format.JSONL:
            return _jsonl(table, parcel.slips).encode(feed.encoding)
        return _csv(_slip_text(feed, table, parcel.slips)).encode(feed.encoding)

    def written(self, feed: Feed, cell: Cell, values: Column) -> pa.Array:
        """Turn an array of the simulation into the cells of a column."""
        if cell.kind is Kind.LOOKUP:
            return self.lookups[cell.source](feed.name, values.astype(np.int64))
        if cell.kind is Kind.ID:
            return pseudonyms(values.astype(np.int64), prefix=cell.prefix, seed=self.seed)
        if cell.kind is Kind.DATE:
            days = values.astype(np.int32)
            return pa.array(days, mask=values == NO_DAY).cast(pa.date32())
        if cell.kind is Kind.ENUM:
            codes = values.astype(np.int32)
            return pa.DictionaryArray.from_arrays(
                pa.array(codes, mask=codes < 0), pa.array(list(cell.values))
            ).cast(pa.string())
        if cell.kind is Kind.INTEGER:
            return pa.array(values.astype(np.int64), mask=values == NO_DAY)
        if cell.kind is Kind.TEXT:
            return pa.array(list(values), pa.string())
        if cell.kind is Kind.FLAG:
            return pa.array(values.astype(np.bool_))
        return pa.array(np.round(values.astype(np.float64), 4), from_pandas=True)


def pseudonyms(numbers: np.typing.NDArray[np.int64], *, prefix: str, seed: int) -> pa.Array:
    """Return opaque ids: one to one with ``numbers``, in no order anybody could read."""
    offset = crc32(f"{seed}:{prefix}".encode())
    mixed = (numbers * ID_FACTOR + offset) & ((1 << ID_BITS) - 1)
    text = pa.array(mixed, mask=numbers == -1).cast(pa.string())
    return pc.binary_join_element_wise(prefix, text, "")


def _parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def _csv(table: pa.Table) -> str:
    sink = io.BytesIO()
    pa_csv.write_csv(table, sink, pa_csv.WriteOptions(quoting_style="needed"))
    return sink.getvalue().decode("utf-8")


def _jsonl(table: pa.Table, slips: tuple[Slip, ...]) -> str:
    records = table.to_pylist()
    for slip in slips:
        records[slip.row][slip.column] = _wrong(records[slip.row][slip.column])
    return "".join(
        json.dumps(record, ensure_ascii=False, default=_iso) + "\n" for record in records
    )


def _xlsx(table: pa.Table, slips: tuple[Slip, ...]) -> bytes:
    sink = io.BytesIO()
    book = xlsxwriter.Workbook(sink, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    book.set_properties({"created": WORKBOOK_CREATED})
    sheet = book.add_worksheet("data")
    sheet.write_row(0, 0, table.column_names)
    records = table.to_pylist()
    for slip in slips:
        records[slip.row][slip.column] = _wrong(records[slip.row][slip.column])
    for number, record in enumerate(records, start=1):
        for column, value in enumerate(record.values()):
            sheet.write(number, column, value)
    book.close()
    return sink.getvalue()


def _iso(value: date) -> str:
    return value.isoformat()


def _wrong(value: object) -> str:
    if isinstance(value, date):
        return MISTYPED_TEXT[Kind.DATE]
    return MISTYPED_TEXT[Kind.ENUM if isinstance(value, str) else Kind.NUMBER]


def _slip_text(feed: Feed, table: pa.Table, slips: tuple[Slip, ...]) -> pa.Table:
    for column in sorted({slip.column for slip in slips}):
        kind = feed.cell(column).kind
        cells = table[column].combine_chunks().cast(pa.string())
        mask = _rows_mask(table, slips, column)
        cells = pc.if_else(mask, MISTYPED_TEXT[kind], cells)
        table = table.set_column(table.column_names.index(column), column, cells)
    return table


def _slip_typed(feed: Feed, table: pa.Table, slips: tuple[Slip, ...]) -> pa.Table:
    """Typed files cannot hold text in a number: a slip is a sign, a century, an unknown code."""
    for column in sorted({slip.column for slip in slips}):
        kind = feed.cell(column).kind
        cells = table[column].combine_chunks()
        if kind is Kind.NUMBER:
            wrong = pc.subtract(pc.negate(pc.abs(cells)), 1.0)
        elif kind is Kind.DATE:
            wrong = pc.add(
                cells.cast(pa.int32()), pa.scalar(MISTYPED_FUTURE_DAYS, pa.int32())
            ).cast(pa.date32())
        else:
            wrong = pa.array(["9"] * len(cells))
        cells = pc.if_else(_rows_mask(table, slips, column), wrong, cells)
        table = table.set_column(table.column_names.index(column), column, cells)
    return table


def _rows_mask(table: pa.Table, slips: tuple[Slip, ...], column: str) -> pa.Array:
    mask = np.zeros(table.num_rows, np.bool_)
    mask[[slip.row for slip in slips if slip.column == column]] = True
    return pa.array(mask)
