"""Life events: death, divorce, birth, members who came or left.

Events of those who died or moved away are found through the year's former members.
"""

import ibis.expr.types as ir

from features.households import former_members, people
from features.point_in_time import PointInTime, side_by_side
from features.policy import in_force_on
from features.registry import KEYS, Feature, FeatureGroup


def build(view: PointInTime) -> ir.Table:
    """Return one row per household with any event, arrival or departure in 365 days."""
    events = view.facts("life_events", days=365, link="past_person")
    lived = former_members(view)
    age_at_event = lived.select(*KEYS, "person_id", "birth_date")
    deaths = events.filter(events.kind == "death").join(age_at_event, [*KEYS, "person_id"])
    age = deaths.event_date.year() - deaths.birth_date.year()
    of_working_age = (age >= in_force_on("working_age_from", deaths.as_of_date)) & (
        age < in_force_on("elderly_from", deaths.as_of_date)
    )
    died = deaths.group_by(list(KEYS)).agg(
        life_deaths_365d=deaths.person_id.nunique(),
        life_working_age_deaths_365d=deaths.person_id.nunique(where=of_working_age),
        life_last_death_on=deaths.event_date.max(),
    )
    counted = events.group_by(list(KEYS)).agg(
        life_divorces_365d=events.event_date.nunique(where=events.kind == "divorce"),
        life_births_365d=events.person_id.nunique(where=events.kind == "birth"),
        life_last_divorce_on=events.event_date.max(where=events.kind == "divorce"),
        life_last_birth_on=events.event_date.max(where=events.kind == "birth"),
    )
    here = people(view)
    gone = lived.anti_join(here, [*KEYS, "person_id"])
    departures = gone.group_by(list(KEYS)).agg(
        life_departures_365d=gone.count(), life_last_departure_on=gone.valid_to.max()
    )
    return side_by_side(view.spine, died, counted, departures).select(*KEYS, *GROUP.columns)


_EVENTS, _REGISTER = ("life_events",), ("residents",)

GROUP = FeatureGroup(
    name="life_events",
    title="Life events",
    sensitivity="S2",
    sources=(*_REGISTER, *_EVENTS),
    evidence=(
        "life_last_death_on",
        "life_last_divorce_on",
        "life_last_birth_on",
        "life_last_departure_on",
    ),
    features=(
        Feature(
            name="life_deaths_365d",
            unit="deaths",
            missing="zero",
            sources=_EVENTS,
            description="Members who died.",
            phrase="近一年家中有{value}人去世",
            dated_by="life_last_death_on",
        ),
        Feature(
            name="life_working_age_deaths_365d",
            unit="deaths",
            missing="zero",
            sources=_EVENTS,
            description="Of them, of working age in the year of death.",
            phrase="近一年家中有{value}名劳动年龄成员去世",
            dated_by="life_last_death_on",
        ),
        Feature(
            name="life_divorces_365d",
            unit="divorces",
            missing="zero",
            sources=_EVENTS,
            description="Divorces of present or former members; one day is one divorce.",
            phrase="近一年家庭婚姻状况有变动",
            dated_by="life_last_divorce_on",
        ),
        Feature(
            name="life_births_365d",
            unit="births",
            missing="zero",
            sources=_EVENTS,
            description="Children born.",
            phrase="近一年家中新生{value}个孩子",
            dated_by="life_last_birth_on",
        ),
        Feature(
            name="life_departures_365d",
            unit="members",
            missing="zero",
            sources=_REGISTER,
            description="Members who no longer live here: died, moved, left.",
            phrase="近一年有{value}名家庭成员迁出或离开",
            dated_by="life_last_departure_on",
        ),
    ),
    build=build,
)
