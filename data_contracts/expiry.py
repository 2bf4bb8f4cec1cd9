"""Facts leave when their contract's retention is over, with everything kept beside them.

A fact leaves whole, in all its versions, when the standing one has been over for longer than
``retention_days``: a spell by its ``valid_to`` (one still in force stays), anything else by ``event_date``.
Its sealed rows go with it. Quarantine and judged files of the landing folder leave when they were received
longer ago than that. What an open dispute speaks of stays until it is settled.

What was removed is told in the catalogue and never taken back, so a night published before cannot be replayed
by mistake as if nothing had happened.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path, PurePosixPath

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data_contracts.arrival import MANIFEST_SUFFIX, MARKER_SUFFIX
from data_contracts.compaction import remove
from data_contracts.contract import Contract
from data_contracts.edge import KeyNeeded
from data_contracts.gate import alone
from data_contracts.lake import ENCRYPTED_SUFFIX, Lake
from data_contracts.lake_files import Kind, LakeFile, Removal
from data_contracts.pseudonyms import Keyring
from data_contracts.sealed import open_sealed

OF_FACTS = (Kind.FACTS, Kind.SUPERSEDED, Kind.RETOLD, Kind.SEALED)
LANDING = "landing"
DISPUTES = "disputes"


@dataclass(frozen=True)
class Leaving:
    """One file that leaves, or loses rows; ``stays`` is what takes its place."""

    removal: Removal
    file: LakeFile | None
    stays: pa.Table | None


def expire(
    home: Path,
    contracts: Mapping[str, Contract],
    *,
    as_of_date: date,
    keyring: Keyring | None,
    dry_run: bool,
) -> list[Removal]:
    """Remove what is older than its contract allows; return what left, or with ``dry_run`` what would.

    Raises:
        GateError: the gate is at work on this home.
        LakeError: a file is missing or damaged.
        KeyNeeded: sealed rows are to leave and there is no key; nothing was removed.
    """
    with alone(home):
        lake = Lake(home)
        removed = []
        for feed, contract in sorted(contracts.items()):
            cutoff = as_of_date - timedelta(days=contract.retention_days)
            kept = _disputed(lake, contracts, feed)
            leaving = [
                *_facts(lake, contract, cutoff, kept, as_of_date, keyring),
                *_received_before(home, lake, contract, cutoff, kept, as_of_date),
            ]
            removed += [one.removal for one in leaving]
            if not dry_run and leaving:
                _publish(home, lake, leaving, as_of_date, keyring)
        return removed


def _disputed(lake: Lake, contracts: Mapping[str, Contract], feed: str) -> list[str]:
    """Return the ids of facts of a feed that an open dispute speaks of."""
    if DISPUTES not in contracts:
        return []
    rows = standing(lake, contracts[DISPUTES])
    of_feed = pc.and_(pc.equal(rows["disputed_feed"], feed), pc.is_null(rows["valid_to"]))
    return [str(told) for told in rows.filter(of_feed)["disputed_fact_id"].to_pylist()]


def standing(lake: Lake, contract: Contract) -> pa.Table:
    """Return the standing version of every fact of a feed, with ``delivery_id``."""
    facts = lake.paths(contract.feed, Kind.FACTS)
    if not facts:
        names = [*contract.stored_names, "delivery_id"]
        return pa.table({name: pa.array([], pa.string()) for name in names})
    ends = lake.paths(contract.feed, Kind.SUPERSEDED)
    ended = (
        f' ANTI JOIN read_parquet($ends) AS e ON e."{contract.fact_id}" = f."{contract.fact_id}"'
        " AND e.delivery_id = f.delivery_id AND e.written_by = f.written_by"
        if ends
        else ""
    )
    with duckdb.connect() as con:
        return con.sql(
            f"SELECT f.* FROM read_parquet($facts) AS f{ended}",
            params={"facts": facts} | ({"ends": ends} if ends else {}),
        ).to_arrow_table()


def _facts(
    lake: Lake,
    contract: Contract,
    cutoff: date,
    disputed: list[str],
    as_of_date: date,
    keyring: Keyring | None,
) -> Iterator[Leaving]:
    rows = standing(lake, contract)
    if not rows.num_rows:
        return
    last = "valid_to" if "valid_to" in contract.stored_names else "event_date"
    over = pc.fill_null(
        pc.less(rows[last].cast(pa.date32()), pa.scalar(cutoff, pa.date32())), False
    )
    ids = rows.filter(over)[contract.fact_id]
    gone = ids.filter(pc.invert(pc.is_in(ids, pa.array(disputed, ids.type)))).combine_chunks()
    if not len(gone):
        return
    for kind in OF_FACTS:
        for file in lake.files(contract.feed, kind):
            table = _read(lake, file, keyring)
            leaves = pc.is_in(table[contract.fact_id], gone.cast(table[contract.fact_id].type))
            count = pc.sum(leaves).as_py() or 0
            if count:
                told = Removal(as_of_date, contract.feed, kind.value, file.path, count, cutoff)
                yield Leaving(told, file, table.filter(pc.invert(leaves)))


def _received_before(
    home: Path, lake: Lake, contract: Contract, cutoff: date, disputed: list[str], as_of_date: date
) -> Iterator[Leaving]:
    rows = standing(lake, contract)
    spoken_of = pc.is_in(rows[contract.fact_id], pa.array(disputed, rows[contract.fact_id].type))
    needed = set(rows.filter(spoken_of)["delivery_id"].to_pylist())
    for file in lake.catalogue.files(kind=Kind.QUARANTINE, feed=contract.feed):
        if file.received_at.date() < cutoff and file.delivery_id not in needed:
            told = Removal(as_of_date, contract.feed, file.kind.value, file.path, file.rows, cutoff)
            yield Leaving(told, file, None)
    for judgement in lake.catalogue.judgements(feed=contract.feed):
        path = f"{LANDING}/{contract.feed}/{judgement.name}"
        old = judgement.received_at is not None and judgement.received_at.date() < cutoff
        if (
            old
            and judgement.delivery_id not in needed
            and _is_still(home / path, lake, judgement.delivery_id)
        ):
            told = Removal(as_of_date, contract.feed, LANDING, path, judgement.rows_in, cutoff)
            yield Leaving(told, None, None)


def _is_still(path: Path, lake: Lake, delivery_id: str) -> bool:
    """Whether the file that lies there is the delivery that was judged, not a newer one of that name."""
    stamp = lake.catalogue.stamp(delivery_id)
    if not path.exists():
        return False
    found = path.stat()
    return (found.st_size, found.st_mtime_ns) == (stamp.size, stamp.modified_ns)


def _read(lake: Lake, file: LakeFile, keyring: Keyring | None) -> pa.Table:
    if not file.path.endswith(ENCRYPTED_SUFFIX):
        return pq.ParquetFile(lake.path(file)).read()
    if keyring is None:
        raise KeyNeeded(
            f"{file.path} is encrypted and there is no key; restore the key file from its backup"
        )
    return open_sealed(lake, file, keyring)


def _publish(
    home: Path, lake: Lake, leaving: list[Leaving], as_of_date: date, keyring: Keyring | None
) -> None:
    """Write what stays, make it count in one transaction, then remove what left."""
    gone = [one.file for one in leaving if one.file is not None]
    new = [
        lake.write(
            one.stays,
            _renamed(one.file.path, as_of_date),
            feed=one.file.feed,
            kind=one.file.kind,
            origin=one.file.delivery_id,
            received_at=one.file.received_at,
            keyring=keyring if one.file.path.endswith(ENCRYPTED_SUFFIX) else None,
        )
        for one in leaving
        if one.file is not None and one.stays is not None and one.stays.num_rows
    ]
    lake.catalogue.replace(gone, new, removals=[one.removal for one in leaving])
    landed = [one.removal.path for one in leaving if one.removal.kind == LANDING]
    beside = [f"{path}{suffix}" for path in landed for suffix in (MANIFEST_SUFFIX, MARKER_SUFFIX)]
    remove(home, [*(file.path for file in gone), *landed, *beside])


def _renamed(path: str, as_of_date: date) -> str:
    """Return the name of what stays of a file; ``lake.write`` adds the suffix of encrypted ones again."""
    whole = PurePosixPath(path.removesuffix(ENCRYPTED_SUFFIX))
    stem, _, suffixes = whole.name.partition(".")
    before = stem.split("-expired-")[0]
    return (whole.parent / f"{before}-expired-{as_of_date:%Y%m%d}.{suffixes}").as_posix()
