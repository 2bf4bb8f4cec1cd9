"""The gate: deliveries -> verdicts. What is accepted is in the lake, what is not is told in plain words.

Judging is idempotent: a delivery once judged is not judged again. A crash leaves the deliveries before it
judged and the one being judged untouched; the next pass goes on from there. What makes a verdict is in
:mod:`data_contracts.judging`.
"""

import fcntl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path

import duckdb

from data_contracts.arrival import Delivery, LeftAlone, waiting
from data_contracts.edge import KeyNeeded
from data_contracts.judgement import Judgement, Verdict
from data_contracts.judging import Bench, judge, open_all
from data_contracts.lake import Lake
from data_contracts.odcs import Contract, delivery_ranks
from data_contracts.pseudonyms import Keyring
from data_contracts.releases import behind_original
from data_contracts.widening import widen

BYTES_AT_ONCE = 8_000_000
"""How much of one feed is read and checked in one go; a feed's first night brings years of small files."""

_DUCKDB: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


class GateError(RuntimeError):
    """The gate cannot do its work; the message says what the operator should do."""


def pass_gate(
    home: Path,
    contracts: Mapping[str, Contract],
    *,
    before: datetime,
    progress: Callable[[str], None],
    keyring: Keyring | None,
) -> list[Judgement]:
    """Judge every delivery received before a time that has not been judged yet.

    Feeds that others refer to are judged first; within a feed, by time of receipt and name.

    Args:
        home: folder with ``landing/``, ``lake/``, ``quarantine/`` and ``catalogue.db``.
        contracts: contracts by feed.
        before: deliveries received at or after this time belong to a later night.
        progress: is told one line per file, without any cell of it.
        keyring: makes pseudonyms of direct identifiers; None when they arrive as pseudonyms made upstream.

    Returns:
        The new judgements in the order they were made, then one with verdict ``waiting`` for each file that was
        left alone.

    Raises:
        GateError: there is no landing folder, or another pass is running.
        LakeError: a file of the lake is damaged.
        ExpectationCrashed: a check could not be carried out.
    """
    landing = home / "landing"
    if not landing.is_dir():
        raise GateError(f"no folder {landing}: create it, or point ZHAOREN_HOME at the right place")
    with (
        alone(home),
        (lake := Lake(home)).catalogue.held(),
        _duckdb().cursor() as con,
    ):
        widen(lake, contracts, progress=progress)
        stamps, judged = lake.catalogue.judged()
        deliveries, left = waiting(landing, contracts, before=before, judged=stamps)
        ranks = delivery_ranks(contracts)
        new = [delivery for delivery in deliveries if delivery.delivery_id not in judged]
        new.sort(key=lambda delivery: (ranks[delivery.feed], delivery.feed))
        bench = Bench(lake, con, keyring)
        judgements = []
        for portion in _portions(new):
            contract = contracts[portion[0].feed]
            missing = _missing_references(bench, contract)
            if missing:
                left += [_left_until(delivery, missing) for delivery in portion]
                continue
            for judgement in _judged(bench, portion, contract, left):
                progress(str(judgement))
                judgements.append(judgement)
        for thing in left:
            progress(str(_waiting(thing)))
        return [*judgements, *map(_waiting, left)]


def _judged(
    bench: Bench, portion: Sequence[Delivery], contract: Contract, left: list[LeftAlone]
) -> Iterator[Judgement]:
    try:
        for delivery, opened in open_all(bench, portion, contract):
            placed = behind_original(delivery, bench.lake.catalogue)
            if isinstance(placed, LeftAlone):
                left.append(placed)
            else:
                yield judge(bench, placed, contract, opened)
    except KeyNeeded as error:
        raise GateError(str(error)) from error


@cache
def _duckdb() -> duckdb.DuckDBPyConnection:
    """Return this process's in-memory DuckDB: opening one costs more than judging a small delivery."""
    return duckdb.connect(":memory:", config=_DUCKDB)


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Hold the home's gate: two passes at once would judge the same file twice.

    Raises:
        GateError: somebody else holds it.
    """
    with (home / "gate.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise GateError(
                f"another pass of the gate is running on {home}, or its lake is being worked on; wait for it to end"
            ) from error
        yield


def _portions(deliveries: Sequence[Delivery]) -> Iterator[list[Delivery]]:
    """Cut sorted deliveries into runs of one feed that fit into memory together."""
    portion: list[Delivery] = []
    size = 0
    for delivery in deliveries:
        bytes_read = delivery.stamp.size
        if portion and (delivery.feed != portion[0].feed or size + bytes_read > BYTES_AT_ONCE):
            yield portion
            portion, size = [], 0
        portion.append(delivery)
        size += bytes_read
    if portion:
        yield portion


def _missing_references(bench: Bench, contract: Contract) -> list[str]:
    """Return the feeds a contract refers to that have never delivered: it cannot be judged yet."""
    references = [check.reference for check in contract.checks if check.reference is not None]
    return [one.feed for one in references if not bench.known_values(one.feed, one.feed_column)]


def _left_until(delivery: Delivery, feeds: Sequence[str]) -> LeftAlone:
    reason = f"waits for feed {', '.join(feeds)}, which has not delivered yet; deliver that first"
    return LeftAlone(delivery.feed, delivery.name, reason)


def _waiting(thing: LeftAlone) -> Judgement:
    return Judgement(
        delivery_id="",
        feed=thing.feed,
        name=thing.name,
        received_at=None,
        verdict=Verdict.WAITING,
        reasons=(thing.reason,),
    )
