"""What readers see: published lists and alerts, never more than the caller reaches."""

import json
from datetime import date

from sqlalchemy import Connection, select

from serving.canonical import Json
from serving.store.schema import ALERTS, LISTS, PUBLICATIONS
from serving.tokens import Caller

_SAME_LIST = (
    (ALERTS.c.as_of_date == LISTS.c.as_of_date)
    & (ALERTS.c.publish_seq == LISTS.c.publish_seq)
    & (ALERTS.c.grid_id == LISTS.c.grid_id)
    & (ALERTS.c.role == LISTS.c.role)
)
_SAME_PUBLICATION = (
    (PUBLICATIONS.c.as_of_date == LISTS.c.as_of_date)
    & (PUBLICATIONS.c.publish_seq == LISTS.c.publish_seq)
    & PUBLICATIONS.c.is_current
)


def lists_of(
    read: Connection, *, caller: Caller, as_of_date: date, grid_id: str
) -> list[dict[str, Json]]:
    """Return the caller's lists of a grid and date, by role; empty if there are none in reach."""
    lists = read.execute(
        select(LISTS)
        .join(PUBLICATIONS, _SAME_PUBLICATION)
        .where(LISTS.c.as_of_date == as_of_date, LISTS.c.grid_id == grid_id, caller.reaches(LISTS))
        .order_by(LISTS.c.role)
    ).all()
    return [
        {
            "header": json.loads(row.header),
            "entries": [
                json.loads(entry)
                for entry in read.scalars(
                    select(ALERTS.c.entry)
                    .where(
                        ALERTS.c.as_of_date == row.as_of_date,
                        ALERTS.c.publish_seq == row.publish_seq,
                        ALERTS.c.grid_id == row.grid_id,
                        ALERTS.c.role == row.role,
                    )
                    .order_by(ALERTS.c.rank)
                )
            ],
        }
        for row in lists
    ]


def latest_entry(read: Connection, *, caller: Caller, household_id: str) -> dict[str, Json] | None:
    """Return the household's entry on the latest list that has one; None if none is in reach."""
    query = (
        select(ALERTS.c.entry)
        .join(LISTS, _SAME_LIST)
        .join(PUBLICATIONS, _SAME_PUBLICATION)
        .where(ALERTS.c.household_id == household_id, caller.reaches(LISTS))
        .order_by(ALERTS.c.as_of_date.desc())
        .limit(1)
    )
    found: str | None = read.scalar(query)
    entry: dict[str, Json] | None = None if found is None else json.loads(found)
    return entry


def night_listing(
    read: Connection, *, caller: Caller, household_id: str, as_of_date: date | None
) -> date | None:
    """Return the night whose list has the household, the latest if none is asked for; None if none is in reach."""
    query = (
        select(ALERTS.c.as_of_date)
        .join(LISTS, _SAME_LIST)
        .join(PUBLICATIONS, _SAME_PUBLICATION)
        .where(ALERTS.c.household_id == household_id, caller.reaches(LISTS))
        .order_by(ALERTS.c.as_of_date.desc())
        .limit(1)
    )
    if as_of_date is not None:
        query = query.where(ALERTS.c.as_of_date == as_of_date)
    found: date | None = read.scalar(query)
    return found


def reaches_alert(read: Connection, *, caller: Caller, alert_id: str) -> bool:
    """Whether there is such an alert on a list of the caller's."""
    query = (
        select(ALERTS.c.alert_id)
        .join(LISTS, _SAME_LIST)
        .join(PUBLICATIONS, _SAME_PUBLICATION)
        .where(ALERTS.c.alert_id == alert_id, caller.reaches(LISTS))
    )
    return read.scalar(query) is not None
