"""What visitors found: recorded once, never discarded, and handed back to the engine as a feed."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection, RowMapping, insert, select, update

from serving.canonical import canonical_json
from serving.failpoints import failpoint
from serving.folders import write
from serving.store import Store
from serving.store.schema import ALERTS, OUTCOMES, OutcomeState

FEED = "visits"


class Finding(StrEnum):
    """What was found at the door."""

    NEED_AID_STARTED = "need_aid_started"
    NEED_NO_ENTITLEMENT = "need_no_entitlement"
    ALREADY_MET = "already_met"
    NO_NEED = "no_need"
    REFUSED = "refused"
    NOT_FOUND = "not_found"
    UNSAFE = "unsafe"


class Need(StrEnum):
    """What the household needs."""

    CASH = "cash"
    CARE = "care"
    JOB = "job"
    SCHOOL = "school"
    HOUSING = "housing"
    MENTAL = "mental"


class OutcomeConflict(Exception):
    """The outcome's id was used before for something else. Both are kept; the first one counts."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One visit as reported. ``outcome_id`` is made by the client when the visit is saved."""

    outcome_id: str
    alert_id: str
    visited_on: date
    finding: Finding
    needs: tuple[Need, ...]
    note: str | None
    worker_id: str
    worker_role: str

    @property
    def body_sha256(self) -> str:
        """Hash of what was reported, whoever reports it and whenever."""
        body = {
            "alert_id": self.alert_id,
            "finding": self.finding.value,
            "needs": sorted(need.value for need in self.needs),
            "note": self.note,
            "visited_on": self.visited_on.isoformat(),
        }
        return hashlib.sha256(canonical_json(body)).hexdigest()  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """Proof that an outcome is kept: the same for every resend."""

    outcome_id: str
    recorded_at: datetime
    is_new: bool
    state: OutcomeState


def record_outcome(
    work: Connection, *, outcome: Outcome, known_alert: bool, now: datetime, today: date
) -> Receipt:
    """Keep an outcome; the first body under an id counts, any other is kept beside it.

    ``known_alert`` False (no such alert for this worker: reassigned, withdrawn, mistyped) keeps it as an
    orphan, which counts nowhere until a person has looked at it. What a worker had recorded before the
    alert was reassigned keeps its receipt.

    Raises:
        OutcomeConflict: the id was used before for something else. Commit all the same: the
            conflicting body has just been added.
    """
    rows = work.execute(select(OUTCOMES).where(OUTCOMES.c.outcome_id == outcome.outcome_id)).all()
    same = next((row for row in rows if row.body_sha256 == outcome.body_sha256), None)
    counted = next((row for row in rows if row.state == OutcomeState.ACCEPTED), None)
    if (
        same is not None
        and same is counted
        and (known_alert or same.worker_id == outcome.worker_id)
    ):
        return Receipt(
            outcome_id=outcome.outcome_id,
            recorded_at=same.recorded_at,
            is_new=False,
            state=OutcomeState.ACCEPTED,
        )
    if not known_alert:
        state = OutcomeState.ORPHAN
    else:
        state = OutcomeState.ACCEPTED if counted is None else OutcomeState.CONFLICTING
    if same is None:
        _add(work, outcome, state=state, now=now, today=today)
    elif state is OutcomeState.ACCEPTED:
        # It came before the alert was this worker's: resent now, it counts from now on.
        work.execute(
            update(OUTCOMES)
            .where(
                OUTCOMES.c.outcome_id == outcome.outcome_id,
                OUTCOMES.c.body_sha256 == outcome.body_sha256,
            )
            .values(state=state, recorded_at=now, recorded_on=today)
        )
    if state is OutcomeState.CONFLICTING:
        raise OutcomeConflict(
            f"outcome {outcome.outcome_id} was recorded before with another content; both are kept,"
            " the first one counts. Send a changed finding under a new id"
        )
    return Receipt(outcome_id=outcome.outcome_id, recorded_at=now, is_new=True, state=state)


def deliver_findings(
    store: Store, *, landing: Path, as_of_date: date, today: date
) -> tuple[int, int]:
    """Hand back the outcomes of every finished day as deliveries of the visits feed.

    One file per day on which something was recorded, received at the end of that day: what was
    recorded before midnight is known to the night after it, and a day's file never changes. Files that
    are there already are left alone.

    Returns:
        How many files were written, and how many outcomes they hold.
    """
    closed = min(as_of_date, today)
    # The write lock, to wait for an outcome that was accepted just before midnight and is still being
    # committed: its day's file is written once.
    with store.write() as connection:
        days: Sequence[date] = connection.scalars(
            select(OUTCOMES.c.recorded_on)
            .distinct()
            .where(OUTCOMES.c.state == OutcomeState.ACCEPTED, OUTCOMES.c.recorded_on < closed)
            .order_by(OUTCOMES.c.recorded_on)
        ).all()
        missing = [day for day in days if not _manifest_of(landing, day).exists()]
        rows = {day: _visits_of(connection, day) for day in missing}
    for day, visits in rows.items():
        content = "".join(json.dumps(visit, ensure_ascii=False) + "\n" for visit in visits)
        data = landing / FEED / f"findings-{day.isoformat()}.jsonl"
        digest = write(data, content.encode())
        failpoint("outcomes.data_written")
        # The manifest last: a file without one is still being written and is left alone.
        received_at = datetime.combine(day + timedelta(days=1), time()) - timedelta(seconds=1)
        write(
            _manifest_of(landing, day),
            canonical_json(
                {
                    "feed": FEED,
                    "format": "jsonl",
                    "received_at": received_at.isoformat(),
                    "rows": len(visits),
                    "sha256": digest,
                }
            ),
        )
        failpoint("outcomes.manifest_written")
    return len(rows), sum(len(visits) for visits in rows.values())


def _manifest_of(landing: Path, day: date) -> Path:
    return landing / FEED / f"findings-{day.isoformat()}.jsonl.manifest.json"


def _visits_of(connection: Connection, day: date) -> list[dict[str, str | float | None]]:
    rows = connection.execute(
        select(OUTCOMES, ALERTS.c.household_id, ALERTS.c.lane, ALERTS.c.propensity)
        .join(ALERTS, ALERTS.c.alert_id == OUTCOMES.c.alert_id)
        .where(OUTCOMES.c.state == OutcomeState.ACCEPTED, OUTCOMES.c.recorded_on == day)
        .order_by(OUTCOMES.c.outcome_id)
    )
    return [_visit(row) for row in rows.mappings()]


def _visit(row: RowMapping) -> dict[str, str | float | None]:
    return {
        "visit_id": row["outcome_id"],
        "household_id": row["household_id"],
        "event_date": row["visited_on"].isoformat(),
        "channel": _channel(row["lane"], row["propensity"]),
        "propensity": row["propensity"],
        "finding": row["finding"],
        "needs": row["needs"] or None,
        "worker_role": row["worker_role"],
    }


def _channel(lane: str, propensity: float | None) -> str:
    """Return how the visit came about. A household drawn by lot counts as drawn, wherever it ranked."""
    if propensity is not None:
        return "routine_random"
    return "trigger" if lane == "urgent" else "list"


def _add(
    work: Connection, outcome: Outcome, *, state: OutcomeState, now: datetime, today: date
) -> None:
    work.execute(
        insert(OUTCOMES).values(
            outcome_id=outcome.outcome_id,
            body_sha256=outcome.body_sha256,
            alert_id=outcome.alert_id,
            state=state,
            visited_on=outcome.visited_on,
            finding=outcome.finding.value,
            needs=";".join(sorted(need.value for need in outcome.needs)),
            note=outcome.note,
            worker_id=outcome.worker_id,
            worker_role=outcome.worker_role,
            recorded_at=now,
            recorded_on=today,
        )
    )
