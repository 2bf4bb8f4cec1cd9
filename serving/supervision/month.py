"""The alerts of one month."""

from datetime import date

from sqlalchemy import ColumnElement

from serving.store.schema import ALERTS


def in_month(month: date) -> ColumnElement[bool]:
    """Return the condition that an alert is of a month, given by its first day."""
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return (ALERTS.c.as_of_date >= month) & (ALERTS.c.as_of_date < following)
