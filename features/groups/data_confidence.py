"""How much is known about a household at all, and how fresh it is.

A thin file is not a good sign and not a bad one; it is a reason to look before believing the rest.
"""

from functools import reduce

import ibis
import ibis.expr.types as ir
from ibis import _

from features.bills import first_and_last_bill
from features.households import people
from features.point_in_time import REGISTERED, PointInTime, side_by_side
from features.registry import KEYS, Feature, FeatureGroup
from features.windows import highest, lowest

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
    rows = side_by_side(
        view.spine,
        *(_first_and_last(view, feed) for feed in _FEEDS),
        *(_links(view), _memberships(view), _births(view), _twice(view)),
    )
    year_ago = rows.as_of_date - ibis.interval(days=365)
    days = {
        f"data_days_since_{name}": rows.as_of_date.delta(rows[f"{feed}_last"], unit="day")
        for name, (feed, _words) in FRESHNESS.items()
    }
    silent = [rows[f"{feed}_last"].isnull() for feed in _FEEDS]
    new = [(rows[f"{feed}_first"] >= year_ago).fill_null(False) for feed in _FEEDS]
    began = ibis.least(*(rows[f"{feed}_first"] for feed, _words in FRESHNESS.values()))
    return rows.mutate(
        **days,
        data_feeds_without_facts=_how_many(silent),
        data_feeds_first_seen_365d=_how_many(new),
        data_months_of_history=rows.as_of_date.delta(began, unit="day") * 12 / 365,
    ).select(*KEYS, *GROUP.columns)


def _how_many(true: list[ir.BooleanValue]) -> ir.IntegerValue:
    return reduce(lambda a, b: a + b, [one.cast("int64") for one in true])


def _first_and_last(view: PointInTime, feed: str) -> ir.Table:
    if feed == "utility_bills":
        bills = first_and_last_bill(view)
        return bills.rename({f"{feed}_first": "first_ever", f"{feed}_last": "last_ever"})
    return view.windowed(
        feed, **{f"{feed}_first": lowest(_.event_date), f"{feed}_last": highest(_.event_date)}
    )


def _links(view: PointInTime) -> ir.Table:
    supplied = view.current("account_links").filter(_.accepted)
    return supplied.group_by(list(KEYS)).agg(data_weakest_account_link=supplied.probability.min())


def _memberships(view: PointInTime) -> ir.Table:
    spells = view.current("household_members")
    own = spells.filter(spells.certain, spells[REGISTERED] == spells.household_id)
    return own.group_by(list(KEYS)).agg(data_weakest_membership=own.confidence.min())


def _births(view: PointInTime) -> ir.Table:
    members = people(view)
    return members.group_by(list(KEYS)).agg(
        data_members_without_birth_date=members.count(where=members.birth_date.isnull())
    )


def _twice(view: PointInTime) -> ir.Table:
    spells = view.current("residents")
    household = spells[REGISTERED]
    books = spells.group_by([*KEYS, "person_id"]).agg(one=household.min(), other=household.max())
    return books.group_by(list(KEYS)).agg(
        data_members_registered_twice=books.count(where=books.one < books.other)
    )


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
    sources=("residents", "household_members", "account_links", *_FEEDS),
    features=(
        *(_freshness(name) for name in FRESHNESS),
        Feature(
            name="data_feeds_without_facts",
            unit="feeds",
            missing="unknown",
            sources=_FEEDS,
            description=f"How many of {len(_FEEDS)} feeds have no fact of the household.",
        ),
        Feature(
            name="data_feeds_first_seen_365d",
            unit="feeds",
            missing="unknown",
            sources=_FEEDS,
            description="How many of them told of the household for the first time in the window: what they"
            " had to say before is not known.",
        ),
        Feature(
            name="data_months_of_history",
            unit="months",
            missing="unknown",
            sources=tuple(feed for feed, _words in FRESHNESS.values()),
            description="Months since the first bill of care or of a utility, or contribution, that is"
            " known; unknown without any.",
        ),
        Feature(
            name="data_weakest_account_link",
            unit="probability",
            missing="unknown",
            sources=("utility_bills",),
            description="Least sure of the accounts counted to the home; unknown without one.",
            phrase="有水电气账户不能确定是否属于本户，请核对户号",
            worrying="low",
        ),
        Feature(
            name="data_weakest_membership",
            unit="probability",
            missing="unknown",
            sources=("residents",),
            description="Least sure of the members, as concluded; unknown before anything was concluded.",
            phrase="有成员不能确定是否同住，请当面核实",
            worrying="low",
        ),
        Feature(
            name="data_members_without_birth_date",
            unit="members",
            missing="unknown",
            sources=("residents",),
            description="Members whose date of birth nobody told: they count in no age band.",
            phrase="家中{value}人年龄不详",
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
