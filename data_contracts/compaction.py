"""Many small files of a feed and month become one with the same rows.

Rows, times and delivery ids stay as they are, so every night reads the same facts and late deliveries find
the same tellings. The merged file is written first; one transaction of the catalogue puts it in the place of
the small ones; only then are those removed. A crash leaves either the old files or the new one in force, and
what lies about uncounted is swept up by the next compaction.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.parquet as pq

from data_contracts.gate import alone
from data_contracts.lake import Lake
from data_contracts.lake_files import Kind, LakeFile

MERGED = (Kind.FACTS, Kind.SUPERSEDED, Kind.RETOLD)
FOLDERS = ("lake", "quarantine", "sealed")
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


def compact(home: Path, *, progress: Callable[[str], None]) -> Compacted:
    """Merge the files of each feed and month, and sweep up what a crash left.

    Raises:
        GateError: the gate is at work on this home.
        LakeError: a file is missing or damaged; nothing of its feed and month was changed.
    """
    with alone(home):
        lake = Lake(home)
        merged = into = 0
        for folder, files in _groups(lake):
            new = _merge(lake, folder, files)
            lake.catalogue.replace(files, [new])
            remove(home, [file.path for file in files])
            progress(f"{folder}: {len(files)} {new.kind.value} files became one")
            merged, into = merged + len(files), into + 1
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


def _groups(lake: Lake) -> Iterator[tuple[str, list[LakeFile]]]:
    found: dict[tuple[str, Kind], list[LakeFile]] = defaultdict(list)
    for kind in MERGED:
        for file in lake.catalogue.files(kind=kind):
            found[PurePosixPath(file.path).parent.as_posix(), kind].append(file)
    for (folder, _), files in sorted(found.items()):
        if len(files) > 1:
            yield folder, files


def _merge(lake: Lake, folder: str, files: list[LakeFile]) -> LakeFile:
    for file in files:
        lake.require(file)
    tables = [pq.ParquetFile(lake.path(file)).read() for file in files]
    kind = files[0].kind
    name = hashlib.sha256("\n".join(sorted(file.path for file in files)).encode()).hexdigest()[:16]
    return lake.write(
        pa.concat_tables(tables, promote_options="default"),
        f"{folder}/merged-{name}{_SUFFIXES[kind]}",
        feed=files[0].feed,
        kind=kind,
        origin=f"merged-{name}",
        received_at=max(file.received_at for file in files),
    )
