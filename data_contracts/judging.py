"""How one delivery is judged, and what is said about it.

=========================  ================================================================================
a row breaks an error      the row goes to quarantine with the check's id
a check is fatal, or an    the file is refused whole
error names no row
more than 2 % bad rows     the file is refused whole (``maxQuarantinedShare``), unless it is a handful
a warning                  recorded with the judgement
=========================  ================================================================================

Reasons carry feed, rows, columns, check ids and counts, never a cell.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa

from data_contracts.arrival import Delivery
from data_contracts.catalogue import Kind
from data_contracts.checks import Breach, Severity
from data_contracts.crosschecks import cross_breaches
from data_contracts.judgement import Judgement, Verdict
from data_contracts.lake import Lake, fact_schema
from data_contracts.odcs import Contract
from data_contracts.quarantine import quarantine_table
from data_contracts.readers import DeliveryRefused, Reading, read
from data_contracts.versions import Positions, news, repeats_within

if TYPE_CHECKING:
    # The library behind it takes seconds to import; a night with nothing new does without.
    from data_contracts.expectations import Suite

HANDFUL = 5
"""Up to this many bad rows never refuse a file: in a file of 40 rows one slip is already 2.5 %."""
ROWS_NAMED = 5
"""How many row numbers a reason lists before it says how many more there are."""
CONTRADICTED = "fact_is_told_once"
RESEND = "correct the export and send it again"


@dataclass
class Bench:
    """What one pass keeps at hand: the lake, a DuckDB to look things up with, suites, values of other feeds."""

    lake: Lake
    con: duckdb.DuckDBPyConnection
    suites: dict[str, "Suite"] = field(default_factory=dict)
    values: dict[tuple[str, str], Collection[str]] = field(default_factory=dict)

    def suite(self, contract: Contract) -> "Suite":
        """Return the compiled checks of a contract."""
        from data_contracts.expectations import suite_of

        if contract.feed not in self.suites:
            self.suites[contract.feed] = suite_of(contract)
        return self.suites[contract.feed]

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


@dataclass(frozen=True)
class Opened:
    """A file read and checked by itself; what depends on earlier deliveries is still to come."""

    reading: Reading
    breaches: tuple[Breach, ...]


def open_all(
    bench: Bench, deliveries: Sequence[Delivery], contract: Contract
) -> list[tuple[Delivery, Opened | DeliveryRefused]]:
    """Read deliveries of one feed and run the checks that look at one file only.

    Raises:
        ExpectationCrashed: a check could not be carried out.
    """
    from data_contracts.expectations import run

    opened: list[tuple[Delivery, Reading | DeliveryRefused]] = []
    for delivery in deliveries:
        try:
            opened.append((delivery, read(delivery, contract)))
        except DeliveryRefused as refusal:
            opened.append((delivery, refusal))
    suite = bench.suite(contract)
    frames = [
        reading.typed.select(list(suite.columns)).to_pandas(date_as_object=False)
        for _, reading in opened
        if isinstance(reading, Reading)
    ]
    found = iter(run(suite, frames) if frames else [])
    return [
        (delivery, Opened(reading, (*reading.breaches, *next(found))))
        if isinstance(reading, Reading)
        else (delivery, reading)
        for delivery, reading in opened
    ]


def judge(
    bench: Bench, delivery: Delivery, contract: Contract, opened: Opened | DeliveryRefused
) -> Judgement:
    """Judge one delivery, load what is good and store the judgement, all in one transaction.

    Deliveries of a feed must be judged in the order they were received.
    """
    known_as = bench.lake.catalogue.loaded_before_as(
        feed=delivery.feed, content_sha256=delivery.content_sha256
    )
    if known_as is not None:
        reason = f"the same content was already loaded as {known_as}; nothing to do"
        return _record(bench, delivery, Verdict.DUPLICATE, [reason], exact_duplicates=delivery.rows)
    if isinstance(opened, DeliveryRefused):
        return _record(bench, delivery, Verdict.REFUSED, [str(opened)], refused=delivery.rows)
    reading = opened.reading
    crossed = cross_breaches(delivery, contract, reading.typed, known_values=bench.known_values)
    breaches = [*opened.breaches, *crossed]
    bad = _bad_rows(breaches)
    good = np.setdiff1d(np.arange(reading.typed.num_rows), bad)
    repeats = repeats_within(reading.typed, contract, good)
    if repeats.contradicted.size:
        breaches.append(_contradiction(contract, repeats.contradicted))
        bad = _bad_rows(breaches)
    refusal = _fatal(breaches) or _too_many(contract, bad.size, reading.typed.num_rows, breaches)
    if refusal is not None:
        return _record(bench, delivery, Verdict.REFUSED, [refusal], refused=delivery.rows)
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


def _load(
    bench: Bench,
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


def _fatal(breaches: Sequence[Breach]) -> str | None:
    # An error that names no row could quarantine nothing; letting the file pass would hide it.
    fatal = [
        _told(breach)
        for breach in breaches
        if breach.severity is Severity.FATAL
        or (breach.severity is Severity.ERROR and breach.rows is None)
    ]
    return f"{'; '.join(fatal)}; {RESEND}" if fatal else None


def _too_many(contract: Contract, bad: int, rows: int, breaches: Sequence[Breach]) -> str | None:
    told = "; ".join(_told(breach) for breach in breaches if breach.severity is Severity.ERROR)
    if bad == rows:
        return f"none of the {rows} rows is good: {told}; {RESEND}"
    most = contract.max_quarantined_share
    if bad > HANDFUL and bad > most * rows:
        return (
            f"{bad} of {rows} rows ({bad / rows:.1%}) are bad, more than {most:.1%}, so the"
            f" good-looking rows are not trusted either: {told}; {RESEND}"
        )
    return None


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
    bench: Bench, delivery: Delivery, verdict: Verdict, reasons: Sequence[str], **rows: int
) -> Judgement:
    judgement = _judgement(delivery, verdict, reasons, **rows)
    bench.lake.catalogue.record(delivery, judgement, [])
    return judgement
