"""Write a city into a lake: file by file, hashed and recorded like deliveries, but never through the gate."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from data_contracts.arrival import Delivery, Stamp
from data_contracts.catalogue import Catalogue
from data_contracts.contract import Contract
from data_contracts.contracts import FOLDER
from data_contracts.files import sha256_of
from data_contracts.judgement import Judgement, Verdict
from data_contracts.lake_files import Kind, LakeFile
from data_contracts.odcs import load_contracts
from experiments.benchmarks.city import monthly, small
from experiments.benchmarks.city.plan import CityPlan, received_at
from experiments.benchmarks.city.registers import settle

_SQL_TYPES = {
    "string": "VARCHAR",
    "date": "DATE",
    "number": "DOUBLE",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
}
MADE = "made"
"""Name of the file that says a city is whole; it holds the number of facts."""


def build_city(
    folder: Path, plan: CityPlan, progress: Callable[[str], None] = lambda _: None
) -> int:
    """Write the lake of a city under ``folder`` and return how many facts it holds, all versions counted."""
    folder.mkdir(parents=True, exist_ok=True)
    contracts = load_contracts(FOLDER)
    scratch = folder / "scratch.duckdb"
    con = duckdb.connect(str(scratch), config={"memory_limit": "3GB", "threads": 2})
    con.execute("SET preserve_insertion_order = false; SET enable_progress_bar = false")
    facts = 0
    try:
        settle(con, plan)
        progress("people, homes and meters drawn")
        for feed, contract in contracts.items():
            facts += _Scribe(con, folder, contract, plan).write_all()
            progress(f"{feed}: {facts:,} facts so far")
    finally:
        con.close()
        scratch.unlink()
    (folder / MADE).write_text(f"{facts}\n", encoding="ascii")
    return facts


class _Scribe:
    """Writes the deliveries of one feed."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, home: Path, contract: Contract, plan: CityPlan
    ) -> None:
        self._con, self._home, self._contract, self._plan = con, home, contract, plan
        self._catalogue = Catalogue(home)

    def write_all(self) -> int:
        feed = self._contract.feed
        if feed in small.SMALL:
            small.draw(self._con, feed, self._plan)
            written = sum(
                self._write(
                    month, small.told_in(feed, month), small.ended_in(feed, self._fact, month)
                )
                for month in self._plan.deliveries
            )
            self._con.execute(f"DROP TABLE drawn_{feed}")
            return written
        first = self._plan.first_month
        return sum(
            self._write(
                month,
                monthly.told_in(feed, month, first=first),
                monthly.ended_in(feed, self._fact, month, first=first),
            )
            for month in self._plan.deliveries
            if month >= first
        )

    @property
    def _fact(self) -> str:
        return self._contract.fact_id

    def _write(self, month: int, rows: str, ends: str | None) -> int:
        """Write one delivery and return how many facts it tells; an empty one leaves no trace."""
        delivery = self._delivery(month)
        columns = ", ".join(
            f'CAST("{one.name}" AS {_SQL_TYPES[one.logical_type]}) AS "{one.name}"'
            for one in self._contract.stored_columns
        )
        own = f"'{delivery.delivery_id}'"
        known = f"TIMESTAMP '{delivery.received_at}' AS known_from, {own} AS delivery_id, {own} AS written_by"
        files = [self._file(delivery, Kind.FACTS, f"SELECT {columns}, {known} FROM ({rows})")]
        if ends is not None:
            told_by = " ".join(
                f"WHEN {one} THEN '{self._delivery(one).delivery_id}'"
                for one in self._plan.deliveries
            )
            ended = (
                f"SELECT {self._fact}, CASE told {told_by} END AS delivery_id, CASE told {told_by} END AS written_by,"
                f" TIMESTAMP '{delivery.received_at}' AS known_until FROM ({ends})"
            )
            files.append(self._file(delivery, Kind.SUPERSEDED, ended))
        kept = [file for file in files if file is not None]
        if not kept:
            return 0
        judgement = Judgement(
            delivery.delivery_id,
            delivery.feed,
            delivery.name,
            delivery.received_at,
            Verdict.ACCEPTED,
            (),
            rows_in=kept[0].rows,
            accepted=kept[0].rows,
        )
        self._catalogue.record(delivery, judgement, kept, told="all")
        return kept[0].rows

    def _file(self, delivery: Delivery, kind: Kind, query: str) -> LakeFile | None:
        ending = ".parquet" if kind is Kind.FACTS else f".{kind}.parquet"
        path = f"lake/{delivery.feed}/{delivery.received_at:%Y-%m}/{delivery.delivery_id}{ending}"
        target = self._home / path
        target.parent.mkdir(parents=True, exist_ok=True)
        self._con.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
        rows = pq.read_metadata(target).num_rows
        if not rows:
            target.unlink()
            return None
        return LakeFile(
            path,
            delivery.feed,
            kind,
            sha256_of(target),
            rows,
            delivery.delivery_id,
            delivery.received_at,
        )

    def _delivery(self, month: int) -> Delivery:
        """Return the delivery of a month: no file ever lay in a landing folder, so its hash is made up."""
        feed, plan = self._contract.feed, self._plan
        made_up = hashlib.sha256(f"{plan} {feed} {month}".encode()).hexdigest()
        name = f"{feed}-{month:02d}.parquet"
        received: datetime = received_at(month)
        return Delivery(
            feed=feed,
            path=Path("landing") / feed / name,
            received_at=received,
            sha256=made_up,
            rows=0,
            format="parquet",
            encoding=None,
            content_sha256=made_up,
            stamp=Stamp(feed, name, made_up, 0, 0),
        )
