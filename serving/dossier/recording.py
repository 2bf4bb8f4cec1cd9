"""What visitors report, as the API and the forms of the pages are told it: one way in for both."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from serving.access.audit import Action
from serving.cases import (
    Attempt,
    AttemptReceipt,
    Case,
    Ground,
    Objection,
    record_attempt,
    record_objection,
    withdraw_objection,
)
from serving.cases.findings import Finding, Help, Need, Outcome, Receipt, record_outcome
from serving.cases.ladder import Channel, Evidence, Result
from serving.cases.notes import Note, record_note
from serving.dossier.change import Change
from serving.dossier.reach import acting_role, reached_alert


class VisitedTomorrow(ValueError):
    """The day of the visit is after today."""


@dataclass(frozen=True, kw_only=True)
class Reported:
    """What became of a report. ``is_theirs`` False: the alert is none that the reporter reaches."""

    receipt: Receipt
    is_theirs: bool


def report_outcome(
    change: Change,
    *,
    outcome_id: UUID,
    alert_id: UUID,
    visited_on: date,
    finding: Finding,
    needs: Iterable[Need],
    note: str | None,
    device_at: datetime | None,
    helped_by: Iterable[Help] = (),
    case_id: UUID | None = None,
    base_version: int | None = None,
) -> Reported:
    """Keep what was found at the door, by whoever reports it.

    Raises:
        VisitedTomorrow: nothing is kept.
        OutcomeConflict: the id was used before for something else. Commit all the same: the conflicting
            body has just been added.
    """
    if visited_on > change.today:
        raise VisitedTomorrow(f"visited_on is after today, {change.today}")
    caller = change.caller
    reached = reached_alert(change.work, caller=caller, alert_id=str(alert_id))
    outcome = Outcome(
        outcome_id=str(outcome_id),
        alert_id=str(alert_id),
        visited_on=visited_on,
        finding=finding,
        needs=tuple(dict.fromkeys(needs)),
        note=note,
        worker_id=caller.worker_id,
        worker_role=acting_role(caller, area_path=None if reached is None else reached.area_path),
        case_id=None if case_id is None else str(case_id),
        base_version=base_version,
        device_at=device_at,
        helped_by=tuple(dict.fromkeys(helped_by)),
    )
    change.note(
        Action.RECORDED,
        None if reached is None else reached.household_id,
        what="outcome",
        id=str(outcome_id),
    )
    receipt = record_outcome(
        change.work,
        outcome=outcome,
        known_alert=reached is not None,
        now=change.now,
        today=change.today,
    )
    return Reported(receipt=receipt, is_theirs=reached is not None)


def report_attempt(
    change: Change,
    case: Case,
    *,
    attempt_id: UUID,
    channel: Channel,
    result: Result,
    evidence: Evidence,
    device_at: datetime | None,
) -> AttemptReceipt:
    """Keep a try to reach the household of a case that the caller has taken.

    Raises:
        AttemptConflict: the id was used before for something else. Commit all the same: the conflicting
            body has just been added.
    """
    change.note(Action.RECORDED, case.household_id, what="attempt", id=str(attempt_id))
    attempt = Attempt(
        attempt_id=str(attempt_id),
        case_id=case.case_id,
        channel=channel,
        result=result,
        evidence=evidence,
        device_at=device_at,
        worker_id=change.caller.worker_id,
        worker_role=acting_role(change.caller, area_path=case.area_path),
    )
    return record_attempt(change.work, attempt=attempt, now=change.now, today=change.today)


def report_note(
    change: Change, case: Case, *, note_id: UUID, text: str, device_at: datetime | None
) -> datetime:
    """Keep a note on a case that the caller has taken, and return when it was kept.

    Raises:
        NoteConflict: the id was used before for something else. Commit all the same: the conflicting text
            has just been added.
    """
    change.note(Action.RECORDED, case.household_id, what="note", id=str(note_id))
    note = Note(
        note_id=str(note_id),
        case_id=case.case_id,
        text=text,
        device_at=device_at,
        worker_id=change.caller.worker_id,
        worker_role=acting_role(change.caller, area_path=case.area_path),
    )
    return record_note(change.work, note=note, now=change.now, today=change.today)


def report_objection(
    change: Change, household_id: str, *, objection_id: UUID, ground: Ground
) -> Objection:
    """Keep that a household in the caller's reach objects; raises as :func:`record_objection`."""
    change.note(Action.RECORDED, household_id, what="objection", id=str(objection_id))
    return record_objection(
        change.work,
        objection_id=str(objection_id),
        household_id=household_id,
        ground=ground,
        actor=change.caller.worker_id,
        now=change.now,
        today=change.today,
    )


def report_withdrawal(change: Change, household_id: str, *, objection_id: UUID) -> Objection:
    """Keep that a household takes its objection back; raises as :func:`withdraw_objection`."""
    change.note(Action.RECORDED, household_id, what="objection_withdrawal", id=str(objection_id))
    return withdraw_objection(
        change.work,
        objection_id=str(objection_id),
        actor=change.caller.worker_id,
        now=change.now,
        today=change.today,
    )
