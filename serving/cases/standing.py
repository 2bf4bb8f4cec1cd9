"""What earlier nights and visits left behind for this one: open cases, objections, regular visits made.

Everything here is as known before the night's date, so that a past night can be drawn up again; its digest
stands among the inputs of a publication.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import Connection, select

from serving.cases.journal import known_before
from serving.cases.lifecycle import Case
from serving.cases.objections import objecting
from serving.store import Store
from serving.store.tables.cases import CASES
from serving.store.tables.lists import ALERTS, UNNAMED
from serving.store.tables.visits import OUTCOMES, OutcomeState

LONGEST_TASK_DAYS = 3 * 366
"""How far back a regular visit is looked for; one made before that has fallen due again."""

_MET_NOBODY = ("not_found", "unsafe", "refused")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """``cases``: the open case by household. ``tasks``: by household, the last day of each regular visit.

    ``visitors``: by household, who has its open case: whom it was given to, else whose list it stood on last.
    """

    cases: Mapping[str, Case] = field(default_factory=dict)
    objecting: frozenset[str] = frozenset()
    tasks: Mapping[str, Mapping[str, date]] = field(default_factory=dict)
    visitors: Mapping[str, str] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """Hash of everything that decides: equal standings give equal lists."""
        lines = [
            f"case {case.household_id} {case.case_id} {case.level} {case.state} {case.band}"
            f" {case.urgent_rules} {case.listed_on} {case.answered_on} {case.repeats}"
            f" {case.due_at.timestamp()} {case.policy}"
            for case in self.cases.values()
        ]
        lines += [f"objects {household}" for household in self.objecting]
        lines += [
            f"task {household} {task} {day}"
            for household, done in self.tasks.items()
            for task, day in done.items()
        ]
        lines += [f"visitor {household} {worker}" for household, worker in self.visitors.items()]
        return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def standing(store: Store, *, as_of_date: date) -> Standing:
    """Return what was known before ``as_of_date``."""
    with store.read() as read:
        cases = {case.household_id: case for case in known_before(read, as_of_date)}
        rows = read.execute(
            select(ALERTS.c.household_id, ALERTS.c.task, OUTCOMES.c.visited_on)
            .join(ALERTS, ALERTS.c.alert_id == OUTCOMES.c.alert_id)
            .where(
                ALERTS.c.task.is_not(None),
                OUTCOMES.c.state == OutcomeState.ACCEPTED,
                OUTCOMES.c.recorded_on < as_of_date,
                OUTCOMES.c.recorded_on >= as_of_date - timedelta(days=LONGEST_TASK_DAYS),
                OUTCOMES.c.finding.not_in(_MET_NOBODY),
            )
            .order_by(OUTCOMES.c.visited_on)
        ).all()
        tasks: dict[str, dict[str, date]] = {}
        for household, task, day in rows:
            tasks.setdefault(household, {})[task] = day
        return Standing(
            cases=cases,
            objecting=objecting(read, as_of_date=as_of_date),
            tasks=tasks,
            visitors=_visitors(read, cases, as_of_date=as_of_date),
        )


def _visitors(read: Connection, cases: Mapping[str, Case], *, as_of_date: date) -> dict[str, str]:
    rows = read.execute(
        select(ALERTS.c.alert_id, ALERTS.c.worker_id)
        .join(CASES, CASES.c.household_id == ALERTS.c.household_id)
        .where(
            ALERTS.c.worker_id != UNNAMED,
            ALERTS.c.as_of_date < as_of_date,
            CASES.c.closed_on.is_(None) | (CASES.c.closed_on >= as_of_date),
        )
    )
    whose = {row.alert_id: row.worker_id for row in rows}
    found = {
        household: case.assigned_to or whose.get(case.alert_id or "")
        for household, case in cases.items()
    }
    return {household: worker for household, worker in found.items() if worker is not None}
