"""Columns of all feature groups put side by side, in the order of the households, a Parquet file per date.

DuckDB hands over one group after the other: its columns are put in order once, while the next group is computed, and
wait in a file, so that memory holds two groups, not all of them, and nothing is joined or sorted hundreds of columns
wide. Spark joins and sorts them itself.
"""

import shutil
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from datetime import date
from itertools import pairwise
from pathlib import Path

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from ibis.backends.duckdb import Backend as DuckDB

from data_contracts.engines import Engine
from features.arrow_numbers import array_of, numbers
from features.connections import computed, keep
from features.jobs import cores_to_use
from features.matrix_files import ROW_GROUP, parquet_writer, write_rows
from features.point_in_time import side_by_side
from features.registry import KEYS

_PLACE = "_place"
"""The number of a row in the order of dates and households; no feature can be called that."""

_PACKED = pa.ipc.IpcWriteOptions(compression="lz4")
"""How columns wait in files: most are zeros and nulls, packed they take a seventh of the room."""

Declared = Callable[[ir.Table], Mapping[str, ir.Value]]
"""What a matrix holds of a group, as expressions over its columns; a household the group lacks is null in all."""


class Assembly(AbstractContextManager["Assembly"]):
    """Takes the columns of one group after the other, then writes the rows of each date."""

    rows: Mapping[date, int]
    """How many households each date has."""
    writers = 1
    """How many files may be written side by side; each holds a row group of all columns."""

    @abstractmethod
    def add(self, name: str, built: ir.Table, declared: Declared) -> int:
        """Take the columns of a group; return how many households it names more than once.

        Who is not in the spine may be left uncounted: nothing is written of them.
        """

    def __exit__(self, *_: object) -> None:
        """Leave nothing behind."""

    @abstractmethod
    def write(self, day: date, columns: Sequence[str], out: Path) -> None:
        """Write ``columns`` of the households of ``day``, by id, to ``out``; what is there is replaced."""


def assembly(engine: Engine, spine: ir.Table, folder: Path) -> Assembly:
    """Return an empty assembly of the rows of ``spine``, to be used as a context.

    Args:
        engine: where groups are computed.
        spine: ``household_id, as_of_date``, kept.
        folder: where columns wait; removed when the context ends, and what a killed run left there when it begins.
    """
    if isinstance(engine, DuckDB):
        return _GroupByGroup(engine, spine, folder)
    return _AllAtOnce(engine, spine)


def _counted(spine: ir.Table) -> ir.Table:
    return spine.group_by("as_of_date").agg(rows=spine.count()).order_by("as_of_date")


def _rows_of(counted: pa.Table) -> dict[date, int]:
    told = counted.to_pydict()
    return dict(zip(told["as_of_date"], told["rows"], strict=True))


class _GroupByGroup(Assembly):
    """Columns in files, in pieces of a row group: every piece holds rows of one date."""

    def __init__(self, engine: DuckDB, spine: ir.Table, folder: Path) -> None:
        self.rows: Mapping[date, int] = _rows_of(computed(engine, _counted(spine)))
        self._engine = engine
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._folder = folder
        self._files: list[Path] = []
        self.writers = cores_to_use()
        self._thread = ThreadPoolExecutor(1)
        self._ordering: Future[None] | None = None
        in_order = ibis.window(order_by=["as_of_date", "household_id"])
        numbered = spine.select(*KEYS, **{_PLACE: ibis.row_number().over(in_order)})
        self._places = keep(engine, "places", numbered)
        self._pieces: dict[date, list[tuple[int, slice]]] = {}
        begin = number = 0
        for day, rows in self.rows.items():
            edges = [*range(begin, begin + rows, ROW_GROUP), begin + rows]
            cut = [slice(*edge) for edge in pairwise(edges)]
            self._pieces[day] = list(enumerate(cut, start=number))
            begin, number = begin + rows, number + len(cut)
        self._put(self._places)

    def __exit__(self, *_: object) -> None:
        try:
            self._thread.shutdown()
        finally:
            shutil.rmtree(self._folder)

    def add(self, name: str, built: ir.Table, declared: Declared) -> int:
        """See :class:`Assembly`."""
        rows = side_by_side(self._places, built)
        return self._put(rows.select(_PLACE, **declared(rows)))

    def _put(self, rows: ir.Table) -> int:
        """Keep the columns of ``rows``, which has :data:`_PLACE`; return how many places come more than once."""
        found = computed(self._engine, rows)
        places = numbers(found[_PLACE])
        everybody = sum(self.rows.values())
        if len(places) != everybody:
            return int((np.bincount(places) > 1).sum())
        self._in_order()
        self._files.append(self._folder / f"{len(self._files)}.arrow")
        self._ordering = self._thread.submit(self._order, found, self._files[-1])
        return 0

    def _order(self, found: pa.Table, out: Path) -> None:
        order = np.empty(len(found), dtype=np.int64)
        order[numbers(found[_PLACE])] = np.arange(len(found))
        columns = found.drop_columns(_PLACE).combine_chunks()
        del found
        with (
            pa.OSFile(str(out), "wb") as sink,
            pa.ipc.new_file(sink, columns.schema, options=_PACKED) as file,
        ):
            for pieces in self._pieces.values():
                for _, piece in pieces:
                    part = columns.take(array_of(order[piece], pa.int64()))
                    file.write_batch(part.combine_chunks().to_batches()[0])

    def _in_order(self) -> None:
        """Wait until the last group lies in its file."""
        if self._ordering is not None:
            self._ordering.result()

    def write(self, day: date, columns: Sequence[str], out: Path) -> None:
        """See :class:`Assembly`."""
        self._in_order()
        with ExitStack() as open_files:
            groups = [
                pa.ipc.open_file(open_files.enter_context(pa.OSFile(str(path))))
                for path in self._files
            ]
            fields = {field.name: field for group in groups for field in group.schema}
            schema = pa.schema([fields[name] for name in columns])
            file = open_files.enter_context(parquet_writer(out, schema))
            for number, _ in self._pieces.get(day, []):
                parts = [group.get_batch(number) for group in groups]
                held = {name: part[name] for part in parts for name in part.schema.names}
                file.write_batch(
                    pa.record_batch([held[name] for name in columns], schema=schema),
                    row_group_size=ROW_GROUP,
                )


class _AllAtOnce(Assembly):
    """All groups in one query of the engine."""

    def __init__(self, engine: Engine, spine: ir.Table) -> None:
        self.rows: Mapping[date, int] = _rows_of(engine.to_pyarrow(_counted(spine)))
        self._engine = engine
        self._spine = spine.select(*KEYS)
        self._groups: list[ir.Table] = []
        self._declared: list[Declared] = []

    def add(self, name: str, built: ir.Table, declared: Declared) -> int:
        """See :class:`Assembly`."""
        kept = keep(self._engine, f"group_{name}", built)
        sizes = kept.group_by(list(KEYS)).agg(rows=kept.count())
        self._groups.append(kept)
        self._declared.append(declared)
        return int(sizes.filter(sizes.rows > 1).count().execute())

    def write(self, day: date, columns: Sequence[str], out: Path) -> None:
        """See :class:`Assembly`."""
        rows = side_by_side(self._spine, *self._groups)
        values = {name: rows[name] for name in KEYS}
        for declared in self._declared:
            values |= declared(rows)
        here = rows.select(**{name: values[name] for name in columns})
        here = here.filter(here.as_of_date == ibis.date(day.isoformat()))
        write_rows(self._engine, here.order_by("household_id"), out)
