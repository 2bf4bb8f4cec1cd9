"""How each department keeps its promises, from what the gate stored; nothing is judged again.

Lateness counts gaps: a delivery is on time when it came within cadence plus latency of the one before. A
correction is a fact told again differently within :data:`CORRECTED_WITHIN_DAYS`; where a feed ends spells or
fills in payments that way, as its contract says, corrections are how it works and no fault.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median

import duckdb

from data_contracts.contract import Contract
from data_contracts.examination import Examination
from data_contracts.judgement import LOADED, Judgement, Verdict
from data_contracts.lake import Lake
from data_contracts.lake_files import Kind
from data_contracts.rates import Rate, together

CORRECTED_WITHIN_DAYS = 62
"""Two monthly deliveries: what is put right by then was told too early or wrongly."""
DISPUTES = "disputes"


@dataclass(frozen=True)
class FeedScore:
    """One feed. ``days_late`` is the median of late deliveries, None without any; ``open_disputes`` is None
    where nobody looks for contradictions.
    """

    feed: str
    department: str
    deliveries: int
    refused: Rate
    degraded: Rate
    on_time: Rate
    days_late: float | None
    required_empty: Rate
    optional_empty: Rate
    quarantined: Rate
    duplicates: Rate
    corrected: Rate
    open_disputes: int | None


@dataclass(frozen=True)
class DepartmentScore:
    """One department: its feeds taken together, and each."""

    department: str
    total: FeedScore
    feeds: tuple[FeedScore, ...]


def scorecard(
    home: Path, contracts: Mapping[str, Contract], *, before: datetime
) -> list[DepartmentScore]:
    """Return the score of every department, by name, over deliveries received before a time.

    Raises:
        LakeError: a file of the lake is damaged.
    """
    lake = Lake(home)
    judged: dict[str, list[Judgement]] = {feed: [] for feed in contracts}
    for one in lake.catalogue.judgements():
        if one.feed in judged and one.arrived < before:
            judged[one.feed].append(one)
    with duckdb.connect(":memory:") as con:
        disputes = _open_disputes(con, lake, before=before) if DISPUTES in contracts else None
        scores = [
            _score(
                contract,
                judged[feed],
                lake.catalogue.examinations(feed=feed),
                corrected=_corrected(con, lake, contract, judged[feed], before=before),
                open_disputes=None if disputes is None else disputes.get(feed, 0),
            )
            for feed, contract in sorted(contracts.items())
        ]
    departments = sorted({score.department for score in scores})
    return [
        _department(name, [score for score in scores if score.department == name])
        for name in departments
    ]


def _score(
    contract: Contract,
    judged: Sequence[Judgement],
    found: Mapping[str, Examination],
    *,
    corrected: Rate,
    open_disputes: int | None,
) -> FeedScore:
    loaded = sorted((one for one in judged if one.verdict in LOADED), key=lambda one: one.arrived)
    late = _days_late(contract, loaded)
    rows = sum(one.rows_in for one in judged)
    profiles = [found[one.delivery_id].profile for one in judged if one.delivery_id in found]
    empty: dict[bool, Rate] = {}
    for required in (True, False):
        names = [column.name for column in contract.columns if column.required is required]
        empty[required] = together(
            Rate(profile.nulls[name], profile.rows)
            for profile in profiles
            for name in names
            if name in profile.nulls
        )
    return FeedScore(
        feed=contract.feed,
        department=contract.department,
        deliveries=len(judged),
        refused=Rate(sum(one.verdict is Verdict.REFUSED for one in judged), len(judged)),
        degraded=Rate(sum(one.verdict is Verdict.DEGRADED for one in judged), len(judged)),
        on_time=Rate(sum(days <= 0 for days in late), len(late)),
        days_late=median([days for days in late if days > 0]) if any(x > 0 for x in late) else None,
        required_empty=empty[True],
        optional_empty=empty[False],
        quarantined=Rate(sum(one.quarantined for one in judged), rows),
        duplicates=Rate(sum(one.exact_duplicates for one in judged), rows),
        corrected=corrected,
        open_disputes=open_disputes,
    )


def _days_late(contract: Contract, loaded: Sequence[Judgement]) -> list[float]:
    """Return, per delivery after the first, days after it was due; negative when it came before."""
    promised = timedelta(days=contract.cadence_days + contract.latency_days)
    times = [one.arrived for one in loaded]
    return [
        (after - before - promised).total_seconds() / 86400 for before, after in pairwise(times)
    ]


def _corrected(
    con: duckdb.DuckDBPyConnection,
    lake: Lake,
    contract: Contract,
    judged: Sequence[Judgement],
    *,
    before: datetime,
) -> Rate:
    """Return facts told again differently in time, of those told long enough ago to have been."""
    within = timedelta(days=CORRECTED_WITHIN_DAYS)
    told = {
        one.delivery_id: one.arrived
        for one in judged
        if one.verdict in LOADED and one.arrived + within <= before
    }
    facts = sum(one.accepted for one in judged if one.delivery_id in told)
    paths = lake.paths(contract.feed, Kind.SUPERSEDED)
    if not paths or not told:
        return Rate(0, facts)
    ended = con.execute(
        f'SELECT delivery_id, "{contract.fact_id}", min(known_until) FROM read_parquet($paths)'
        " GROUP BY 1, 2",
        {"paths": paths},
    ).fetchall()
    corrected = sum(origin in told and until - told[origin] <= within for origin, _, until in ended)
    return Rate(min(corrected, facts), facts)


def _open_disputes(
    con: duckdb.DuckDBPyConnection, lake: Lake, *, before: datetime
) -> dict[str, int]:
    """Return how many disputes are open, by the feed whose fact is disputed."""
    paths = lake.paths(DISPUTES, Kind.FACTS)
    if not paths:
        return {}
    rows = con.execute(
        "SELECT disputed_feed, count(*) FROM"
        " (SELECT * FROM read_parquet($paths) WHERE known_from < $before"
        " QUALIFY row_number() OVER (PARTITION BY dispute_id ORDER BY known_from DESC) = 1)"
        " WHERE valid_to IS NULL OR valid_to >= $before::DATE GROUP BY 1",
        {"paths": paths, "before": before},
    ).fetchall()
    return {str(feed): int(count) for feed, count in rows}


def _department(name: str, scores: Sequence[FeedScore]) -> DepartmentScore:
    late = [score.days_late for score in scores if score.days_late is not None]
    disputes = [score.open_disputes for score in scores if score.open_disputes is not None]
    total = FeedScore(
        feed="",
        department=name,
        deliveries=sum(score.deliveries for score in scores),
        refused=together(score.refused for score in scores),
        degraded=together(score.degraded for score in scores),
        on_time=together(score.on_time for score in scores),
        days_late=median(late) if late else None,
        required_empty=together(score.required_empty for score in scores),
        optional_empty=together(score.optional_empty for score in scores),
        quarantined=together(score.quarantined for score in scores),
        duplicates=together(score.duplicates for score in scores),
        corrected=together(score.corrected for score in scores),
        open_disputes=sum(disputes) if disputes else None,
    )
    return DepartmentScore(name, total, tuple(scores))
