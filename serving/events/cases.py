"""A list for an event opens or joins a case for each household on it, once, if it is told to."""

from datetime import date, datetime

from sqlalchemy import Connection, select, update

from serving.cases.opening import ENGINE
from serving.cases.policy import CaseRules
from serving.cases.reporting import Report, case_to_join, join, open_for
from serving.refusals import ExitCode, Refusal
from serving.store.tables.lists import EVENT_DECISIONS, EVENT_LISTS

LISTED = "listed"


def open_event_cases(
    work: Connection, *, list_id: str, rules: CaseRules, now: datetime, today: date
) -> tuple[int, int]:
    """Return how many cases a recorded list opened and joined just now; called again it does neither.

    A household whose grid is not in the tree of places gets none.

    Raises:
        Refusal: the list policy has no clock for events.
    """
    if rules.events is None:
        raise Refusal(
            ExitCode.POLICY_WRONG,
            found="the list policy says under cases: events nothing of who is sent and how fast.",
            to_do="Add it, or draw the list up without --open-cases.",
        )
    event = work.scalar(select(EVENT_LISTS.c.event).where(EVENT_LISTS.c.list_id == list_id))
    waiting = work.execute(
        select(EVENT_DECISIONS.c.household_id, EVENT_DECISIONS.c.grid_id)
        .where(
            EVENT_DECISIONS.c.list_id == list_id,
            EVENT_DECISIONS.c.decision == LISTED,
            EVENT_DECISIONS.c.case_id.is_(None),
        )
        .order_by(EVENT_DECISIONS.c.household_id)
    ).all()
    opened = joined = 0
    for household_id, grid_id in waiting:
        report = Report(
            known_as=f"event/{list_id}/{household_id}",
            household_id=household_id,
            grid_id=grid_id,
            told={"event": event, "list_id": list_id},
            actor=ENGINE,
        )
        case = case_to_join(work, household_id=household_id)
        if case is None:
            case = open_for(work, report, rules.events, rules=rules, now=now, today=today)
            opened += case is not None
        else:
            case = join(work, case, report, rules.events, now=now, today=today)
            joined += 1
        if case is not None:
            work.execute(
                update(EVENT_DECISIONS)
                .where(
                    EVENT_DECISIONS.c.list_id == list_id,
                    EVENT_DECISIONS.c.household_id == household_id,
                )
                .values(case_id=case.case_id)
            )
    return opened, joined
