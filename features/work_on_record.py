"""Contributions per person, read once for the groups on work, income and pensions."""

import ibis.expr.types as ir

from features.point_in_time import PointInTime
from features.policy import in_force_on
from features.registry import KEYS
from features.windows import SCALE, within

LATEST_MONTHS, MONTHS_BEFORE = 3, 6


def month(day: ir.DateValue) -> ir.IntegerValue:
    """Return a number of the calendar month that grows by one from month to month."""
    return day.year() * 12 + day.month()


def contributors(view: PointInTime) -> ir.Table:
    """Return one row per household and member who contributed to social insurance within 365 days.

    Columns: ``household_id, as_of_date, person_id``; ``months`` contributed and their ``wages`` (yuan);
    ``first_on`` and ``last_on``, the latest month as ``employed_on`` and as ``flexible_on`` (null if never);
    ``months_180d`` and how many of those stood ``at_floor_180d``, at the legal floor of the wage base;
    ``gap``, months from the last contribution to the latest month anybody reported; the mean monthly wage
    of the three latest reported months, ``base_now``, and of the six before, ``base_before``, both in whole
    ten-thousandths of a yuan and null without a contribution then.
    """
    return view.shelf.table("contributors", lambda: _contributors(view))


def _contributors(view: PointInTime) -> ir.Table:
    # The latest months a department reported are no window before the as_of_date, so that facts are
    # asked for; everything else is taken in the same pass.
    paid = view.facts("social_insurance", days=365)
    known = paid.join(view.reported_until("social_insurance"), "as_of_date")
    behind = month(known.reported_until) - month(known.event_date)
    latest = behind < LATEST_MONTHS
    earlier = (behind >= LATEST_MONTHS) & (behind < LATEST_MONTHS + MONTHS_BEFORE)
    lately = within(known, days=180)
    base = (known.wage_base * SCALE).round().cast("int64")
    at_floor = known.wage_base <= in_force_on("wage_base_floor", known.event_date)
    persons = known.group_by([*KEYS, "person_id"]).agg(
        months=known.count(),
        parts=base.sum(),
        first_on=known.event_date.min(),
        last_on=known.event_date.max(),
        employed_on=known.event_date.max(where=known.kind == "employed"),
        flexible_on=known.event_date.max(where=known.kind == "flexible"),
        months_180d=known.count(where=lately),
        at_floor_180d=known.count(where=lately & at_floor),
        gap=behind.min(),
        parts_now=base.sum(where=latest),
        months_now=known.count(where=latest),
        parts_before=base.sum(where=earlier),
        months_before=known.count(where=earlier),
    )
    # Means are rounded to whole parts, so that their sum is the same in any order.
    return persons.mutate(
        wages=persons.parts / SCALE,
        base_now=(persons.parts_now / persons.months_now.nullif(0)).round().cast("int64"),
        base_before=(persons.parts_before / persons.months_before.nullif(0)).round().cast("int64"),
    ).drop("parts", "parts_now", "months_now", "parts_before", "months_before")
