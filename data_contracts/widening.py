"""Facts told before their contract had a column: their files get it, empty, at the first pass after.

Everything that reads files of a feed reads them as of one shape. Rows, times and delivery ids stay as they are,
so every night reads the same facts. The new files are written first; one transaction of the catalogue puts them in
the place of the old ones, all of a feed at once; only then are those removed.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data_contracts.contract import Contract
from data_contracts.lake import Lake
from data_contracts.lake_files import Kind, LakeFile
from data_contracts.lake_tables import fact_schema


def widen(
    lake: Lake, contracts: Mapping[str, Contract], *, progress: Callable[[str], None]
) -> None:
    """Give the facts files of each feed the columns of its contract that they lack and that may be empty.

    Call it only while holding the gate.

    Raises:
        LakeError: a file is missing or damaged; nothing of its feed was changed.
    """
    for feed, contract in contracts.items():
        files = lake.catalogue.files(kind=Kind.FACTS, feed=feed)
        # All files of a feed are widened together, so the oldest tells of all.
        if not files or not _lacking(lake, files[0], contract):
            continue
        old = [file for file in files if _lacking(lake, file, contract)]
        lake.catalogue.replace(old, [_widened(lake, file, contract) for file in old])
        for file in old:
            Path(lake.path(file)).unlink(missing_ok=True)
        progress(f"feed {feed}: {len(old)} files widened to contract version {contract.version}")


def _lacking(lake: Lake, file: LakeFile, contract: Contract) -> list[pa.Field]:
    lake.require(file)
    written = set(pq.read_schema(lake.path(file)).names)
    empty = {column.name for column in contract.stored_columns if not column.required}
    return [field for field in fact_schema(contract) if field.name in empty - written]


def _widened(lake: Lake, file: LakeFile, contract: Contract) -> LakeFile:
    table = pq.ParquetFile(lake.path(file)).read()
    for field in _lacking(lake, file, contract):
        table = table.append_column(field, pa.nulls(table.num_rows, field.type))
    return lake.write(
        table,
        file.path.removesuffix(".parquet") + f"-{contract.version}.parquet",
        feed=file.feed,
        kind=file.kind,
        origin=file.delivery_id,
        received_at=file.received_at,
    )
