"""The lake: every accepted fact, in every version, with the time it reached us.

Facts append; nothing is rewritten. A version holds over ``[known_from, known_until)``: ``known_from`` is the
delivery's ``received_at`` and lies in the row, the end comes from a small *superseded* file written by the
delivery that brought the correction. Reading therefore needs one join with those small files and no window
over the facts.

Parquet does not notice a flipped bit, so each file's SHA-256 is compared with the catalogue before its first
read by a :class:`Lake`.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from data_contracts.arrival import Delivery
from data_contracts.catalogue import Catalogue, Kind, LakeFile
from data_contracts.cells import ARROW_TYPES
from data_contracts.files import sha256_of, write_atomically
from data_contracts.judgement import Judgement
from data_contracts.odcs import Contract

KNOWN_FROM, KNOWN_UNTIL, DELIVERY_ID = "known_from", "known_until", "delivery_id"
_TIME = pa.timestamp("us")
_IBIS_TIME = "timestamp(6)"


class LakeError(RuntimeError):
    """A file of the lake is missing or no longer what was written; the message says which and what to do."""


class Lake:
    """The facts of one home folder."""

    def __init__(self, home: Path) -> None:
        """Open the lake of a home folder; an empty home is an empty lake."""
        self._home = home
        self.catalogue = Catalogue(home)
        self._verified: set[str] = set()

    def append(
        self,
        delivery: Delivery,
        judgement: Judgement,
        contract: Contract,
        *,
        facts: pa.Table,
        superseded: pa.Table,
        quarantined: pa.Table,
    ) -> None:
        """Write what a delivery brought, then make it visible in one transaction.

        Args:
            delivery: where it came from; its ``received_at`` becomes ``known_from``.
            judgement: the verdict, stored in the same transaction.
            contract: the contract of the feed.
            facts: new versions, typed by the contract.
            superseded: ``fact id, delivery_id, known_until`` of versions that end.
            quarantined: refused rows as text, with row number, check and detail.
        """
        month = f"{delivery.received_at:%Y-%m}"
        known_from = pa.array([delivery.received_at], _TIME)
        origin = pa.array([delivery.delivery_id])
        dated = facts.cast(fact_schema(contract)).append_column(
            KNOWN_FROM,
            pa.chunked_array([known_from.take(pa.array([0] * facts.num_rows, pa.int64()))]),
        )
        dated = dated.append_column(
            DELIVERY_ID, pa.chunked_array([origin.take(pa.array([0] * facts.num_rows, pa.int64()))])
        )
        folder = f"lake/{delivery.feed}/{month}"
        wanted = [
            (Kind.FACTS, f"{folder}/{delivery.delivery_id}.parquet", dated),
            (Kind.SUPERSEDED, f"{folder}/{delivery.delivery_id}.superseded.parquet", superseded),
            (
                Kind.QUARANTINE,
                f"quarantine/{delivery.feed}/{delivery.delivery_id}.parquet",
                quarantined,
            ),
        ]
        files = [
            self._write(delivery, kind, path, table)
            for kind, path, table in wanted
            if table.num_rows
        ]
        self.catalogue.record(delivery, judgement, files)

    def _write(self, delivery: Delivery, kind: Kind, path: str, table: pa.Table) -> LakeFile:
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd")
        digest = write_atomically(self._home / path, sink.getvalue().to_pybytes())
        self._verified.add(path)
        return LakeFile(
            path,
            delivery.feed,
            kind,
            digest,
            table.num_rows,
            delivery.delivery_id,
            delivery.received_at,
        )

    def files(self, feed: str, kind: Kind) -> list[LakeFile]:
        """Return the files of a feed in the order they became visible, each verified.

        Raises:
            LakeError: a file is missing or its content changed.
        """
        files = self.catalogue.files(kind=kind, feed=feed)
        for file in files:
            self._verify(file)
        return files

    def paths(self, feed: str, kind: Kind) -> list[str]:
        """Return the absolute paths of :meth:`files`."""
        return [self.path(file) for file in self.files(feed, kind)]

    def path(self, file: LakeFile) -> str:
        """Return the absolute path of a file."""
        return str(self._home / file.path)

    def verify(self, feed: str) -> int:
        """Compare every file of a feed with the catalogue, again if need be; return how many there are.

        Raises:
            LakeError: a file is missing or its content changed.
        """
        files = [file for kind in Kind for file in self.catalogue.files(kind=kind, feed=feed)]
        self._verified -= {file.path for file in files}
        for file in files:
            self._verify(file)
        return len(files)

    def _verify(self, file: LakeFile) -> None:
        if file.path in self._verified:
            return
        path = self._home / file.path
        if not path.exists():
            raise LakeError(f"feed {file.feed}: {file.path} is missing; restore it from a backup")
        found = sha256_of(path)
        if found != file.sha256:
            raise LakeError(
                f"feed {file.feed}: {file.path} has sha256 {found[:12]}..., written as {file.sha256[:12]}...:"
                " the disk or somebody changed it; restore it from a backup"
            )
        self._verified.add(file.path)

    def facts(self, con: Backend, contract: Contract) -> ir.Table:
        """Return every version of every fact of a feed.

        Returns:
            The columns of the contract, ``known_from`` and ``known_until`` (timestamps; ``known_until`` is null
            for versions nothing has replaced). A feed that never delivered is an empty table of the same type.
        """
        wanted = [*contract.column_names, KNOWN_FROM, KNOWN_UNTIL]
        paths = self.paths(contract.feed, Kind.FACTS)
        if not paths:
            return ibis.memtable(_nothing(contract)).cast(
                {KNOWN_FROM: _IBIS_TIME, KNOWN_UNTIL: _IBIS_TIME}
            )
        rows = con.read_parquet(paths)
        ends = self.paths(contract.feed, Kind.SUPERSEDED)
        if not ends:
            return rows.mutate(**{KNOWN_UNTIL: ibis.null(_IBIS_TIME)}).select(wanted)
        # A correction that arrives out of order ends a version earlier than was recorded before.
        closed = con.read_parquet(ends).group_by([contract.fact_id, DELIVERY_ID])
        earliest = closed.agg(**{KNOWN_UNTIL: lambda t: t[KNOWN_UNTIL].min()})
        return rows.left_join(earliest, [contract.fact_id, DELIVERY_ID]).select(wanted)

    def arrivals(self, *, before: datetime | None = None) -> dict[str, list[datetime]]:
        """Return, per feed, when deliveries that were loaded had been received, oldest first."""
        received: dict[str, list[datetime]] = {}
        for feed, received_at in self.catalogue.arrivals(before=before):
            received.setdefault(feed, []).append(received_at)
        return received

    def digest(self, *, before: datetime) -> str:
        """Return a hash of all facts received before a time: same hash, same facts."""
        told = sorted(
            f"{file.feed} {file.path} {file.sha256}"
            for kind in (Kind.FACTS, Kind.SUPERSEDED)
            for file in self.catalogue.files(kind=kind)
            if file.received_at < before
        )
        return hashlib.sha256("\n".join(told).encode()).hexdigest()


def fact_schema(contract: Contract) -> pa.Schema:
    """Return the Arrow schema of a feed's facts, without the columns the lake adds."""
    return pa.schema(
        [(column.name, ARROW_TYPES[column.logical_type]) for column in contract.columns]
    )


def superseded_table(
    contract: Contract,
    fact_ids: Sequence[str],
    delivery_ids: Sequence[str],
    ends: Sequence[datetime],
) -> pa.Table:
    """Return the rows of a superseded file: which version of which fact ends when."""
    schema = pa.schema(
        [
            (contract.fact_id, ARROW_TYPES[contract.column(contract.fact_id).logical_type]),
            (DELIVERY_ID, pa.string()),
            (KNOWN_UNTIL, _TIME),
        ]
    )
    return pa.table([list(fact_ids), list(delivery_ids), list(ends)], schema=schema)


def _nothing(contract: Contract) -> pa.Table:
    times = [pa.field(name, _TIME) for name in (KNOWN_FROM, KNOWN_UNTIL)]
    return pa.schema([*fact_schema(contract), *times]).empty_table()
