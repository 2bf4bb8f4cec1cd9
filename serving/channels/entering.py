"""What an intake does to cases: it opens the household's one case, joins it, or says why it does neither."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select

from serving.cases.findings import Finding, Need
from serving.cases.lifecycle import Case
from serving.cases.outcomes import Judged, Told, take_in
from serving.cases.policy import CaseRules
from serving.cases.reporting import Report, case_to_join, join, open_for
from serving.store.tables.channels import INTAKE_FINDINGS, Entered, IntakeChannel


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """What is known of an intake at one version of its findings; ``finding`` None until somebody looked."""

    intake_id: str
    version: int
    channel: IntakeChannel
    household_id: str | None
    grid_id: str | None
    finding: Finding | None
    needs: Sequence[Need]
    recorded_by: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What became of it; ``case_id`` None where there is no case."""

    entered: Entered
    case_id: str | None = None


def enter(
    work: Connection, arrival: Arrival, *, rules: CaseRules, now: datetime, today: date
) -> Entry:
    """Open or join the household's case with the clock of the channel, and take in what was found.

    A household that objects to being listed by machine is no exception: here a person asks.
    """
    dispatch = rules.intakes.get(arrival.channel)
    if arrival.household_id is None:
        return Entry(entered=Entered.HOUSEHOLD_UNKNOWN)
    if dispatch is None:
        return Entry(entered=Entered.NOT_IN_POLICY)
    report = Report(
        known_as=f"intake/{arrival.intake_id}/{arrival.version}",
        household_id=arrival.household_id,
        grid_id=arrival.grid_id or "",
        told={"channel": arrival.channel.value, "intake_id": arrival.intake_id},
        actor=arrival.recorded_by,
    )
    entered = Entered.JOINED
    case = case_to_join(work, household_id=arrival.household_id)
    if case is None:
        if arrival.finding is not None and arrival.finding in rules.closes:
            return Entry(entered=Entered.SETTLED)
        entered = Entered.OPENED
        case = open_for(work, report, dispatch, rules=rules, now=now, today=today)
        if case is None:
            return Entry(entered=Entered.PLACE_UNKNOWN)
    elif not _is_of(work, arrival, case):
        case = join(work, case, report, dispatch, now=now, today=today)
    if arrival.finding is not None:
        told = Told(
            outcome_id=arrival.intake_id,
            finding=arrival.finding.value,
            needs=tuple(need.value for need in arrival.needs),
            base_version=None,
            worker_id=arrival.recorded_by,
            worker_role=dispatch.role,
        )
        take_in(work, case, told, Judged(is_late=False, clash=None), now=now, today=today)
    return Entry(entered=entered, case_id=case.case_id)


def _is_of(work: Connection, arrival: Arrival, case: Case) -> bool:
    """Whether an earlier version of the intake opened or joined the case."""
    query = select(INTAKE_FINDINGS.c.version).where(
        INTAKE_FINDINGS.c.intake_id == arrival.intake_id, INTAKE_FINDINGS.c.case_id == case.case_id
    )
    return work.execute(query).first() is not None
