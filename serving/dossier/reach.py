"""What of households and cases a caller reaches; asked by the API before anything else is looked up.

A visitor reaches a household through a list that was made for their role, or through a case that is
theirs now: one that was escalated or handed over is on no list of theirs.
"""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, select

from serving.access.callers import Caller
from serving.access.places import Level, current_path
from serving.cases import Case, case_of_alert
from serving.cases.journal import CaseQuery, only_case, to_change
from serving.explaining.nights import last_grid_of
from serving.lists.published import listings
from serving.store.schema import ALERTS
from serving.store.tables.cases import CASES


@dataclass(frozen=True, kw_only=True)
class Reached:
    """A household in reach, and where it lies."""

    household_id: str
    grid_id: str
    area_path: str


def reached_household(read: Connection, *, caller: Caller, household_id: str) -> Reached | None:
    """Return the household if the caller reaches it; None says nothing about whether it exists."""
    row = read.execute(
        listings(caller, ALERTS.c.grid_id, ALERTS.c.area_path)
        .where(ALERTS.c.household_id == household_id)
        .order_by(ALERTS.c.as_of_date.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        row = read.execute(
            select(CASES.c.grid_id, CASES.c.area_path)
            .where(CASES.c.household_id == household_id, caller.reaches(CASES))
            .order_by(CASES.c.opened_at.desc())
            .limit(1)
        ).one_or_none()
    if row is None:
        return None
    return Reached(household_id=household_id, grid_id=row.grid_id, area_path=row.area_path)


def may_be_named(
    read: Connection, *, caller: Caller, household_id: str, grid_id: str, home: Path | None
) -> bool:
    """Whether somebody who works in a grid may record a household there that no list of theirs brought.

    It is in their reach already, or the last kept night in ``home`` has it in that very grid.
    """
    if reached_household(read, caller=caller, household_id=household_id) is not None:
        return True
    return home is not None and last_grid_of(home, household_id) == grid_id


def reaches_grid(read: Connection, *, caller: Caller, grid_id: str) -> bool:
    """Whether the caller works in a grid, or above it."""
    path = current_path(read, level=Level.GRID, place_id=grid_id)
    return path is not None and bool(caller.roles_at(path))


def reached_case(read: Connection, *, caller: Caller, case_id: str) -> Case | None:
    """Return the case if the caller reaches it."""
    return only_case(read, _reached_case(caller, case_id))


def take_case(work: Connection, *, caller: Caller, case_id: str) -> Case | None:
    """Return the case, which nobody else changes until this transaction ends, if the caller reaches it."""
    return only_case(work, to_change(_reached_case(caller, case_id)))


def reached_alert(read: Connection, *, caller: Caller, alert_id: str) -> Reached | None:
    """Return the household of an alert if the caller reaches it, through a list or its case."""
    row = read.execute(
        listings(caller, ALERTS.c.household_id, ALERTS.c.grid_id, ALERTS.c.area_path).where(
            ALERTS.c.alert_id == alert_id
        )
    ).one_or_none()
    if row is not None:
        return Reached(household_id=row.household_id, grid_id=row.grid_id, area_path=row.area_path)
    case = case_of_alert(read, alert_id=alert_id)
    if case is None or reached_case(read, caller=caller, case_id=case.case_id) is None:
        return None
    return Reached(household_id=case.household_id, grid_id=case.grid_id, area_path=case.area_path)


def _reached_case(caller: Caller, case_id: str) -> CaseQuery:
    return select(CASES).where(CASES.c.case_id == case_id, caller.reaches(CASES))


def acting_role(caller: Caller, *, area_path: str | None) -> str:
    """Return as what the caller acts in a place, for records that name one role; anywhere, if None."""
    roles = caller.roles if area_path is None else caller.roles_at(area_path)
    return (
        caller.role.value
        if caller.role and caller.role in roles
        else min(role.value for role in roles)
    )
