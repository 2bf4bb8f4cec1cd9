"""Persons kept apart: the small tables between the facts of persons and their household.

Some questions are about single members: how many were in hospital, whether the one earner stopped. They
are answered per person first and counted per household afterwards.
"""

import ibis
import ibis.expr.types as ir

from features.point_in_time import ENTITY, PointInTime
from features.windows import SCALE, Windowed


def windowed_per_person(
    view: PointInTime, feed: str, /, *links: str, **wanted: Windowed
) -> ir.Table:
    """Return aggregates of ``feed`` per person: ``person_id, as_of_date`` and ``wanted``.

    The persons are those of ``links``, in whichever household; one without facts in the longest
    window is absent. Meanings as in :meth:`~features.point_in_time.PointInTime.windowed`.
    """
    linked = [view.members(link).select("as_of_date", ENTITY) for link in links]
    persons = linked[0] if len(linked) == 1 else ibis.union(*linked)
    # windowed() asks whose facts to add up: everybody's own.
    alone = persons.distinct().mutate(household_id=lambda t: t[ENTITY])
    return view.windowed(feed, link=alone, **wanted).rename(person_id="household_id")


def summed(amount: ir.NumericValue) -> ir.IntegerScalar:
    """Return the sum of amounts in ten-thousandths: whole, hence the same in any order."""
    return (amount * SCALE).round().cast("int64").sum()
