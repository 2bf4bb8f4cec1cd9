"""How much is known about a household at all, and how fresh it is.

A thin file is not a good sign and not a bad one; it is a reason to look before believing the rest.
"""

from functools import reduce

import ibis.expr.types as ir

from features.point_in_time import KEYS, REGISTERED, PointInTime, side_by_side
from features.registry import Feature, FeatureGroup

DEPARTMENTS = {
    "medical": ("medical_settlements", "medical_insurance"),
    "utilities": ("utility_bills",),
    "work": ("social_insurance", "pensions"),
    "civil_affairs": ("benefits", "applications", "visits"),
}
"""Feeds whose freshness is read together, by department."""

_FEEDS = tuple(feed for feeds in DEPARTMENTS.values() for feed in feeds)


def build(view: PointInTime) -> ir.Table:
    """Return one row per household."""
    last_facts = [_last_fact(view, feed) for feed in _FEEDS]
    rows = side_by_side(view.spine, *last_facts)
    days = {
        f"data_days_since_{department}": rows.as_of_date.delta(
            reduce(_later, (rows[f"{feed}_on"] for feed in feeds)), unit="day"
        )
        for department, feeds in DEPARTMENTS.items()
    }
    silent = [rows[f"{feed}_on"].isnull().cast("int64") for feed in _FEEDS]
    spells = view.current("residents")
    elsewhere = spells.filter(spells[REGISTERED] != spells.household_id)
    twice = elsewhere.group_by(list(KEYS)).agg(
        data_members_registered_twice=elsewhere.person_id.nunique()
    )
    homes = view.members("address")
    addresses = homes.group_by(list(KEYS)).agg(data_addresses=homes.count())
    known = rows.mutate(**days, data_feeds_without_facts=reduce(lambda a, b: a + b, silent))
    return side_by_side(known, twice, addresses).select(*KEYS, *GROUP.columns)


def _last_fact(view: PointInTime, feed: str) -> ir.Table:
    facts = view.facts(feed)
    return facts.group_by(list(KEYS)).agg(**{f"{feed}_on": facts.event_date.max()})


def _later(left: ir.DateColumn, right: ir.DateColumn) -> ir.DateColumn:
    return (left > right).ifelse(left, right).fill_null(left).fill_null(right)


def _freshness(department: str, words: str) -> Feature:
    return Feature(
        name=f"data_days_since_{department}",
        unit="days",
        missing="unknown",
        sources=DEPARTMENTS[department],
        description=f"Days since the last fact of {', '.join(DEPARTMENTS[department])};"
        " unknown without any.",
        phrase_unknown=f"没有任何{words}记录",
    )


GROUP = FeatureGroup(
    name="data_confidence",
    title="How much is known at all",
    sources=("residents", *_FEEDS),
    features=(
        _freshness("medical", "医保"),
        _freshness("utilities", "水电气"),
        _freshness("work", "社保和养老金"),
        _freshness("civil_affairs", "民政"),
        Feature(
            name="data_feeds_without_facts",
            unit="feeds",
            missing="unknown",
            description=f"How many of {len(_FEEDS)} feeds have no fact of the household.",
        ),
        Feature(
            name="data_members_registered_twice",
            unit="members",
            missing="zero",
            sources=("residents",),
            description="Members who also have an open residence in another household.",
            phrase="{value}名成员同时登记在别的家庭，请核实是否同住",
        ),
        Feature(
            name="data_addresses",
            unit="addresses",
            missing="unknown",
            sources=("residents",),
            description="Addresses at which members of the household are registered.",
        ),
    ),
    build=build,
)
