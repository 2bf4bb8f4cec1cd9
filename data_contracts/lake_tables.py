"""What the files of the lake hold: facts, where versions end, and who told again what was known.

=============  ===========================================================================================
facts          the stored columns of the contract, ``known_from``, ``delivery_id`` (the delivery that told
               the version), ``written_by`` (the delivery whose load wrote the row; another one when a late
               delivery showed that a repetition was a version of its own)
superseded     fact id, ``delivery_id``, ``written_by``, ``known_until``: where a row ends; of several the
               earliest counts, and a row that ends where it begins never was a version
retold         fact id, ``delivery_id``, ``said_in``: the delivery told what ``said_in`` had told
=============  ===========================================================================================
"""

from datetime import datetime

import pyarrow as pa

from data_contracts.cells import ARROW_TYPES
from data_contracts.contract import Contract

KNOWN_FROM, KNOWN_UNTIL = "known_from", "known_until"
DELIVERY_ID, WRITTEN_BY, SAID_IN = "delivery_id", "written_by", "said_in"
TIME = pa.timestamp("us")


def fact_schema(contract: Contract) -> pa.Schema:
    """Return the Arrow schema of a feed's facts, without the columns the lake adds."""
    return pa.schema(
        [(column.name, ARROW_TYPES[column.logical_type]) for column in contract.stored_columns]
    )


def lake_schema(contract: Contract) -> pa.Schema:
    """Return the Arrow schema of a facts file."""
    added = [(KNOWN_FROM, TIME), (DELIVERY_ID, pa.string()), (WRITTEN_BY, pa.string())]
    return pa.schema([*fact_schema(contract), *map(pa.field, *zip(*added, strict=True))])


def superseded_schema(contract: Contract) -> pa.Schema:
    """Return the Arrow schema of a superseded file."""
    return pa.schema(
        [
            (contract.fact_id, _id_type(contract)),
            (DELIVERY_ID, pa.string()),
            (WRITTEN_BY, pa.string()),
            (KNOWN_UNTIL, TIME),
        ]
    )


def retold_schema(contract: Contract) -> pa.Schema:
    """Return the Arrow schema of a retold file."""
    return pa.schema(
        [
            (contract.fact_id, _id_type(contract)),
            (DELIVERY_ID, pa.string()),
            (SAID_IN, pa.string()),
        ]
    )


def told(
    rows: pa.Table, contract: Contract, *, received_at: datetime, delivery_id: str
) -> pa.Table:
    """Return rows of one delivery as its facts file holds them."""
    once = pa.array([0] * rows.num_rows, pa.int64())
    columns = rows.cast(fact_schema(contract)).columns
    added = [
        pa.array([received_at], TIME).take(once),
        pa.array([delivery_id]).take(once),
        pa.array([delivery_id]).take(once),
    ]
    return pa.table([*columns, *added], schema=lake_schema(contract))


def _id_type(contract: Contract) -> pa.DataType:
    return ARROW_TYPES[contract.column(contract.fact_id).logical_type]
