"""Where a household stood last night, whether or not it was listed; called by ``GET .../standing``.

Read from what the night decided and kept: nothing is scored anew, and no number leaves.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, select

from serving.access.callers import Caller
from serving.canonical import Json
from serving.lists.published import entry_for, listings
from serving.store.schema import ALERTS, DECISIONS, PUBLICATIONS, in_force
from serving.store.scopes import Scope, within


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The last night's word on a household."""

    household_id: str
    as_of_date: date
    data_until: date
    band: str
    decision: str
    why: str
    reasons: list[Json]


def standing(
    read: Connection, *, caller: Caller, scope: Scope, household_id: str
) -> Standing | None:
    """Return the last decision about a household in ``scope``; None if no night decided anything there."""
    row = read.execute(
        select(DECISIONS)
        .join(PUBLICATIONS, in_force(DECISIONS))
        .where(DECISIONS.c.household_id == household_id, within(DECISIONS.c.area_path, scope))
        .order_by(DECISIONS.c.as_of_date.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    listed = read.execute(
        listings(caller, ALERTS.c.entry, ALERTS.c.marks, ALERTS.c.area_path).where(
            ALERTS.c.household_id == household_id, ALERTS.c.as_of_date == row.as_of_date
        )
    ).first()
    reasons = [] if listed is None else entry_for(caller, listed)["reasons"]
    return Standing(
        household_id=household_id,
        as_of_date=row.as_of_date,
        data_until=row.as_of_date - timedelta(days=1),
        band=row.band,
        decision=row.decision,
        why=row.reason,
        reasons=reasons if isinstance(reasons, list) else [],
    )
