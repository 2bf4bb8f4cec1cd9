"""What visitors found: recorded once and never discarded. :mod:`serving.cases.visits_feed` hands it back to the engine."""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Connection, Row, RowMapping, bindparam, func, insert, select, update

from serving.canonical import Json, canonical_json
from serving.cases.journal import CaseUnknown, case_of_alert_to_change, case_to_change
from serving.cases.lifecycle import Case
from serving.cases.outcomes import Clash, Judged, Told, judge, take_in
from serving.store.schema import OUTCOMES, OutcomeState
from serving.store.turns import take_turn

_UNDER_ID = select(OUTCOMES).where(OUTCOMES.c.outcome_id == bindparam("outcome_id"))
_ADD = insert(OUTCOMES)


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


class Help(StrEnum):
    """What would have helped, in the visitor's view, whether or not there is an entitlement to it."""

    CASH_ONCE = "cash_once"
    CASH_REGULARLY = "cash_regularly"
    APPLYING = "applying"
    MEDICAL_COSTS = "medical_costs"
    CARE_AT_HOME = "care_at_home"
    COMPANY = "company"
    JOB = "job"
    TRAINING = "training"
    SCHOOL_COSTS = "school_costs"
    HOUSING_REPAIR = "housing_repair"
    RENT_OR_HEATING = "rent_or_heating"
    COUNSELLING = "counselling"
    LEGAL_ADVICE = "legal_advice"


class OutcomeConflict(Exception):
    """The outcome's id was used before for something else. Both are kept; the first one counts."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One visit as reported. ``outcome_id`` is made by the client when the visit is saved.

    ``base_version`` is the version of the case the client had read; None from a client that reads none.
    ``device_at`` is the device's own time, kept beside the server's and never believed.
    """

    outcome_id: str
    alert_id: str
    visited_on: date
    finding: Finding
    needs: tuple[Need, ...]
    note: str | None
    worker_id: str
    worker_role: str
    case_id: str | None = None
    base_version: int | None = None
    device_at: datetime | None = None
    helped_by: tuple[Help, ...] = ()

    @property
    def body_sha256(self) -> str:
        """Hash of what was reported, whoever reports it and whenever.

        What older clients do not send is left out: their resends must still be known again.
        """
        told: dict[str, Json] = {
            "base_version": self.base_version,
            "case_id": self.case_id,
            "device_at": None if self.device_at is None else self.device_at.isoformat(),
            "helped_by": ";".join(sorted(self.helped_by)) or None,
        }
        body: dict[str, Json] = {
            "alert_id": self.alert_id,
            "finding": self.finding.value,
            "needs": [*sorted(need.value for need in self.needs)],
            "note": self.note,
            "visited_on": self.visited_on.isoformat(),
            **{name: value for name, value in told.items() if value is not None},
        }
        return hashlib.sha256(canonical_json(body)).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """Proof that an outcome is kept: the same for every resend."""

    outcome_id: str
    recorded_at: datetime
    is_new: bool
    state: OutcomeState
    case_id: str | None = None
    case_version: int | None = None
    clash: Clash | None = None


def record_outcome(
    work: Connection, *, outcome: Outcome, known_alert: bool, now: datetime, today: date
) -> Receipt:
    """Keep an outcome; the first body under an id counts, any other is kept beside it.

    ``known_alert`` False (no such alert for this worker: withdrawn, mistyped) keeps it as an orphan, which
    counts nowhere until a person has looked at it; so does a case that was closed or given to somebody else
    since this client read it. What a worker had recorded before that keeps its receipt.

    Raises:
        OutcomeConflict: the id was used before for something else. Commit all the same: the
            conflicting body has just been added.
    """
    # First of all: until this transaction ends, nobody else records anything here, nor this a second time.
    case = _take_case(work, outcome) if known_alert else None
    if case is None:
        take_turn(work, f"alert/{outcome.alert_id}")
    rows = work.execute(_UNDER_ID, {"outcome_id": outcome.outcome_id}).all()
    same = next((row for row in rows if row.body_sha256 == outcome.body_sha256), None)
    counted = next((row for row in rows if row.state == OutcomeState.ACCEPTED), None)
    if (
        same is not None
        and same is counted
        and (known_alert or same.worker_id == outcome.worker_id)
    ):
        return _receipt(same)
    judged = _judge(work, outcome, case)
    if not known_alert or judged.is_late:
        state = OutcomeState.ORPHAN
    else:
        state = OutcomeState.ACCEPTED if counted is None else OutcomeState.CONFLICTING
    if same is not None and state is OutcomeState.ORPHAN and same.state == state:
        return _receipt(same)
    if state is OutcomeState.ACCEPTED and case is not None:
        case = take_in(work, case, _told(outcome), judged, now=now, today=today)
    kept = {
        "state": state,
        "recorded_at": now,
        "recorded_on": today,
        "case_id": None if case is None else case.case_id,
        "case_version": None if case is None else case.version,
        "clash": None if judged.clash is None else judged.clash.value,
    }
    if same is None:
        _add(work, outcome, kept)
    elif state is OutcomeState.ACCEPTED:
        # It came before the alert was this worker's: resent now, it counts from now on.
        work.execute(
            update(OUTCOMES)
            .where(
                OUTCOMES.c.outcome_id == outcome.outcome_id,
                OUTCOMES.c.body_sha256 == outcome.body_sha256,
            )
            .values(**kept)
        )
    if state is OutcomeState.CONFLICTING:
        raise OutcomeConflict(
            f"outcome {outcome.outcome_id} was recorded before with another content; both are kept,"
            " the first one counts. Send a changed finding under a new id"
        )
    return Receipt(
        outcome_id=outcome.outcome_id,
        recorded_at=now,
        is_new=True,
        state=state,
        case_id=None if case is None else case.case_id,
        case_version=None if case is None else case.version,
        clash=judged.clash,
    )


def counted_for(read: Connection, *, worker_id: str) -> dict[OutcomeState, int]:
    """Return how many outcomes a worker has reported, by state: what came late was work all the same."""
    rows = read.execute(
        select(OUTCOMES.c.state, func.count())
        .where(OUTCOMES.c.worker_id == worker_id)
        .group_by(OUTCOMES.c.state)
    )
    return {OutcomeState(state): count for state, count in rows}


def unsettled(read: Connection, *, case_ids: Sequence[str]) -> list[RowMapping]:
    """Return the outcomes of these cases that a person has to look at: orphans, conflicts, hard clashes."""
    return list(
        read.execute(
            select(OUTCOMES)
            .where(
                OUTCOMES.c.case_id.in_(case_ids),
                (OUTCOMES.c.state != OutcomeState.ACCEPTED) | (OUTCOMES.c.clash == Clash.HARD),
            )
            .order_by(OUTCOMES.c.recorded_at, OUTCOMES.c.outcome_id)
        ).mappings()
    )


def _take_case(work: Connection, outcome: Outcome) -> Case | None:
    """Return the case an outcome is about, which is ours now; None for an alert from before cases."""
    case = case_of_alert_to_change(work, alert_id=outcome.alert_id)
    if case is None and outcome.case_id is not None:
        with suppress(CaseUnknown):
            return case_to_change(work, case_id=outcome.case_id)
    return case


def _judge(work: Connection, outcome: Outcome, case: Case | None) -> Judged:
    """Say how an outcome meets its case; one that names a case that is not there comes late."""
    if case is None:
        return Judged(is_late=outcome.case_id is not None, clash=None)
    return judge(work, case, _told(outcome))


def _told(outcome: Outcome) -> Told:
    return Told(
        outcome_id=outcome.outcome_id,
        finding=outcome.finding.value,
        needs=tuple(need.value for need in outcome.needs),
        base_version=outcome.base_version,
        worker_id=outcome.worker_id,
        worker_role=outcome.worker_role,
    )


def _receipt(row: Row[tuple[object, ...]]) -> Receipt:
    return Receipt(
        outcome_id=row.outcome_id,
        recorded_at=row.recorded_at,
        is_new=False,
        state=OutcomeState(row.state),
        case_id=row.case_id,
        case_version=row.case_version,
        clash=None if row.clash is None else Clash(row.clash),
    )


def _add(work: Connection, outcome: Outcome, kept: dict[str, object]) -> None:
    work.execute(
        _ADD,
        {
            "outcome_id": outcome.outcome_id,
            "body_sha256": outcome.body_sha256,
            "alert_id": outcome.alert_id,
            "visited_on": outcome.visited_on,
            "finding": outcome.finding.value,
            "needs": ";".join(sorted(need.value for need in outcome.needs)),
            "note": outcome.note,
            "worker_id": outcome.worker_id,
            "worker_role": outcome.worker_role,
            "base_version": outcome.base_version,
            "device_at": outcome.device_at,
            "helped_by": ";".join(sorted(one.value for one in outcome.helped_by)) or None,
            **kept,
        },
    )
