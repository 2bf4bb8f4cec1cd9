"""Contributions per person, read once for the groups on work, income and pensions."""

import ibis.expr.types as ir
from ibis import _

from features.persons import windowed_per_person
from features.point_in_time import ENTITY, PointInTime
from features.policy import in_force_on
from features.registry import KEYS
from features.windows import count, highest, lowest, total


def contributors(view: PointInTime) -> ir.Table:
    """Return one row per household and member who contributed to social insurance within 365 days.

    Columns: ``household_id, as_of_date, person_id``; ``months`` contributed and their ``wages`` (yuan);
    ``first_on`` and ``last_on``, the latest month as ``employed_on`` and as ``flexible_on`` (null if never);
    ``months_180d`` and how many of those stood ``at_floor_180d``, at the legal floor of the wage base.
    """
    return view.shelf.table("contributors", lambda: _contributors(view))


def _contributors(view: PointInTime) -> ir.Table:
    persons = windowed_per_person(
        view,
        "social_insurance",
        "person",
        months=count(days=365),
        wages=total(_.wage_base, days=365),
        first_on=lowest(_.event_date, days=365),
        last_on=highest(_.event_date, days=365),
        employed_on=highest(_.event_date, days=365, where=_.kind == "employed"),
        flexible_on=highest(_.event_date, days=365, where=_.kind == "flexible"),
        months_180d=count(days=180),
        at_floor_180d=count(
            days=180,
            where=lambda paid: paid.wage_base <= in_force_on("wage_base_floor", paid.event_date),
        ),
    )
    members = view.members("person").select(*KEYS, person_id=ENTITY)
    return members.join(persons, ["person_id", "as_of_date"])
