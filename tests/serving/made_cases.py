"""Cases made by hand for tests that need one as it stands, without a night."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from serving.cases.lifecycle import Case
from serving.cases.policy import CasePolicy, Span, rules_of
from serving.store.schema import CaseState, ClockClass, Level

ZONE = ZoneInfo("Asia/Shanghai")
STRICT = CasePolicy(
    source="tests",
    clocks={"red": Span(working_days=3), "normal": Span(weeks=2)},
    red_bands=("red",),
    escalation={"street": Span(working_days=2), "district": Span(working_days=5)},
    repeats={"street": 3, "district": 6},
    follow_up=Span(weeks=4),
    closes=("need_aid_started", "already_met", "no_need"),
    passes_up=("need_no_entitlement",),
)
"""A policy under which everything can happen."""


def case_of_h1(**changes: object) -> Case:
    """Return an open case of household h1 in grid g1, listed on 9 March 2026; ``changes`` replace fields."""
    day = date(2026, 3, 9)
    start = datetime(2026, 3, 9, 6, tzinfo=ZONE)
    made: dict[str, object] = {
        "case_id": "case-of-h1",
        "household_id": "h1",
        "grid_id": "g1",
        "area_path": "d/s1/c-g1/g1",
        "level": Level.GRID,
        "role": "grid_worker",
        "assigned_to": None,
        "clock": ClockClass.NORMAL,
        "state": CaseState.OPEN,
        "opened_at": start.astimezone(UTC),
        "opened_on": day,
        "due_at": (start + timedelta(days=14)).astimezone(UTC),
        "due_from": start.astimezone(UTC),
        "due_span": Span(weeks=2).told(),
        "due_is_provisional": False,
        "policy": rules_of(CasePolicy(), zone=ZONE.key).told(),
        "repeats": 0,
        "version": 1,
        "alert_id": "alert-of-h1",
        "listed_on": day,
        "band": "orange",
        "urgent_rules": "",
    }
    return Case(**made | changes)
