"""The contact ladder: every try to reach a household, kept with its evidence; a letter comes last.

Idempotent like outcomes: the same id and body give the same receipt. Nothing here closes a case.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select

from serving.canonical import Json, canonical_json
from serving.cases.journal import append, case_to_change
from serving.cases.lifecycle import Case, Event, due_content
from serving.store.tables.cases import ATTEMPTS, AttemptState, CaseEventKind, CaseState


class Channel(StrEnum):
    """How somebody tried."""

    VISIT = "visit"
    PHONE = "phone"
    MESSAGE = "message"
    LETTER = "letter"


class Result(StrEnum):
    """What came of it. Only ``reached`` and ``refused`` met somebody; none says anything about need."""

    REACHED = "reached"
    REFUSED = "refused"
    NO_ANSWER = "no_answer"
    NOBODY_HOME = "nobody_home"
    EMPTY_HOME = "empty_home"
    MOVED = "moved"
    WRONG_CONTACT = "wrong_contact"
    UNSAFE = "unsafe"
    SENT = "sent"


class Evidence(StrEnum):
    """What shows that it was tried. Photographs and tracks are not asked for."""

    NONE = "none"
    CALL_LOG = "call_log"
    NOTE_LEFT = "note_left"
    NEIGHBOUR = "neighbour"
    WITNESS = "witness"
    POST_RECEIPT = "post_receipt"
    SEND_LOG = "send_log"


class Refused(StrEnum):
    """Why an attempt does not count."""

    LETTER_TOO_EARLY = "letter_too_early"
    OTHER_WORKER = "other_worker"
    CASE_CLOSED = "case_closed"


MET = frozenset({Result.REACHED, Result.REFUSED})
_TRIES = frozenset({Channel.VISIT, Channel.PHONE})
"""That a message or a letter was sent is no day on which somebody tried to meet the household."""


class AttemptConflict(Exception):
    """The attempt's id was used before for something else. Both are kept; the first one counts."""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One try as reported. ``attempt_id`` is made by the client when the try is saved."""

    attempt_id: str
    case_id: str
    channel: Channel
    result: Result
    evidence: Evidence
    device_at: datetime | None
    worker_id: str
    worker_role: str

    @property
    def body_sha256(self) -> str:
        """Hash of what was reported, whoever reports it."""
        body: dict[str, Json] = {
            "case_id": self.case_id,
            "channel": self.channel.value,
            "device_at": None if self.device_at is None else self.device_at.isoformat(),
            "evidence": self.evidence.value,
            "result": self.result.value,
        }
        return hashlib.sha256(canonical_json(body)).hexdigest()


@dataclass(frozen=True, kw_only=True)
class AttemptReceipt:
    """Proof that an attempt is kept: the same for every resend. ``reason`` where it does not count."""

    attempt_id: str
    recorded_at: datetime
    is_new: bool
    state: AttemptState
    reason: Refused | None
    case_version: int | None


def record_attempt(
    work: Connection, *, attempt: Attempt, now: datetime, today: date
) -> AttemptReceipt:
    """Keep an attempt and note it in its case; after enough fruitless days the search begins.

    Raises:
        CaseUnknown: no such case; nothing is kept, since there is nothing it could belong to.
        AttemptConflict: the id was used before for something else. Commit all the same: the
            conflicting body has just been added.
    """
    rows = work.execute(select(ATTEMPTS).where(ATTEMPTS.c.attempt_id == attempt.attempt_id)).all()
    same = next((row for row in rows if row.body_sha256 == attempt.body_sha256), None)
    if same is not None and same.state != AttemptState.CONFLICTING:
        return AttemptReceipt(
            attempt_id=attempt.attempt_id,
            recorded_at=same.recorded_at,
            is_new=False,
            state=AttemptState(same.state),
            reason=None if same.reason is None else Refused(same.reason),
            case_version=same.case_version,
        )
    case = case_to_change(work, case_id=attempt.case_id)
    if rows:
        if same is None:
            _keep(work, attempt, AttemptState.CONFLICTING, None, None, now=now, today=today)
        raise AttemptConflict(
            f"attempt {attempt.attempt_id} was recorded before with another content; both are kept,"
            " the first one counts"
        )
    reason = _against(case, attempt)
    version = None
    state = AttemptState.ACCEPTED
    if reason is not None:
        is_late = reason is not Refused.LETTER_TOO_EARLY
        state = AttemptState.ORPHAN if is_late else AttemptState.REFUSED
    else:
        version = _note(work, case, attempt, now=now, today=today).version
    _keep(work, attempt, state, reason, version, now=now, today=today)
    return AttemptReceipt(
        attempt_id=attempt.attempt_id,
        recorded_at=now,
        is_new=True,
        state=state,
        reason=reason,
        case_version=version,
    )


def _against(case: Case, attempt: Attempt) -> Refused | None:
    """Return why the attempt cannot count; None if it does."""
    if not case.is_open:
        return Refused.CASE_CLOSED
    if case.assigned_to not in (None, attempt.worker_id) and case.state is CaseState.OPEN:
        return Refused.OTHER_WORKER
    tried = {answer.channel for answer in case.answers}
    if attempt.channel is Channel.LETTER and not tried.issuperset(case.rules.letter_after):
        return Refused.LETTER_TOO_EARLY
    return None


def _note(work: Connection, case: Case, attempt: Attempt, *, now: datetime, today: date) -> Case:
    is_met = attempt.result in MET
    rules = case.rules
    body: dict[str, Json] = {
        "attempt_id": attempt.attempt_id,
        "channel": attempt.channel.value,
        "evidence": attempt.evidence.value,
        "is_met": is_met,
        "is_try": attempt.channel in _TRIES and not is_met and attempt.result is not Result.UNSAFE,
        "result": attempt.result.value,
    }
    local = now.astimezone(ZoneInfo(rules.zone))
    if is_met and case.state is CaseState.SEARCHING:
        body["state"] = CaseState.OPEN.value
    if is_met and rules.follow_up is not None:
        body |= due_content(local, rules.follow_up, rules=rules)
    event = Event(
        kind=CaseEventKind.ATTEMPTED, at=now, day=today, actor=attempt.worker_id, body=body
    )
    changed = append(work, case, event)
    return search_if_tried_enough(work, changed, actor=attempt.worker_id, now=now, today=today)


def search_if_tried_enough(
    work: Connection, case: Case, *, actor: str, now: datetime, today: date
) -> Case:
    """Put the case into the search queue once it was tried on as many days as its policy asks."""
    rules = case.rules
    if case.state is not CaseState.OPEN or case.tried_days < rules.search.after_days_tried:
        return case
    start = now.astimezone(ZoneInfo(rules.zone))
    event = Event(
        kind=CaseEventKind.SEARCH_ASKED,
        at=now,
        day=today,
        actor=actor,
        body={
            "reason": "tried_enough",
            "state": CaseState.SEARCHING.value,
            "tried_days": case.tried_days,
            **due_content(start, rules.search.decide_within, rules=rules),
        },
    )
    return append(work, case, event)


def _keep(
    work: Connection,
    attempt: Attempt,
    state: AttemptState,
    reason: Refused | None,
    version: int | None,
    *,
    now: datetime,
    today: date,
) -> None:
    work.execute(
        insert(ATTEMPTS).values(
            attempt_id=attempt.attempt_id,
            body_sha256=attempt.body_sha256,
            case_id=attempt.case_id,
            state=state,
            reason=None if reason is None else reason.value,
            channel=attempt.channel.value,
            result=attempt.result.value,
            evidence=attempt.evidence.value,
            device_at=attempt.device_at,
            recorded_at=now,
            recorded_on=today,
            worker_id=attempt.worker_id,
            worker_role=attempt.worker_role,
            case_version=version,
        )
    )
