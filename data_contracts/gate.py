"""The gate: deliveries -> verdicts. What is accepted is in the lake, what is not is told in plain words.

=========================  ================================================================================
a row breaks an error      the row goes to quarantine with the check's id
a check is fatal, or an    the file is refused whole
error names no row
more than 2 % bad rows     the file is refused whole (``maxQuarantinedShare``), unless it is a handful
a warning                  recorded with the judgement
=========================  ================================================================================

Judging is idempotent: a delivery once judged is not judged again. A crash leaves the deliveries before it
judged and the one being judged untouched; the next pass goes on from there.
"""

import fcntl
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from data_contracts.arrival import Delivery, LeftAlone, waiting
from data_contracts.catalogue import Kind
from data_contracts.checks import Breach, Severity
from data_contracts.crosschecks import cross_breaches
from data_contracts.judgement import Judgement, Verdict
from data_contracts.lake import Lake, fact_schema
from data_contracts.odcs import Contract, delivery_ranks
from data_contracts.quarantine import quarantine_table
from data_contracts.readers import DeliveryRefused, Reading, read
from data_contracts.versions import Positions, news, repeats_within

HANDFUL = 5
"""Up to this many bad rows never refuse a file: in a file of 40 rows one slip is already 2.5 %."""
ROWS_NAMED = 5
"""How many row numbers a reason lists before it says how many more there are."""

CONTRADICTED = "fact_is_told_once"


class GateError(RuntimeError):
    """The gate cannot do its work; the message says what the operator should do."""


def pass_gate(
    home: Path,
    contracts: Mapping[str, Contract],
    *,
    before: datetime,
    progress: Callable[[str], None],
) -> list[Judgement]:
    """Judge every delivery received before a time that has not been judged yet.

    Feeds that others refer to are judged first, then by time of receipt, feed and name.

    Args:
        home: folder with ``landing/``, ``lake/``, ``quarantine/`` and ``catalogue.db``.
        contracts: contracts by feed.
        before: deliveries received at or after this time belong to a later night.
        progress: is told one line per file, without any cell of it.

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
    with _alone(home), duckdb.connect(":memory:", config=_DUCKDB) as con:
        lake = Lake(home)
        stamps, judged = lake.catalogue.judged()
        deliveries, left = waiting(landing, contracts, before=before, judged=stamps)
        ranks = delivery_ranks(contracts)
        deliveries.sort(key=lambda delivery: ranks[delivery.feed])
        bench = _Bench(lake, con)
        judgements = []
        for delivery in deliveries:
            if delivery.delivery_id in judged:
                continue
            judgement = _judge(bench, delivery, contracts[delivery.feed])
            progress(str(judgement))
            judgements.append(judgement)
        for thing in left:
            progress(str(_waiting(thing)))
        return [*judgements, *map(_waiting, left)]


_DUCKDB: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


@dataclass
class _Bench:
    """What one pass keeps at hand: the lake, a DuckDB to look things up with, suites, values of other feeds."""

    lake: Lake
    con: duckdb.DuckDBPyConnection
    suites: dict[str, object] = field(default_factory=dict)
    values: dict[tuple[str, str], Collection[str]] = field(default_factory=dict)

    def known_values(self, feed: str, column: str) -> Collection[str]:
        """Return every value of a column of a feed accepted so far."""
        if (feed, column) not in self.values:
            paths = self.lake.paths(feed, Kind.FACTS)
            found = (
                self.con.execute(
                    f'SELECT DISTINCT "{column}" FROM read_parquet($paths)', {"paths": paths}
                ).fetchall()
                if paths
                else []
            )
            self.values[feed, column] = frozenset(row[0] for row in found)
        return self.values[feed, column]

    def forget(self, feed: str) -> None:
        """Drop the values of a feed that has just delivered."""
        for key in [key for key in self.values if key[0] == feed]:
            del self.values[key]


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Hold the home's gate: two passes at once would judge the same file twice."""
    with (home / "gate.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise GateError(
                f"another pass of the gate is running on {home}; wait for it to end"
            ) from error
        yield


def _judge(bench: _Bench, delivery: Delivery, contract: Contract) -> Judgement:
    known_as = bench.lake.catalogue.loaded_before_as(
        feed=delivery.feed, content_sha256=delivery.content_sha256
    )
    if known_as is not None:
        reason = f"the same content was already loaded as {known_as}; nothing to do"
        return _record(bench, delivery, Verdict.DUPLICATE, [reason], exact_duplicates=delivery.rows)
    try:
        reading = read(delivery, contract)
        breaches = [*reading.breaches, *_breaches(bench, delivery, contract, reading)]
        _require_no_fatal(breaches)
        bad = _bad_rows(breaches)
        good = np.setdiff1d(np.arange(reading.typed.num_rows), bad)
        repeats = repeats_within(reading.typed, contract, good)
        if repeats.contradicted.size:
            breaches.append(_contradiction(contract, repeats.contradicted))
            bad = _bad_rows(breaches)
        _require_few(contract, bad.size, reading.typed.num_rows, breaches)
    except DeliveryRefused as refusal:
        return _record(bench, delivery, Verdict.REFUSED, [str(refusal)], refused=delivery.rows)
    kept = np.setdiff1d(np.setdiff1d(good, repeats.exact), repeats.contradicted)
    return _load(
        bench,
        delivery,
        contract,
        reading,
        breaches,
        kept=kept,
        bad=bad,
        repeated=repeats.exact.size,
    )


def _breaches(
    bench: _Bench, delivery: Delivery, contract: Contract, reading: Reading
) -> list[Breach]:
    from data_contracts.expectations import Suite, run, suite_of

    suite = bench.suites.get(contract.feed)
    if not isinstance(suite, Suite):
        suite = bench.suites[contract.feed] = suite_of(contract)
    frame = reading.typed.select(list(suite.columns)).to_pandas(date_as_object=False)
    crossed = cross_breaches(delivery, contract, reading.typed, known_values=bench.known_values)
    return [*run(suite, frame), *crossed]


def _load(
    bench: _Bench,
    delivery: Delivery,
    contract: Contract,
    reading: Reading,
    breaches: Sequence[Breach],
    *,
    kept: Positions,
    bad: Positions,
    repeated: int,
) -> Judgement:
    rows = reading.typed.take(pa.array(kept)).cast(fact_schema(contract))
    fresh = news(
        bench.con,
        bench.lake,
        contract,
        rows,
        received_at=delivery.received_at,
        delivery_id=delivery.delivery_id,
    )
    accepted = len(fresh.positions)
    reasons = [*reading.remarks, *(_told(breach) for breach in breaches)]
    if bad.size:
        reasons.append(
            f"{bad.size} refused rows are kept in quarantine/{delivery.feed}/{delivery.delivery_id}.parquet; have"
            f" {contract.department} correct them and send them in a new file"
        )
    verdict = Verdict.ACCEPTED_WITH_QUARANTINE if bad.size else Verdict.ACCEPTED
    if not accepted and not bad.size:
        verdict = Verdict.DUPLICATE
        reasons.append("every row is already in the lake with the same values; nothing to do")
    judgement = _judgement(
        delivery,
        verdict,
        reasons,
        accepted=accepted,
        quarantined=bad.size,
        exact_duplicates=repeated + rows.num_rows - accepted,
    )
    bench.lake.append(
        delivery,
        judgement,
        contract,
        facts=rows.take(pa.array(fresh.positions)),
        superseded=fresh.superseded,
        quarantined=quarantine_table(
            reading, [breach for breach in breaches if breach.severity is Severity.ERROR]
        ),
    )
    bench.forget(delivery.feed)
    return judgement


def _require_no_fatal(breaches: Sequence[Breach]) -> None:
    # An error that names no row could quarantine nothing; letting the file pass would hide it.
    fatal = [
        _told(breach)
        for breach in breaches
        if breach.severity is Severity.FATAL
        or (breach.severity is Severity.ERROR and breach.rows is None)
    ]
    if fatal:
        raise DeliveryRefused("; ".join(fatal) + "; correct the export and send it again")


def _require_few(contract: Contract, bad: int, rows: int, breaches: Sequence[Breach]) -> None:
    told = "; ".join(_told(breach) for breach in breaches if breach.severity is Severity.ERROR)
    if bad == rows:
        raise DeliveryRefused(
            f"none of the {rows} rows is good: {told}; correct the export and send it again"
        )
    if bad > HANDFUL and bad > contract.max_quarantined_share * rows:
        raise DeliveryRefused(
            f"{bad} of {rows} rows ({bad / rows:.1%}) are bad, more than {contract.max_quarantined_share:.1%}, so the"
            f" good-looking rows are not trusted either: {told}; correct the export and send it again"
        )


def _bad_rows(breaches: Sequence[Breach]) -> Positions:
    rows = {
        row for breach in breaches if breach.severity is Severity.ERROR for row in breach.rows or ()
    }
    return np.array(sorted(rows), np.int64)


def _contradiction(contract: Contract, rows: Positions) -> Breach:
    detail = "another row further down tells the same fact differently; the last one is kept"
    return Breach(
        CONTRADICTED, contract.fact_id, Severity.ERROR, tuple(sorted(rows.tolist())), detail
    )


def _told(breach: Breach) -> str:
    what = f"check {breach.check_id}" + (f", column {breach.column}" if breach.column else "")
    if breach.rows is None:
        return f"{what}: {breach.detail}"
    named = ", ".join(str(row + 1) for row in breach.rows[:ROWS_NAMED])
    more = f" and {len(breach.rows) - ROWS_NAMED} more" if len(breach.rows) > ROWS_NAMED else ""
    label = "warning, " if breach.severity is Severity.WARNING else ""
    return f"{label}{what}, {'row' if len(breach.rows) == 1 else 'rows'} {named}{more}: {breach.detail}"


def _judgement(
    delivery: Delivery, verdict: Verdict, reasons: Sequence[str], **rows: int
) -> Judgement:
    return Judgement(
        delivery_id=delivery.delivery_id,
        feed=delivery.feed,
        name=delivery.name,
        received_at=delivery.received_at,
        verdict=verdict,
        reasons=tuple(reasons),
        rows_in=delivery.rows,
        **rows,
    )


def _record(
    bench: _Bench, delivery: Delivery, verdict: Verdict, reasons: Sequence[str], **rows: int
) -> Judgement:
    judgement = _judgement(delivery, verdict, reasons, **rows)
    bench.lake.catalogue.record(delivery, judgement, [])
    return judgement


def _waiting(thing: LeftAlone) -> Judgement:
    return Judgement(
        delivery_id="",
        feed=thing.feed,
        name=thing.name,
        received_at=None,
        verdict=Verdict.WAITING,
        reasons=(thing.reason,),
    )
