"""A city too large to draw in an evening: copies of a smaller one side by side, each with identifiers of its own.

Every file of the smaller lake comes once per copy, so facts of one account stay in one file, as in the stock of any
lake. Copies look alike, which a feature does not notice: nothing joins one to another.
"""

import os
import shutil
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data_contracts.lake import Lake
from data_contracts.lake_files import LakeFile
from data_contracts.lake_tables import DELIVERY_ID
from experiments.benchmarks.city.build import MADE
from features.jobs import cores_to_use, side_by_side

_CATALOGUE = "catalogue.db"
_OF_SOMEBODY = ("_id", "phone")
"""How the names of columns end that say who or what a fact is about: they differ from copy to copy."""


def copy_city(home: Path, out: Path, copies: int, progress: Callable[[str], None]) -> int:
    """Write the lake of ``copies`` times the city at ``home`` to ``out``; return how many facts it holds.

    Args:
        home: a whole city, compacted or not; the first copy shares its files.
        out: folder to make; what is there is replaced.
        copies: how many, the one that is there counted.
        progress: is told after each feed.
    """
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    files = Lake(home).catalogue.files()
    for file in files:
        (out / file.path).parent.mkdir(parents=True, exist_ok=True)
        os.link(home / file.path, out / file.path)
    shutil.copyfile(home / _CATALOGUE, out / _CATALOGUE)
    lake = Lake(out)
    for feed in sorted({file.feed for file in files}):
        own = [file for file in files if file.feed == feed]
        jobs = list(product(own, range(1, copies)))
        new = side_by_side(partial(_copied, lake), jobs, jobs=cores_to_use())
        lake.catalogue.replace([], new)
        progress(f"{feed}: {len(new):,} files more")
    facts = int((home / MADE).read_text(encoding="ascii")) * copies
    (out / MADE).write_text(f"{facts}\n", encoding="ascii")
    return facts


def _copied(lake: Lake, job: tuple[LakeFile, int]) -> LakeFile:
    file, copy = job
    rows = _marked(pq.ParquetFile(lake.path(file)).read(), f"-{copy}")
    path = PurePosixPath(file.path)
    return lake.write(
        rows,
        str(path.with_name(f"copy-{copy}-{path.name}")),
        feed=file.feed,
        kind=file.kind,
        origin=file.delivery_id,
        received_at=file.received_at,
    )


def _marked(rows: pa.Table, mark: str) -> pa.Table:
    for place, field in enumerate(rows.schema):
        if field.name != DELIVERY_ID and field.name.endswith(_OF_SOMEBODY):
            marked = pc.binary_join_element_wise(rows[field.name].cast("string"), mark, "")
            rows = rows.set_column(place, field.name, marked)
    return rows
