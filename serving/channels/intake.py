"""Record a household that somebody found, reported or that asked for itself: once, and tagged by its channel.

Idempotent like outcomes. A household need not be known to the register: then it stays without a number until
somebody finds it out. What was found is added later, version by version, and never overwritten.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from serving.canonical import Json, canonical_json
from serving.cases.findings import Finding, Need
from serving.cases.policy import CaseRules
from serving.channels.entering import Arrival, Entry, enter
from serving.store.tables.channels import (
    INTAKE_FINDINGS,
    INTAKES,
    Entered,
    IntakeChannel,
    IntakeState,
)
from serving.store.turns import take_turn


class IntakeConflict(Exception):
    """The intake's id was used before for something else. Both are kept; the first one counts."""


class IntakeUnknown(LookupError):
    """There is no such intake."""


@dataclass(frozen=True, kw_only=True)
class Intake:
    """One household that came to us. ``came_on`` is the day it did; ``finding`` None until somebody looked."""

    intake_id: str
    channel: IntakeChannel
    came_on: date
    household_id: str | None
    grid_id: str | None
    finding: Finding | None
    needs: tuple[Need, ...]
    recorded_by: str

    @property
    def body_sha256(self) -> str:
        """Hash of what was recorded, whoever records it and whenever."""
        body: dict[str, Json] = {
            "came_on": self.came_on.isoformat(),
            "channel": self.channel.value,
            "finding": None if self.finding is None else self.finding.value,
            "grid_id": self.grid_id,
            "household_id": self.household_id,
            "needs": [*sorted(need.value for need in self.needs)],
        }
        return hashlib.sha256(canonical_json(body)).hexdigest()


@dataclass(frozen=True, kw_only=True)
class IntakeReceipt:
    """Proof that an intake is kept: the same for every resend."""

    intake_id: str
    recorded_at: datetime
    is_new: bool
    entered: Entered
    case_id: str | None


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """A version of what was found of an intake, and what became of it."""

    version: int
    entered: Entered
    case_id: str | None


def record_intake(
    work: Connection, *, intake: Intake, rules: CaseRules, now: datetime, today: date
) -> IntakeReceipt:
    """Keep an intake, and open or join its household's case; the first body under an id counts.

    Any other body under the id is kept beside it. ``rules``: those of today.

    Raises:
        IntakeConflict: the id was used before for something else. Commit all the same: the conflicting
            body has just been added.
    """
    rows = work.execute(select(INTAKES).where(INTAKES.c.intake_id == intake.intake_id)).all()
    same = next((row for row in rows if row.body_sha256 == intake.body_sha256), None)
    if same is not None and same.state == IntakeState.ACCEPTED:
        first = _first_finding(work, intake.intake_id)
        return IntakeReceipt(
            intake_id=intake.intake_id,
            recorded_at=same.recorded_at,
            is_new=False,
            entered=Entered(first.entered),
            case_id=first.case_id,
        )
    if same is None:
        work.execute(
            insert(INTAKES).values(
                intake_id=intake.intake_id,
                body_sha256=intake.body_sha256,
                state=IntakeState.CONFLICTING if rows else IntakeState.ACCEPTED,
                channel=intake.channel.value,
                came_on=intake.came_on,
                grid_id=intake.grid_id,
                recorded_at=now,
                recorded_on=today,
                recorded_by=intake.recorded_by,
            )
        )
    if rows:
        raise IntakeConflict(
            f"intake {intake.intake_id} was recorded before with another content; both are kept, the"
            " first one counts. Add a finding to it, or send it under a new id"
        )
    entry = _add_finding(
        work,
        Arrival(
            intake_id=intake.intake_id,
            version=1,
            channel=intake.channel,
            household_id=intake.household_id,
            grid_id=intake.grid_id,
            finding=intake.finding,
            needs=intake.needs,
            recorded_by=intake.recorded_by,
        ),
        rules=rules,
        now=now,
        today=today,
    )
    return IntakeReceipt(
        intake_id=intake.intake_id,
        recorded_at=now,
        is_new=True,
        entered=entry.entered,
        case_id=entry.case_id,
    )


def grid_of(read: Connection, *, intake_id: str) -> str | None:
    """Return the grid an intake was recorded for; None if there is no such intake or no grid."""
    found: str | None = read.scalar(
        select(INTAKES.c.grid_id).where(
            INTAKES.c.intake_id == intake_id, INTAKES.c.state == IntakeState.ACCEPTED
        )
    )
    return found


def confirm_intake(
    work: Connection,
    *,
    intake_id: str,
    household_id: str | None,
    finding: Finding,
    needs: Sequence[Need],
    recorded_by: str,
    rules: CaseRules,
    now: datetime,
    today: date,
) -> Confirmation:
    """Add what was found of an intake, and whose household it is if that is known now; its case is told.

    Raises:
        IntakeUnknown: there is no such intake.
    """
    take_turn(work, f"intake/{intake_id}")
    latest = work.execute(
        select(func.max(INTAKE_FINDINGS.c.version)).where(INTAKE_FINDINGS.c.intake_id == intake_id)
    ).scalar_one()
    if latest is None:
        raise IntakeUnknown(intake_id)
    intake = work.execute(
        select(INTAKES).where(
            INTAKES.c.intake_id == intake_id, INTAKES.c.state == IntakeState.ACCEPTED
        )
    ).one()
    arrival = Arrival(
        intake_id=intake_id,
        version=int(latest) + 1,
        channel=IntakeChannel(intake.channel),
        household_id=household_id,
        grid_id=intake.grid_id,
        finding=finding,
        needs=needs,
        recorded_by=recorded_by,
    )
    entry = _add_finding(work, arrival, rules=rules, now=now, today=today)
    return Confirmation(version=arrival.version, entered=entry.entered, case_id=entry.case_id)


def _first_finding(read: Connection, intake_id: str) -> Row[tuple[Any, ...]]:
    return read.execute(
        select(INTAKE_FINDINGS).where(
            INTAKE_FINDINGS.c.intake_id == intake_id, INTAKE_FINDINGS.c.version == 1
        )
    ).one()


def _add_finding(
    work: Connection, arrival: Arrival, *, rules: CaseRules, now: datetime, today: date
) -> Entry:
    entry = enter(work, arrival, rules=rules, now=now, today=today)
    work.execute(
        insert(INTAKE_FINDINGS).values(
            intake_id=arrival.intake_id,
            version=arrival.version,
            household_id=arrival.household_id,
            finding=None if arrival.finding is None else arrival.finding.value,
            needs=";".join(sorted(need.value for need in arrival.needs)),
            entered=entry.entered,
            case_id=entry.case_id,
            recorded_at=now,
            recorded_on=today,
            recorded_by=arrival.recorded_by,
        )
    )
    return entry
