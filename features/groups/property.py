"""Property: homes registered on the members, homes sold, and what the last authorised check found.

A register lists neither village houses without a certificate nor shares below one half, and may mix up
two people of one name. What it says raises a question and never shuts a family out. The result of an
asset check may be used only for the application it was authorised for, so no model sees it.
"""

from typing import Literal

import ibis
import ibis.expr.types as ir

from features.point_in_time import PointInTime, newest, side_by_side
from features.registry import KEYS, Feature, FeatureGroup


def _holdings(view: PointInTime) -> ir.Table:
    """Return what members hold and held a year ago; a couple's common home is on both of them."""
    spells = view.facts("property_holdings")
    a_year_ago = (spells.as_of_date - ibis.interval(days=365)).cast("date")

    def held_on(day: ir.DateValue) -> ir.IntegerValue:
        lasted = spells.valid_to.isnull() | (spells.valid_to >= day)
        held = spells.properties.max(where=(spells.event_date < day) & lasted)
        return held.fill_null(0)

    persons = spells.group_by([*KEYS, "person_id"]).agg(
        now=held_on(spells.as_of_date),
        before=held_on(a_year_ago),
        begun_on=spells.event_date.max(),
        ended_on=spells.valid_to.max(where=spells.valid_to < spells.as_of_date),
    )
    change = persons.now - persons.before
    return persons.group_by(list(KEYS)).agg(
        property_homes=persons.now.max(),
        property_homes_at_most=persons.now.sum(),
        property_gained_365d=change.max().clip(lower=0),
        property_given_up_365d=(-change).max().clip(lower=0),
        property_changed_on=ibis.greatest(
            persons.begun_on.max(), persons.ended_on.max().fill_null(persons.begun_on.max())
        ),
    )


def build(view: PointInTime) -> ir.Table:
    """Return one row per household."""
    checks = newest(view.facts("asset_checks"), per=KEYS, fact_id="check_id")
    checks = checks.select(*KEYS, property_check_result="result", property_checked_on="event_date")
    rows = side_by_side(view.spine, _holdings(view), checks)
    return rows.mutate(
        property_is_none_on_record=rows.property_homes.fill_null(0) == 0,
        property_days_since_check=rows.as_of_date.delta(rows.property_checked_on, unit="day"),
    ).select(*KEYS, *GROUP.columns)


def _homes(
    name: str, description: str, *, missing: Literal["zero", "unknown"], phrase: str | None = None
) -> Feature:
    return Feature(
        name=name,
        unit="properties",
        dtype="integer",
        missing=missing,
        sources=_HOLDINGS,
        description=description,
        phrase=phrase,
        dated_by="property_changed_on",
    )


_HOLDINGS, _CHECKS = ("property_holdings",), ("asset_checks",)

GROUP = FeatureGroup(
    name="property",
    title="Homes on record; the last authorised asset check",
    sensitivity="S3",
    sources=(*_HOLDINGS, *_CHECKS),
    evidence=("property_changed_on", "property_checked_on"),
    features=(
        _homes("property_homes",
               "Most properties registered on any one member: so many the household holds at least."
               " Unknown if the register never named a member.", missing="unknown"),
        _homes("property_homes_at_most",
               "Properties of all members added up, common ones once for each of them. Unknown if the"
               " register never named a member.", missing="unknown"),
        _homes("property_gained_365d",
               "Properties any one member holds more than a year before, as known now.", missing="zero"),
        _homes("property_given_up_365d",
               "Properties any one member holds less than a year before: a home may have been sold to"
               " pay for something.", missing="zero", phrase="近一年名下房产减少{value}套"),
        Feature(
            name="property_is_none_on_record",
            unit="yes/no",
            dtype="boolean",
            missing="unknown",
            sources=_HOLDINGS,
            description="No property is registered on any member. Village houses often are not.",
            dated_by="property_changed_on",
        ),
        Feature(
            name="property_check_result",
            unit="class",
            dtype="category",
            missing="unknown",
            purpose="decide_rules",
            sources=_CHECKS,
            description="Result of the last authorised asset check; unknown if there was none.",
        ),
        Feature(
            name="property_days_since_check",
            unit="days",
            dtype="integer",
            missing="unknown",
            purpose="decide_rules",
            sources=_CHECKS,
            description="Days since the last authorised asset check; unknown if there was none.",
            dated_by="property_checked_on",
        ),
    ),
    build=build,
)  # fmt: skip
