"""When something is due: hours run through nights and feasts, days and weeks end on working days.

As the Civil Code counts: a term in days does not count the day it begins on (art. 201), its last day is
moved behind a holiday, and it ends when business ends (art. 203). A term in hours begins at once.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from serving.cases import working_days
from serving.cases.policy import Span


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """The last moment in time. ``is_provisional``: it passes days of a year without a calendar."""

    at: datetime
    is_provisional: bool


def deadline(start: datetime, span: Span, *, business_ends: int) -> Deadline:
    """Return when ``span`` from ``start`` ends, in the zone of ``start``.

    Args:
        start: local time of the place; its day is the one that does not count.
        span: how long.
        business_ends: the hour (1-24) at which the last day ends.
    """
    if span.hours is not None:
        if start.tzinfo is None:
            return Deadline(at=start + timedelta(hours=span.hours), is_provisional=False)
        at = start.astimezone(UTC) + timedelta(hours=span.hours)
        return Deadline(at=at.astimezone(start.tzinfo), is_provisional=False)
    day, provisional = start.date(), False
    if span.working_days is not None:
        day, provisional = working_days.add_working_days(day, span.working_days)
    elif span.weeks is not None:
        day, provisional = working_days.next_working_day(day + timedelta(weeks=span.weeks))
    elif span.days is not None:
        day += timedelta(days=span.days)
    at = datetime.combine(day, time(), tzinfo=start.tzinfo) + timedelta(hours=business_ends)
    return Deadline(at=at, is_provisional=provisional)
