"""How many of the doors listed in a month were reached, grid by grid: in quarters, for a map.

A quarter is no count: nothing can be added up or subtracted from it. Grids with fewer than ten doors listed tell
nothing at all.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum

from sqlalchemy import Connection, case, func, select

from serving.access.places import Level
from serving.store.schema import ALERTS, OUTCOMES, PLACES, PUBLICATIONS, OutcomeState, in_force
from serving.store.scopes import Scope, within
from serving.supervision.figures import RESULTS, Result
from serving.supervision.month import in_month
from serving.supervision.small_cells import SMALLEST


class Coverage(StrEnum):
    """The share of households listed that were reached; ``withheld``: fewer than ten were listed."""

    UNDER_A_QUARTER = "under_a_quarter"
    UNDER_HALF = "under_half"
    UNDER_THREE_QUARTERS = "under_three_quarters"
    MOST = "most"
    WITHHELD = "withheld"


_QUARTERS = tuple(Coverage)[:4]
_REACHED = [finding.value for finding, result in RESULTS.items() if result is not Result.UNREACHED]


def coverage(read: Connection, *, scope: Scope, month: date) -> Mapping[str, Coverage]:
    """Return the coverage of every grid in ``scope`` by its id, in the order of the tree.

    Args:
        read: the store.
        scope: the places told of.
        month: its first day; alerts of it count, and a household once however often it was listed.
    """
    doors = (
        select(
            ALERTS.c.grid_id,
            ALERTS.c.household_id,
            func.max(case((OUTCOMES.c.finding.in_(_REACHED), 1), else_=0)).label("reached"),
        )
        .join(PUBLICATIONS, in_force(ALERTS))
        .join(
            OUTCOMES,
            (OUTCOMES.c.alert_id == ALERTS.c.alert_id)
            & (OUTCOMES.c.state == OutcomeState.ACCEPTED.value),
            isouter=True,
        )
        .where(within(ALERTS.c.area_path, scope), in_month(month))
        .group_by(ALERTS.c.grid_id, ALERTS.c.household_id)
        .subquery()
    )
    counted = read.execute(
        select(doors.c.grid_id, func.count(), func.sum(doors.c.reached)).group_by(doors.c.grid_id)
    )
    told = {grid_id: _quarter(int(reached), of=listed) for grid_id, listed, reached in counted}
    return {
        grid_id: told.get(grid_id, Coverage.WITHHELD) for grid_id in grids_in(read, scope=scope)
    }


def grids_in(read: Connection, *, scope: Scope) -> Sequence[str]:
    """Return the grids there are now in ``scope``, those of a community beside each other."""
    return read.scalars(
        select(PLACES.c.place_id)
        .where(
            PLACES.c.level == Level.GRID, PLACES.c.valid_to.is_(None), within(PLACES.c.path, scope)
        )
        # The shorter name first: grid 9 comes before grid 10.
        .order_by(PLACES.c.parent_id, func.length(PLACES.c.name), PLACES.c.name, PLACES.c.place_id)
    ).all()


def _quarter(reached: int, *, of: int) -> Coverage:
    return Coverage.WITHHELD if of < SMALLEST else _QUARTERS[min(4 * reached // of, 3)]
