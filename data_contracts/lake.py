"""The lake: every accepted fact, in every version, with the time it reached us.

Facts append; nothing is rewritten. A version holds over ``[known_from, known_until)``: ``known_from`` lies in
the row, the end comes from a small *superseded* file written by the load that found it. Reading therefore
needs one hash join with those small files and no window over the facts, on whatever engine.

Parquet does not notice a flipped bit, so each file's SHA-256 is compared with the catalogue before its first
read by a :class:`Lake`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends import BaseBackend

from data_contracts.arrival import Delivery
from data_contracts.catalogue import Catalogue
from data_contracts.ciphers import encrypted
from data_contracts.contract import Contract
from data_contracts.engines import read_files
from data_contracts.files import sha256_of, write_atomically
from data_contracts.judgement import Judgement
from data_contracts.lake_files import Kind, LakeFile
from data_contracts.lake_tables import (
    DELIVERY_ID,
    KNOWN_FROM,
    KNOWN_UNTIL,
    TIME,
    WRITTEN_BY,
    fact_schema,
)
from data_contracts.order import Order
from data_contracts.pseudonyms import Keyring

_IBIS_TIME = "timestamp(6)"
ENCRYPTED = (Kind.QUARANTINE, Kind.SEALED)
"""What is encrypted in a home with a key: the only files that show people as their departments know them."""
ENCRYPTED_SUFFIX = ".sealed"


class LakeError(RuntimeError):
    """A file of the lake is missing or no longer what was written; the message says which and what to do."""


@dataclass(frozen=True)
class Told:
    """The facts of one feed in two parts: rows, and the times at which rows ended; None where none did.

    ``names`` are the columns of ``rows`` that are facts, ``known_from`` with them.
    """

    rows: ir.Table
    ends: ir.Table | None
    fact_id: str
    names: tuple[str, ...]

    def dated(self) -> ir.Table:
        """Return every version with ``known_until``; rows that ended where they began never were one."""
        wanted = [*self.names, KNOWN_UNTIL]
        if self.ends is None:
            return self.rows.mutate(**{KNOWN_UNTIL: ibis.null(_IBIS_TIME)}).select(wanted)
        # A correction that arrives out of order ends a version earlier than was recorded before.
        closed = self.ends.group_by(self._row)
        earliest = closed.agg(**{KNOWN_UNTIL: lambda t: t[KNOWN_UNTIL].min()})
        dated = self.rows.left_join(earliest, self._row).select(wanted)
        held = dated[KNOWN_UNTIL].isnull() | (dated[KNOWN_UNTIL] > dated[KNOWN_FROM])
        return dated.filter(held)

    def not_ended_before(self, time: ir.TimestampValue) -> ir.Table:
        """Return the rows no end before ``time`` was told of, by a join that needs no end of theirs."""
        if self.ends is None:
            return self.rows.select(self.names)
        over = self.ends.filter(self.ends[KNOWN_UNTIL] < time)
        return self.rows.anti_join(over, self._row).select(self.names)

    @property
    def _row(self) -> list[str]:
        return [self.fact_id, DELIVERY_ID, WRITTEN_BY]


class Lake:
    """The facts of one home folder."""

    def __init__(self, home: Path) -> None:
        """Open the lake of a home folder; an empty home is an empty lake."""
        self._home = home
        self.catalogue = Catalogue(home)
        self._verified: set[str] = set()
        self._orders: dict[str, list[Order]] = {}

    def append(
        self,
        delivery: Delivery,
        judgement: Judgement,
        *,
        facts: pa.Table,
        superseded: pa.Table,
        retold: pa.Table,
        quarantined: pa.Table,
        sealed: pa.Table | None,
        keyring: Keyring | None,
        told: str,
        released: Sequence[int] = (),
    ) -> None:
        """Write what a delivery brought, then make it visible in one transaction.

        Args:
            delivery: where it came from.
            judgement: the verdict, stored in the same transaction.
            facts: new versions (see :mod:`data_contracts.lake_tables`, also for the next two).
            superseded: where versions end.
            retold: what was known already.
            quarantined: refused rows as text, with row number, check and detail.
            sealed: what the sealed store keeps of the facts, if anything.
            keyring: encrypts refused rows and sealed ones.
            told: which rows of the file were good.
            released: row numbers, in the original, of refused rows a release brought back.
        """
        folder = f"lake/{delivery.feed}/{delivery.received_at:%Y-%m}"
        stem = f"{folder}/{delivery.delivery_id}"
        wanted = [
            (Kind.FACTS, f"{stem}.parquet", facts),
            (Kind.SUPERSEDED, f"{stem}.superseded.parquet", superseded),
            (Kind.RETOLD, f"{stem}.retold.parquet", retold),
            (
                Kind.QUARANTINE,
                f"quarantine/{delivery.feed}/{delivery.delivery_id}.parquet",
                quarantined,
            ),
        ]
        if sealed is not None:
            month = f"{delivery.received_at:%Y-%m}"
            kept = f"sealed/{delivery.feed}/{month}/{delivery.delivery_id}.parquet"
            wanted.append((Kind.SEALED, kept, sealed))
        files = [
            self.write(
                table,
                path,
                feed=delivery.feed,
                kind=kind,
                origin=delivery.delivery_id,
                received_at=delivery.received_at,
                keyring=keyring if kind in ENCRYPTED else None,
            )
            for kind, path, table in wanted
            if table.num_rows
        ]
        self.catalogue.record(delivery, judgement, files, told=told, released=released)
        self._orders.pop(delivery.feed, None)

    def orders(self, feed: str) -> list[Order]:
        """Return the places of the deliveries of a feed that told something."""
        if feed not in self._orders:
            self._orders[feed] = self.catalogue.orders(feed)
        return self._orders[feed]

    def write(
        self,
        table: pa.Table,
        path: str,
        *,
        feed: str,
        kind: Kind,
        origin: str,
        received_at: datetime,
        keyring: Keyring | None = None,
    ) -> LakeFile:
        """Write one file, whole or not at all; nobody sees it until the catalogue knows it.

        With a keyring it is encrypted, and ``.sealed`` is put behind its name.
        """
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd")
        content = sink.getvalue().to_pybytes()
        if keyring is not None:
            path += ENCRYPTED_SUFFIX
            content = encrypted(content, key=keyring.key_for(kind.value), path=path)
        digest = write_atomically(self._home / path, content)
        self._verified.add(path)
        return LakeFile(path, feed, kind, digest, table.num_rows, origin, received_at)

    def files(self, feed: str, kind: Kind) -> list[LakeFile]:
        """Return the files of a feed in the order they became visible, each verified.

        Raises:
            LakeError: a file is missing or its content changed.
        """
        files = self.catalogue.files(kind=kind, feed=feed)
        for file in files:
            self.require(file)
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
            self.require(file)
        return len(files)

    def require(self, file: LakeFile) -> None:
        """Compare a file with the catalogue before its first read.

        Raises:
            LakeError: it is missing or its content changed.
        """
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

    def facts(self, con: BaseBackend, contract: Contract) -> ir.Table:
        """Return every version of every fact of a feed.

        Returns:
            The stored columns of the contract, ``known_from`` and ``known_until`` (timestamps; ``known_until``
            is null for versions nothing has replaced). A feed that never delivered is an empty table of the
            same type.
        """
        return self.told(con, contract).dated()

    def told(self, con: BaseBackend, contract: Contract) -> Told:
        """Return what :meth:`facts` is made of: the rows as they were written, and where they end."""
        names = (*contract.stored_names, KNOWN_FROM)
        paths = self.paths(contract.feed, Kind.FACTS)
        if not paths:
            nothing = ibis.memtable(_nothing(contract)).cast({KNOWN_FROM: _IBIS_TIME})
            return Told(nothing, None, contract.fact_id, names)
        rows = self._held(read_files(con, paths), contract.feed)
        ends = self.paths(contract.feed, Kind.SUPERSEDED)
        ended = self._ended(read_files(con, ends)) if ends else None
        return Told(rows, ended, contract.fact_id, names)

    def _held(self, rows: ir.Table, feed: str) -> ir.Table:
        """Return the rows of facts files that count: here all of them."""
        return rows

    def _ended(self, ends: ir.Table) -> ir.Table:
        """Return the rows of superseded files that count: here all of them."""
        return ends

    def arrivals(self, *, before: datetime | None = None) -> dict[str, list[datetime]]:
        """Return, per feed, when deliveries that were loaded had been received, oldest first."""
        received: dict[str, list[datetime]] = {}
        for feed, received_at in self.catalogue.arrivals(before=before):
            received.setdefault(feed, []).append(received_at)
        return received

    def digest(self, *, before: datetime) -> str:
        """Return a hash of all facts received before a time: same hash, same facts.

        Facts follow from which rows of which deliveries were good and from what has expired, so files may be
        merged and deliveries judged in any order without changing it.
        """
        removed = [f"{one.feed} expired before {one.cutoff}" for one in self.catalogue.removals()]
        told = [*self.catalogue.told(before=before), *sorted(set(removed))]
        return hashlib.sha256("\n".join(told).encode()).hexdigest()


def _nothing(contract: Contract) -> pa.Table:
    return pa.schema([*fact_schema(contract), pa.field(KNOWN_FROM, TIME)]).empty_table()
