"""Tickets: calls of 12345 and reports of the grid, by the household or about its home.

A call belongs to a household if a member made it, or if it is about an address the household lived at
that day: a caller often gives only one of the two. Who never calls is not without need.
"""

import ibis
import ibis.expr.types as ir

from features.households import addresses_since
from features.point_in_time import PointInTime, side_by_side
from features.registry import KEYS, Feature, FeatureGroup
from features.windows import within

CARE = ("elder_care", "disability")
HELP = ("income_help", "medical_cost", "school", *CARE)
"""What a household calls about that wants help for itself, and not a repair or a complaint."""


def tickets_of_homes(view: PointInTime) -> ir.Table:
    """Return per household and category ``calls_90d, calls_365d, open_calls`` and the dates of calls."""
    return view.shelf.table("tickets_of_homes", lambda: _tickets_of_homes(view))


def _tickets_of_homes(view: PointInTime) -> ir.Table:
    told = (*KEYS, "ticket_id", "category", "event_date", "closed_on")
    made = view.facts("tickets").select(*told)
    about = view.facts("tickets", link="address", column="address_id")
    about = about.join(addresses_since(view), [*KEYS, "address_id"])
    about = about.filter(about.event_date >= about.since).select(*told)
    calls = made.union(about, distinct=True)
    is_open = calls.closed_on.isnull()
    return calls.group_by([*KEYS, "category"]).agg(
        calls_90d=calls.count(where=within(calls, days=90)),
        calls_365d=calls.count(where=within(calls, days=365)),
        open_calls=calls.count(where=is_open),
        open_since=calls.event_date.min(where=is_open),
        last_on=calls.event_date.max(),
    )


def build(view: PointInTime) -> ir.Table:
    """Return one row per household that any ticket is by or about."""
    themes = tickets_of_homes(view)
    for_help, year = themes.category.isin(HELP), themes.calls_365d
    rows = themes.group_by(list(KEYS)).agg(
        tickets_365d=year.sum(),
        tickets_help_90d=themes.calls_90d.sum(where=for_help).fill_null(0),
        tickets_help_365d=year.sum(where=for_help).fill_null(0),
        tickets_income_365d=year.sum(where=themes.category == "income_help").fill_null(0),
        tickets_wages_365d=year.sum(where=themes.category == "wages").fill_null(0),
        tickets_care_365d=year.sum(where=themes.category.isin(CARE)).fill_null(0),
        tickets_school_365d=year.sum(where=themes.category == "school").fill_null(0),
        tickets_same_theme_365d=year.max(),
        tickets_open=themes.open_calls.sum(),
        ticket_open_since=themes.open_since.min(),
        ticket_last_on=themes.last_on.max(),
        ticket_help_on=themes.last_on.max(where=for_help),
    )
    rows = side_by_side(view.spine, rows)
    open_days = rows.as_of_date.delta(rows.ticket_open_since, unit="day")
    return rows.mutate(
        ticket_oldest_open_days=ibis.ifelse(rows.tickets_open > 0, open_days, 0),
        ticket_days_since_last=rows.as_of_date.delta(rows.ticket_last_on, unit="day"),
    ).select(*KEYS, *GROUP.columns)


def _calls(name: str, description: str, phrase: str, *, dated_by: str) -> Feature:
    return Feature(
        name=name,
        unit="calls",
        dtype="integer",
        missing="zero",
        description=description,
        phrase=phrase,
        dated_by=dated_by,
    )


_LAST, _HELP, _OPEN = "ticket_last_on", "ticket_help_on", "ticket_open_since"

GROUP = FeatureGroup(
    name="tickets",
    title="Calls for help at the hotline and the grid desk",
    sensitivity="S3",
    sources=("residents", "tickets"),
    evidence=(_LAST, _HELP, _OPEN),
    features=(
        _calls("tickets_365d", "Calls of any kind.", "近一年拨打热线或向网格反映{value}次",
               dated_by=_LAST),
        _calls("tickets_help_90d",
               "Calls about income, medical cost, care, disability or school: help wanted for themselves.",
               "近三个月为生活困难求助{value}次", dated_by=_HELP),
        _calls("tickets_help_365d",
               "Calls about income, medical cost, care, disability or school: help wanted for themselves.",
               "近一年为生活困难求助{value}次", dated_by=_HELP),
        _calls("tickets_income_365d", "Calls that ask for help with income.",
               "近一年为生活费求助{value}次", dated_by=_HELP),
        _calls("tickets_wages_365d", "Calls about wages not paid.",
               "近一年反映欠薪{value}次", dated_by=_LAST),
        _calls("tickets_care_365d", "Calls about care of the old or of a disability.",
               "近一年为照料问题求助{value}次", dated_by=_HELP),
        _calls("tickets_school_365d", "Calls about school.",
               "近一年为上学问题求助{value}次", dated_by=_HELP),
        _calls("tickets_same_theme_365d",
               "Most calls about any one category: the same again and again means no answer helped.",
               "近一年就同一问题反映{value}次", dated_by=_LAST),
        _calls("tickets_open", "Calls not closed, as far as reported.",
               "有{value}件诉求还未办结", dated_by=_OPEN),
        Feature(
            name="ticket_oldest_open_days",
            unit="days",
            dtype="integer",
            missing="zero",
            description="Days the oldest call not closed has been open; 0 if all are closed.",
            phrase="最早一件未办结诉求已{value}天",
            dated_by=_OPEN,
        ),
        Feature(
            name="ticket_days_since_last",
            unit="days",
            dtype="integer",
            missing="unknown",
            description="Days since the last call of any kind; unknown if there never was one.",
            phrase="上次反映诉求距今{value}天",
            dated_by=_LAST,
            worrying="low",
        ),
    ),
    build=build,
)  # fmt: skip
