"""How much is known about a household at all, and how fresh it is.

A thin file is not a good sign and not a bad one; it is a reason to look before believing the rest.
"""

from functools import reduce

import ibis.expr.types as ir

from features.point_in_time import REGISTERED, PointInTime, side_by_side
from features.registry import KEYS, Feature, FeatureGroup

FRESHNESS = {
    "medical": ("medical_settlements", "医保结算"),
    "utilities": ("utility_bills", "水电气账单"),
    "work": ("social_insurance", "社保缴费"),
}
"""Feeds of frequent events, whose last fact says how fresh our knowledge is."""

_FEEDS = (
    *(feed for feed, _ in FRESHNESS.values()),
    "medical_insurance",
    "housing_tenure",
    "pensions",
    "benefits",
    "visits",
)


def build(view: PointInTime) -> ir.Table:
    """Return one row per household."""
    last_facts = [_last_fact(view, feed) for feed in _FEEDS]
    rows = side_by_side(view.spine, *last_facts)
    days = {
        f"data_days_since_{name}": rows.as_of_date.delta(rows[f"{feed}_on"], unit="day")
        for name, (feed, _) in FRESHNESS.items()
    }
    silent = [rows[f"{feed}_on"].isnull().cast("int64") for feed in _FEEDS]
    spells = view.current("residents")
    books = spells.group_by([*KEYS, "person_id"]).agg(books=spells[REGISTERED].nunique())
    twice = books.group_by(list(KEYS)).agg(
        data_members_registered_twice=books.count(where=books.books > 1)
    )
    known = rows.mutate(**days, data_feeds_without_facts=reduce(lambda a, b: a + b, silent))
    return side_by_side(known, twice).select(*KEYS, *GROUP.columns)


def _last_fact(view: PointInTime, feed: str) -> ir.Table:
    facts = view.facts(feed)
    return facts.group_by(list(KEYS)).agg(**{f"{feed}_on": facts.event_date.max()})


def _freshness(name: str) -> Feature:
    feed, words = FRESHNESS[name]
    return Feature(
        name=f"data_days_since_{name}",
        unit="days",
        missing="unknown",
        sources=(feed,),
        description=f"Days since the last fact of {feed}; unknown without any.",
        phrase_unknown=f"没有任何{words}记录",
    )


GROUP = FeatureGroup(
    name="data_confidence",
    title="How much is known at all",
    sensitivity="S2",
    sources=("residents", *_FEEDS),
    features=(
        *(_freshness(name) for name in FRESHNESS),
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
            description="Members with open residences in two register households at once.",
            phrase="{value}名成员同时登记在别的家庭，请核实是否同住",
        ),
    ),
    build=build,
)
