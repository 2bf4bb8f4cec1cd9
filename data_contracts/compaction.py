"""Many small files of a feed become few with the same rows.

The files of one of a feed's newest months become one. What came before them becomes its *stock*: files in which
the facts of a person, an account or a household follow one another, so that a night which adds up two years of
bills comes to an account once and not every month anew.

Rows, times and delivery ids stay as they are, so every night reads the same facts and late deliveries find
the same tellings. The merged files are written first; one transaction of the catalogue puts them in the place of
the small ones; only then are those removed. A crash leaves either the old files or the new ones in force, and
what lies about uncounted is swept up by the next compaction.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from data_contracts.contract import Contract
from data_contracts.gate import alone
from data_contracts.lake import Lake, LakeError
from data_contracts.lake_files import Kind, LakeFile
from data_contracts.lake_tables import DELIVERY_ID, WRITTEN_BY

MERGED = (Kind.FACTS, Kind.SUPERSEDED, Kind.RETOLD)
FOLDERS = ("lake", "quarantine", "sealed")
STOCK = "stock"
"""Name of the folder of a feed, beside those of its months, for what came before the newest of them."""
NEWEST_MONTHS = 2
"""Months of a feed that stay by themselves. A load reads in full every file that holds what it corrects, and
corrections speak of the last months."""
ROWS_PER_FILE = 122_880
"""Rows of one file of the stock: it is held in memory whole while it is written, or read again to expire. DuckDB hands
over no more at a time; a night of 100,000 households that read files of two million took no less time and 0.6 GB more."""
_MEMORY = "1GB"
_SUFFIXES = {
    Kind.FACTS: ".parquet",
    Kind.SUPERSEDED: ".superseded.parquet",
    Kind.RETOLD: ".retold.parquet",
}


@dataclass(frozen=True)
class Compacted:
    """What was done: files merged, what they became, and uncounted files swept up."""

    merged: int
    into: int
    swept: int


def compact(
    home: Path, contracts: Mapping[str, Contract], *, progress: Callable[[str], None]
) -> Compacted:
    """Merge the files of each feed, and sweep up what a crash left.

    Args:
        home: the home folder.
        contracts: by feed; the files of a feed without a contract are merged month by month only.
        progress: is told what was merged.

    Raises:
        GateError: the gate is at work on this home.
        LakeError: a file is missing or damaged; nothing of what it was to be merged with was changed.
    """
    with alone(home):
        lake = Lake(home)
        merged = into = 0
        for folder, files in _groups(lake, contracts):
            new = _merge(lake, folder, files, contracts)
            lake.catalogue.replace(files, new)
            remove(home, [file.path for file in files])
            progress(f"{folder}: {len(files)} {files[0].kind.value} files became {len(new)}")
            merged, into = merged + len(files), into + len(new)
        return Compacted(merged, into, len(sweep(home, lake)))


def uncounted(home: Path, lake: Lake) -> list[str]:
    """Return files under the lake's folders that the catalogue does not know: the rest of a crash."""
    counted = {file.path for file in lake.catalogue.files()}
    present = (
        path.relative_to(home).as_posix()
        for folder in FOLDERS
        for path in sorted((home / folder).rglob("*"))
        if path.is_file()
    )
    return [path for path in present if path not in counted]


def sweep(home: Path, lake: Lake) -> list[str]:
    """Remove what the catalogue does not know; call it only while holding the gate."""
    debris = uncounted(home, lake)
    remove(home, debris)
    return debris


def remove(home: Path, paths: list[str]) -> None:
    """Remove files that no longer count."""
    for path in paths:
        (home / path).unlink(missing_ok=True)


def _groups(
    lake: Lake, contracts: Mapping[str, Contract]
) -> Iterator[tuple[PurePosixPath, list[LakeFile]]]:
    """Return the folders in which there is something to merge, each with the files of one kind."""
    every = [file for kind in MERGED for file in lake.catalogue.files(kind=kind)]
    months: dict[str, set[str]] = defaultdict(set)
    for file in every:
        months[file.feed].add(_folder(file).name)
    newest = {feed: sorted(found - {STOCK})[-NEWEST_MONTHS:] for feed, found in months.items()}
    found: dict[tuple[PurePosixPath, Kind], list[LakeFile]] = defaultdict(list)
    for file in every:
        here = _folder(file)
        stays = here.name in newest[file.feed] or file.feed not in contracts
        found[here if stays else here.with_name(STOCK), file.kind].append(file)
    for (folder, _), files in sorted(found.items()):
        is_new = any(_folder(file) != folder for file in files)
        if is_new or (folder.name != STOCK and len(files) > 1):
            yield folder, files


def _folder(file: LakeFile) -> PurePosixPath:
    return PurePosixPath(file.path).parent


def _merge(
    lake: Lake, folder: PurePosixPath, files: list[LakeFile], contracts: Mapping[str, Contract]
) -> list[LakeFile]:
    for file in files:
        lake.require(file)
    feed, kind = files[0].feed, files[0].kind
    paths = [lake.path(file) for file in files]
    if folder.name == STOCK and kind is Kind.FACTS:
        tables = _by_entity(paths, contracts[feed])
    else:
        read = [pq.ParquetFile(path).read() for path in paths]
        tables = iter([pa.concat_tables(read, promote_options="default")])
    name = hashlib.sha256("\n".join(sorted(file.path for file in files)).encode()).hexdigest()[:16]
    new = [
        lake.write(
            table,
            f"{folder}/merged-{name}-{part}{_SUFFIXES[kind]}",
            feed=feed,
            kind=kind,
            origin=f"merged-{name}",
            received_at=max(file.received_at for file in files),
        )
        for part, table in enumerate(tables)
    ]
    before, after = (sum(file.rows for file in some) for some in (files, new))
    if before != after:
        raise LakeError(
            f"feed {feed}: {before} rows became {after} in {folder}; the old files still count,"
            " see that the disk is sound and compact again"
        )
    return new


def _by_entity(paths: list[str], contract: Contract) -> Iterator[pa.Table]:
    """Return the rows of some files, each entity's together and in the order they happened."""
    schema = pa.unify_schemas([pq.read_schema(path).remove_metadata() for path in paths])
    order = (contract.entity_column, "event_date", contract.fact_id, DELIVERY_ID, WRITTEN_BY)
    # What does not fit in memory lies beside the files: should the process die, it is swept up like them.
    with (
        TemporaryDirectory(dir=Path(paths[0]).parents[1]) as spill,
        duckdb.connect(config={"memory_limit": _MEMORY, "temp_directory": spill}) as con,
    ):
        rows = con.sql(
            f"SELECT * FROM read_parquet($paths, union_by_name = true) ORDER BY {', '.join(order)}",
            params={"paths": paths},
        )
        for batch in rows.to_arrow_reader(ROWS_PER_FILE):
            yield pa.Table.from_batches([batch]).select(schema.names).cast(schema)
