"""Parquet -> a table of the promised columns; its footer is looked at before any row is read."""

import pyarrow as pa
import pyarrow.parquet as pq

from data_contracts.arrival import Delivery
from data_contracts.limits import MAX_UNPACKED_BYTES
from data_contracts.odcs import Contract
from data_contracts.refusal import DeliveryRefused
from data_contracts.tables import clean_names, require_columns


def parse_parquet(
    content: bytes, delivery: Delivery, contract: Contract
) -> tuple[pa.Table, tuple[str, ...]]:
    """Return the rows and remarks on columns nobody promised.

    Raises:
        DeliveryRefused: damaged, other rows or columns than promised, or columns within columns.
    """
    unreadable = "the file is not readable as Parquet: it was cut short or damaged; send it again"
    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        schema = file.schema_arrow
    except (pa.ArrowException, OSError) as error:
        raise DeliveryRefused(unreadable) from error
    names = clean_names(schema.names)
    remarks = require_columns(names, contract, keys_may_be_absent=False)
    for name, type_ in zip(names, schema.types, strict=True):
        if name in contract.column_names and pa.types.is_nested(type_):
            raise DeliveryRefused(
                f"column {name} holds lists or structures; write plain values and send it again"
            )
    if file.metadata.num_rows != delivery.rows:
        raise wrong_row_count(file.metadata.num_rows, delivery)
    groups = range(file.metadata.num_row_groups)
    unpacked = sum(file.metadata.row_group(place).total_byte_size for place in groups)
    if unpacked > MAX_UNPACKED_BYTES:
        raise DeliveryRefused(
            f"the file would unpack to {unpacked} bytes, more than {MAX_UNPACKED_BYTES}; send it in parts"
        )
    wanted = [
        written
        for written, name in zip(schema.names, names, strict=True)
        if name in contract.column_names
    ]
    try:
        table = file.read(columns=wanted, use_threads=False)
    except (pa.ArrowException, OSError) as error:
        raise DeliveryRefused(unreadable) from error
    return table.rename_columns(clean_names(table.column_names)), remarks


def wrong_row_count(found: int, delivery: Delivery) -> DeliveryRefused:
    """Return the refusal of a file with other rows than its manifest promises."""
    return DeliveryRefused(
        f"the file has {found} rows, its manifest promises {delivery.rows}: it was cut short or"
        " changed after the manifest was written; send file and manifest again"
    )
