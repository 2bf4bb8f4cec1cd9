"""The alerts of one month, of lists that are in force."""

from datetime import date

from sqlalchemy import ColumnElement, and_

from serving.store.schema import ALERTS, PUBLICATIONS

IN_FORCE = and_(
    PUBLICATIONS.c.as_of_date == ALERTS.c.as_of_date,
    PUBLICATIONS.c.publish_seq == ALERTS.c.publish_seq,
    PUBLICATIONS.c.is_current,
)
"""The condition that an alert was not replaced by a later publication of its date."""


def in_month(month: date) -> ColumnElement[bool]:
    """Return the condition that an alert is of a month, given by its first day."""
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return (ALERTS.c.as_of_date >= month) & (ALERTS.c.as_of_date < following)
