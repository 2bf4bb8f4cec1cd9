"""A filled sheet becomes outcomes: every row is answered, and reading it twice changes nothing.

``zhaoren sheets read`` calls :func:`read_in`. The id of an outcome follows from the sheet and the row, so
the same sheet sent again is known again, and one that says something else is kept as a conflict.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid5

from sqlalchemy import Connection, select

from serving.access.audit import Action, Seen, append
from serving.cases.findings import Outcome, OutcomeConflict, record_outcome
from serving.delivery.files.answers import Filled, Misread, is_blank, understand
from serving.delivery.files.filled import FilledRow
from serving.delivery.files.rows import ALERT_ID
from serving.lists.list_policy import ListPolicy
from serving.store.schema import ALERTS, OutcomeState

_OUTCOMES = UUID("9d6d1a0e-6a7c-5f0e-8f5b-7b8a5b1d4c21")


class Answer(StrEnum):
    """What became of a row."""

    ACCEPTED = "accepted"
    SAME = "same as before"
    CONFLICT = "conflict"
    LATE = "late"
    NOT_UNDERSTOOD = "not understood"
    BLANK = "not filled in"


IN_ORDER = frozenset({Answer.ACCEPTED, Answer.SAME, Answer.BLANK})
"""Answers nobody has to look at."""


@dataclass(frozen=True, kw_only=True)
class AnsweredRow:
    """One row's answer; ``cell`` and ``expected`` where it was not understood."""

    number: int
    answer: Answer
    cell: str | None = None
    expected: str | None = None


def outcome_id(*, as_of_date: date, publish_seq: int, alert_id: str) -> str:
    """Return the id of what a row of a sheet says, however often the sheet is read."""
    return str(uuid5(_OUTCOMES, f"{as_of_date.isoformat()}/{publish_seq}/{alert_id}"))


def read_in(
    work: Connection,
    rows: Sequence[FilledRow],
    *,
    worker_id: str,
    policy: ListPolicy,
    now: datetime,
    today: date,
) -> list[AnsweredRow]:
    """Record what the rows say as ``worker_id``'s outcomes; return one answer per row.

    What was recorded is entered in the audit in the same transaction.
    """
    seen: list[Seen] = []
    answers = [
        _answer(work, row, seen=seen, worker_id=worker_id, policy=policy, now=now, today=today)
        for row in rows
    ]
    append(work, seen)
    return answers


def _answer(
    work: Connection,
    row: FilledRow,
    *,
    seen: list[Seen],
    worker_id: str,
    policy: ListPolicy,
    now: datetime,
    today: date,
) -> AnsweredRow:
    if is_blank(row):
        return AnsweredRow(number=row.number, answer=Answer.BLANK)
    filled = understand(row, policy=policy, today=today)
    if isinstance(filled, Misread):
        return _misread(row, filled.cell, filled.expected)
    alert = work.execute(
        select(
            ALERTS.c.as_of_date, ALERTS.c.publish_seq, ALERTS.c.role, ALERTS.c.household_id
        ).where(ALERTS.c.alert_id == filled.alert_id)
    ).one_or_none()
    if alert is None:
        return _misread(row, ALERT_ID, "the id of an alert on a published list")
    outcome = _outcome(
        filled,
        known_as=outcome_id(
            as_of_date=alert.as_of_date,
            publish_seq=alert.publish_seq,
            alert_id=filled.alert_id,
        ),
        worker_id=worker_id,
        worker_role=alert.role,
    )
    seen.append(
        Seen(
            at=now,
            actor=worker_id,
            action=Action.RECORDED,
            household_id=alert.household_id,
            detail={"what": "outcome", "id": outcome.outcome_id, "by": "sheet"},
        )
    )
    try:
        receipt = record_outcome(work, outcome=outcome, known_alert=True, now=now, today=today)
    except OutcomeConflict:
        # Its body was kept all the same; the transaction goes on.
        return AnsweredRow(number=row.number, answer=Answer.CONFLICT)
    if receipt.state is OutcomeState.ORPHAN:
        return AnsweredRow(number=row.number, answer=Answer.LATE)
    return AnsweredRow(number=row.number, answer=Answer.ACCEPTED if receipt.is_new else Answer.SAME)


def _outcome(filled: Filled, *, known_as: str, worker_id: str, worker_role: str) -> Outcome:
    return Outcome(
        outcome_id=known_as,
        alert_id=filled.alert_id,
        visited_on=filled.visited_on,
        finding=filled.finding,
        needs=filled.needs,
        note=filled.note,
        worker_id=worker_id,
        worker_role=worker_role,
    )


def _misread(row: FilledRow, cell: str, expected: str) -> AnsweredRow:
    return AnsweredRow(
        number=row.number, answer=Answer.NOT_UNDERSTOOD, cell=cell, expected=expected
    )
