"""How one delivery is judged, and what is said about it.

=========================  ================================================================================
a row breaks an error      the row goes to quarantine with the check's id
a check is fatal, or an    the file is refused whole
error names no row
more than 2 % bad rows     the file is refused whole (``maxQuarantinedShare``), unless it is a handful
a warning                  recorded with the judgement
a set check warns          loaded, and the feed is marked as degraded
a set check is fatal       the file is refused whole; depends on what was received before it
=========================  ================================================================================

Reasons carry feed, rows, columns, check ids and counts, never a cell.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa

from data_contracts.arrival import Delivery
from data_contracts.checks import Breach, Severity
from data_contracts.crosschecks import cross_breaches
from data_contracts.edge import Crossed, cross, require_none_raw_in_plain_text, sealed_of
from data_contracts.examination import Examination
from data_contracts.examining import compare, examination, set_breaches
from data_contracts.judgement import Judgement, Verdict
from data_contracts.lake import Lake
from data_contracts.lake_files import Kind
from data_contracts.lake_tables import fact_schema
from data_contracts.lookups import Lookups
from data_contracts.odcs import Contract
from data_contracts.pseudonyms import Keyring
from data_contracts.quarantine import quarantine_table
from data_contracts.readers import Reading, read
from data_contracts.refusal import DeliveryRefused
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
    """What one pass keeps at hand: the lake, a DuckDB to look things up with, the home's keys, suites, values of
    other feeds.
    """

    lake: Lake
    con: duckdb.DuckDBPyConnection
    keyring: Keyring | None
    suites: dict[str, "Suite"] = field(default_factory=dict)
    values: dict[tuple[str, str], Collection[str]] = field(default_factory=dict)

    @cached_property
    def others(self) -> Lookups:
        """What other feeds know, for set checks."""
        return Lookups(self.lake, self.con)

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
        self.others.forget(feed)


@dataclass(frozen=True)
class Opened:
    """A file read and checked by itself; what depends on earlier deliveries is still to come."""

    reading: Reading
    breaches: tuple[Breach, ...]
    sealed: pa.Table | None
    """What the edge kept apart, row by row (see :class:`data_contracts.edge.Crossed`)."""


def open_all(
    bench: Bench, deliveries: Sequence[Delivery], contract: Contract
) -> list[tuple[Delivery, Opened | DeliveryRefused]]:
    """Read deliveries of one feed, bring them over the edge, and run the checks that look at one file only.

    Raises:
        KeyNeeded: raw identifiers came to a home without a key.
        ExpectationCrashed: a check could not be carried out.
    """
    from data_contracts.expectations import run

    promised = contract.without_key() if bench.keyring is None else contract
    opened: list[tuple[Delivery, Crossed | DeliveryRefused]] = []
    for delivery in deliveries:
        try:
            reading = read(delivery, promised)
            opened.append((delivery, cross(reading, contract, keyring=bench.keyring)))
        except DeliveryRefused as refusal:
            opened.append((delivery, refusal))
    suite = bench.suite(contract)
    frames = [
        crossed.reading.typed.select(list(suite.columns)).to_pandas(date_as_object=False)
        for _, crossed in opened
        if isinstance(crossed, Crossed)
    ]
    found = iter(run(suite, frames) if frames else [])
    return [
        (
            delivery,
            Opened(crossed.reading, (*crossed.reading.breaches, *next(found)), crossed.sealed),
        )
        if isinstance(crossed, Crossed)
        else (delivery, crossed)
        for delivery, crossed in opened
    ]


def judge(
    bench: Bench, delivery: Delivery, contract: Contract, opened: Opened | DeliveryRefused
) -> Judgement:
    """Judge one delivery, load what is good and store the judgement, all in one transaction.

    Deliveries of a feed may be judged in any order; the facts come out the same.
    """
    if isinstance(opened, DeliveryRefused):
        return _record(bench, delivery, Verdict.REFUSED, [str(opened)], refused=delivery.rows)
    reading = opened.reading
    crossed = cross_breaches(delivery, contract, reading.typed, known_values=bench.known_values)
    breaches = [*opened.breaches, *crossed]
    if delivery.releases is not None:
        # What is said of a file as a whole was judged with the original.
        breaches = [breach for breach in breaches if breach.rows is not None]
    bad = _bad_rows(breaches)
    good = _without(np.arange(reading.typed.num_rows), bad)
    repeats = repeats_within(reading.typed, contract, good)
    if repeats.contradicted.size:
        breaches.append(_contradiction(contract, repeats.contradicted))
        bad, good = _bad_rows(breaches), _without(good, repeats.contradicted)
    profile, results = compare(
        bench.lake.catalogue, bench.others, delivery, contract, reading.typed
    )
    breaches += set_breaches(contract, results)
    found = examination(contract, profile, results, breaches)
    refusal = _fatal(breaches) or _too_many(contract, bad.size, reading.typed.num_rows, breaches)
    if refusal is not None:
        return _record(bench, delivery, Verdict.REFUSED, [refusal], found, refused=delivery.rows)
    kept = _without(good, repeats.exact)
    return _load(
        bench,
        delivery,
        contract,
        opened,
        breaches,
        found,
        kept=kept,
        good=good,
        bad=bad,
    )


def _load(
    bench: Bench,
    delivery: Delivery,
    contract: Contract,
    opened: Opened,
    breaches: Sequence[Breach],
    found: Examination,
    *,
    kept: Positions,
    good: Positions,
    bad: Positions,
) -> Judgement:
    reading = opened.reading
    rows = reading.typed.take(pa.array(kept)).cast(fact_schema(contract))
    fresh = news(bench.con, bench.lake, contract, rows, order=delivery.order)
    known_as = bench.lake.catalogue.loaded_before_as(
        feed=delivery.feed, content_sha256=delivery.content_sha256
    )
    reasons = [
        *reading.remarks,
        *(_told(breach) for breach in breaches),
        *(f"check {one.check_id}: {one.detail}" for one in found.noted),
    ]
    if bad.size:
        reasons.append(
            f"{bad.size} refused rows are kept in quarantine/{delivery.feed}, file {delivery.delivery_id}; have"
            f" {contract.department} correct them and release them with `zhaoren quarantine`"
        )
    verdict = Verdict.ACCEPTED_WITH_QUARANTINE if bad.size else Verdict.ACCEPTED
    if found.unusual:
        verdict = Verdict.DEGRADED
    if not fresh.accepted and (known_as is not None or not bad.size):
        verdict = Verdict.DUPLICATE
        if known_as is None:
            reasons.append("every row is already in the lake with the same values; nothing to do")
        else:
            # Its refused rows lie in quarantine already.
            reasons = [f"the same content was already loaded as {known_as}; nothing to do"]
            bad, breaches = bad[:0], ()
    judgement = _judgement(
        delivery,
        verdict,
        reasons,
        found,
        accepted=fresh.accepted,
        quarantined=bad.size,
        exact_duplicates=delivery.rows - fresh.accepted - bad.size,
    )
    quarantined = quarantine_table(
        reading, [breach for breach in breaches if breach.severity is Severity.ERROR]
    )
    if bench.keyring is None:
        require_none_raw_in_plain_text(quarantined, contract)
    bench.lake.append(
        delivery,
        judgement,
        facts=fresh.facts,
        superseded=fresh.superseded,
        retold=fresh.retold,
        quarantined=quarantined,
        sealed=sealed_of(opened.sealed, fresh.facts, kept),
        keyring=bench.keyring,
        told=hashlib.sha256(kept.tobytes()).hexdigest(),
        released=[delivery.source_rows[row] for row in good] if delivery.releases else [],
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


def _without(rows: Positions, others: Positions) -> Positions:
    """Return sorted distinct rows less others; saying that they are distinct saves hashing every one."""
    return np.setdiff1d(rows, others, assume_unique=True)


def _contradiction(contract: Contract, rows: Positions) -> Breach:
    detail = "another row further down tells the same fact differently; the last one is kept"
    return Breach(
        CONTRADICTED, contract.fact_id, Severity.ERROR, tuple(sorted(rows.tolist())), detail
    )


def _told(breach: Breach) -> str:
    what = f"check {breach.check_id}" + (f", column {breach.column}" if breach.column else "")
    label = "warning, " if breach.severity is Severity.WARNING else ""
    if breach.rows is None:
        return f"{label}{what}: {breach.detail}"
    named = ", ".join(str(row + 1) for row in breach.rows[:ROWS_NAMED])
    more = f" and {len(breach.rows) - ROWS_NAMED} more" if len(breach.rows) > ROWS_NAMED else ""
    return f"{label}{what}, {'row' if len(breach.rows) == 1 else 'rows'} {named}{more}: {breach.detail}"


def _judgement(
    delivery: Delivery,
    verdict: Verdict,
    reasons: Sequence[str],
    found: Examination | None,
    **rows: int,
) -> Judgement:
    return Judgement(
        delivery_id=delivery.delivery_id,
        feed=delivery.feed,
        name=delivery.name,
        received_at=delivery.received_at,
        verdict=verdict,
        reasons=tuple(reasons),
        rows_in=delivery.rows,
        examination=found,
        **rows,
    )


def _record(
    bench: Bench,
    delivery: Delivery,
    verdict: Verdict,
    reasons: Sequence[str],
    found: Examination | None = None,
    **rows: int,
) -> Judgement:
    judgement = _judgement(delivery, verdict, reasons, found, **rows)
    bench.lake.catalogue.record(delivery, judgement, [])
    return judgement
