"""Parquet: cut, flipped, or of other types than the contract's."""

import hashlib
import io
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq

from tests.data_contracts.bad_files.case import (
    BAD,
    CANARY,
    ROWS,
    Case,
    Loaded,
    Quarantined,
    Refused,
    bills,
)

_DAY = date(2024, 7, 1)


def _table(name: str) -> pa.Table:
    rows = bills(name)
    text = {column: [row[column] for row in rows] for column in rows[0]}
    columns: dict[str, pa.Array] = {}
    for column, cells in text.items():
        if column in ("usage", "amount_due", "subsidy_amount"):
            columns[column] = pa.array([float(cell) for cell in cells])
        elif column in ("event_date", "due_date", "paid_on"):
            columns[column] = pa.array([date.fromisoformat(cell) for cell in cells])
        else:
            columns[column] = pa.array(cells)
    return pa.table(columns)


def _bytes(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def _with(name: str, column: str, cells: pa.Array) -> bytes:
    table = _table(name)
    return _bytes(table.set_column(table.column_names.index(column), column, cells))


def _case(
    name: str, content: bytes, must: Refused | Loaded | Quarantined, rows: int = ROWS
) -> Case:
    return Case(name, content, must, suffix="parquet", rows=rows)


def _typed(
    name: str,
    column: str,
    cells: list[object],
    type_: pa.DataType,
    must: Refused | Loaded | Quarantined,
) -> Case:
    return _case(name, _with(name, column, pa.array(cells, type_)), must)


def _ids(name: str) -> list[str]:
    return [row["bill_id"] for row in bills(name)]


def _one_null(cell: Callable[[int], object]) -> list[object]:
    return [None if number == BAD else cell(number) for number in range(1, ROWS + 1)]


def _cut(twentieth: int) -> Case:
    name = f"parquet-cut-at-{twentieth}-of-20"
    whole = _bytes(_table(name))
    return _case(
        name,
        whole[: twentieth * len(whole) // 20],
        Refused("not readable as Parquet" if twentieth else "empty"),
    )


def _flipped(place: int) -> Case:
    """One bit changed on the way, after the manifest was written."""
    name = f"parquet-bit-flipped-{place}"
    whole = _bytes(_table(name))
    at = (place * 7919) % len(whole)
    return Case(
        name,
        whole[:at] + bytes([whole[at] ^ 1 << place % 8]) + whole[at + 1 :],
        Refused("the transfer was cut short or the file was changed"),
        suffix="parquet",
        manifest={"sha256": hashlib.sha256(whole).hexdigest()},
    )


_NONE_GOOD = "none of the 12 rows is good"
CASES = [
    _case(
        "parquet-good", _bytes(_table("parquet-good")), Loaded({"usage": 125.5, "event_date": _DAY})
    ),
    *(_cut(twentieth) for twentieth in range(20)),
    *(_flipped(place) for place in range(10)),
    _typed(
        "parquet-ids-as-dictionary",
        "bill_id",
        _ids("parquet-ids-as-dictionary"),
        pa.dictionary(pa.int32(), pa.string()),
        Loaded(),
    ),
    _typed(
        "parquet-ids-as-large-text",
        "bill_id",
        _ids("parquet-ids-as-large-text"),
        pa.large_string(),
        Loaded(),
    ),
    _typed(
        "parquet-ids-as-integers",
        "bill_id",
        [770_000 + n for n in range(ROWS)],
        pa.int64(),
        Loaded({"bill_id": "770004"}),
    ),
    _typed(
        "parquet-ids-as-floats",
        "bill_id",
        [3.2010119900101e17] * ROWS,
        pa.float64(),
        Refused(_NONE_GOOD),
    ),
    _typed(
        "parquet-ids-as-bytes",
        "bill_id",
        [b"zq%d" % n for n in range(ROWS)],
        pa.binary(),
        Refused(_NONE_GOOD),
    ),
    _typed(
        "parquet-ids-as-lists",
        "bill_id",
        [["zq"]] * ROWS,
        pa.list_(pa.string()),
        Refused("column bill_id holds lists or structures"),
    ),
    _typed(
        "parquet-usage-as-structures",
        "usage",
        [{"zq": 1}] * ROWS,
        pa.struct([("zq", pa.int64())]),
        Refused("column usage holds lists or structures"),
    ),
    _typed(
        "parquet-usage-as-map",
        "usage",
        [[("zq", 1)]] * ROWS,
        pa.map_(pa.string(), pa.int64()),
        Refused("column usage holds lists or structures"),
    ),
    _typed(
        "parquet-usage-as-integers", "usage", [125] * ROWS, pa.int32(), Loaded({"usage": 125.0})
    ),
    _typed(
        "parquet-usage-as-decimals",
        "usage",
        [Decimal("125.50")] * ROWS,
        pa.decimal128(12, 2),
        Loaded({"usage": 125.5}),
    ),
    _typed(
        "parquet-usage-as-text", "usage", ["125.5"] * ROWS, pa.string(), Loaded({"usage": 125.5})
    ),
    _typed("parquet-usage-as-truth", "usage", [True] * ROWS, pa.bool_(), Refused(_NONE_GOOD)),
    _typed("parquet-usage-as-dates", "usage", [_DAY] * ROWS, pa.date32(), Refused(_NONE_GOOD)),
    _typed(
        "parquet-usage-not-a-number",
        "usage",
        [float("nan") if n == BAD else 125.0 for n in range(1, ROWS + 1)],
        pa.float64(),
        Quarantined("usage_is_present"),
    ),
    _typed(
        "parquet-usage-infinite",
        "usage",
        [float("inf") if n == BAD else 125.0 for n in range(1, ROWS + 1)],
        pa.float64(),
        Quarantined("usage_is_number"),
    ),
    _typed(
        "parquet-usage-null",
        "usage",
        _one_null(lambda n: 125.0),
        pa.float64(),
        Quarantined("usage_is_present"),
    ),
    _typed("parquet-usage-all-null", "usage", [None] * ROWS, pa.null(), Refused(_NONE_GOOD)),
    _typed(
        "parquet-dates-as-times",
        "event_date",
        [datetime.fromisoformat("2024-07-01 13:00")] * ROWS,
        pa.timestamp("ns"),
        Loaded({"event_date": _DAY}),
    ),
    _typed(
        "parquet-dates-as-milliseconds",
        "event_date",
        [_DAY] * ROWS,
        pa.date64(),
        Loaded({"event_date": _DAY}),
    ),
    _typed(
        "parquet-dates-with-zone",
        "event_date",
        [datetime.fromisoformat("2024-06-30 16:00")] * ROWS,
        pa.timestamp("us", "UTC"),
        Refused(_NONE_GOOD),
    ),
    _typed(
        "parquet-dates-as-days-since-1970",
        "event_date",
        [19905] * ROWS,
        pa.int32(),
        Refused(_NONE_GOOD),
    ),
    _typed(
        "parquet-dates-as-seconds",
        "event_date",
        [1719792000] * ROWS,
        pa.int64(),
        Refused(_NONE_GOOD),
    ),
    _typed(
        "parquet-dates-as-text",
        "event_date",
        ["2024-07-01"] * ROWS,
        pa.string(),
        Loaded({"event_date": _DAY}),
    ),
    _typed(
        "parquet-dates-as-time-of-day",
        "event_date",
        [time(1)] * ROWS,
        pa.time64("us"),
        Refused(_NONE_GOOD),
    ),
    _typed(
        "parquet-date-of-1677",
        "event_date",
        [date(1677, 1, 1) if n == BAD else _DAY for n in range(1, ROWS + 1)],
        pa.date32(),
        Quarantined("event_date_is_date"),
    ),
    _typed("parquet-service-as-codes", "service", [1] * ROWS, pa.int8(), Refused(_NONE_GOOD)),
    _case(
        "parquet-column-renamed",
        _bytes(
            _table("parquet-column-renamed").rename_columns(
                [c.replace("usage", "usages") for c in _table("x").column_names]
            )
        ),
        Refused("column usage is missing; did you mean 'usages'?"),
    ),
    _case(
        "parquet-column-missing",
        _bytes(_table("parquet-column-missing").drop_columns(["usage"])),
        Refused("column usage is missing"),
    ),
    _case(
        "parquet-column-added",
        _bytes(_table("parquet-column-added").append_column("holder", pa.array([CANARY] * ROWS))),
        Loaded(told="unexpected column holder was dropped"),
    ),
    _case(
        "parquet-column-twice",
        _bytes(_table("parquet-column-twice").append_column("usage", pa.array([1.0] * ROWS))),
        Refused("column 'usage' stands in the header 2 times"),
    ),
    _case(
        "parquet-six-hundred-columns",
        _bytes(pa.table({f"c{n}": pa.array([1]) for n in range(600)})),
        Refused("more than 500"),
        1,
    ),
    _case(
        "parquet-no-rows",
        _bytes(_table("parquet-no-rows").slice(0, 0)),
        Refused("a header but no rows"),
        0,
    ),
    _case(
        "parquet-rows-lost",
        _bytes(_table("parquet-rows-lost").slice(0, 10)),
        Refused("the file has 10 rows, its manifest promises 12"),
    ),
    _case("parquet-is-csv", b"bill_id,usage\nzq,1\n", Refused("not readable as Parquet"), 1),
    _case(
        "parquet-encrypted",
        _bytes(_table("parquet-encrypted"))[:-4] + b"PARE",
        Refused("not readable as Parquet"),
    ),
]
