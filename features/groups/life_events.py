"""Life events: death, divorce, marriage, birth, members who came or left.

Events of those who died or moved away are found through the year's former members.
"""

import ibis
import ibis.expr.types as ir

from features.households import former_members, people
from features.point_in_time import ENTITY, PointInTime, side_by_side
from features.policy import in_force_on
from features.registry import KEYS, Feature, FeatureGroup
from features.windows import count

_PERSON = (*KEYS, "person_id")


def build(view: PointInTime) -> ir.Table:
    """Return one row per household with any event, arrival or departure in 365 days."""
    events = view.facts("life_events", days=365, link="past_person")
    here = people(view)
    gone = view.members("past_person").rename(person_id=ENTITY).anti_join(here, _PERSON)
    deaths = view.shelf.table("deaths_in_a_year", lambda: _deaths(view, events))
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
        life_marriages_365d=events.event_date.nunique(where=events.kind == "marriage"),
        life_births_365d=events.person_id.nunique(where=events.kind == "birth"),
        life_last_divorce_on=events.event_date.max(where=events.kind == "divorce"),
        life_last_birth_on=events.event_date.max(where=events.kind == "birth"),
    )
    child = here.age < in_force_on("minor_under", here.as_of_date)
    children = here.group_by(list(KEYS)).agg(children=here.count(where=child))
    left = former_members(view, among=gone)
    departures = left.group_by(list(KEYS)).agg(
        life_departures_365d=left.count(), life_last_departure_on=left.valid_to.max()
    )
    tables = (died, counted, children, departures, _arrivals(here), *_earned(view, deaths))
    rows = side_by_side(view.spine, *tables)
    bereaved = rows.life_working_age_deaths_365d > 0
    return rows.mutate(
        life_lost_earner_365d=(rows.wages > 0) | (rows.pensions > 0),
        life_children_bereaved_365d=ibis.ifelse(bereaved, rows.children, 0),
    ).select(*KEYS, *GROUP.columns)


def _deaths(view: PointInTime, events: ir.Table) -> ir.Table:
    """Return the deaths of the year and when the dead were born."""
    deaths = events.filter(events.kind == "death").select(*_PERSON, "event_date")
    lived = former_members(view, among=deaths).select(*_PERSON, "birth_date")
    return deaths.join(lived, _PERSON)


def _earned(view: PointInTime, deaths: ir.Table) -> tuple[ir.Table, ir.Table]:
    """Return what the dead had contributed in the year before, and the pensions they ever had."""
    dead = deaths.select(
        *KEYS,
        **{ENTITY: "person_id"},
        since=(deaths.event_date - ibis.interval(days=365)).cast("date"),
    ).distinct()
    return (
        view.windowed("social_insurance", link=dead, wages=count(days=730)),
        view.windowed("pensions", link=dead.drop("since").distinct(), pensions=count()),
    )


def _arrivals(here: ir.Table) -> ir.Table:
    """Count who joined a household that was there before; its newborn are counted as births."""
    year_ago = here.as_of_date - ibis.interval(days=365)
    born = (here.birth_date >= year_ago).fill_null(False)
    came = (here.joined >= year_ago) & ~born
    counted = here.group_by(list(KEYS)).agg(
        life_arrivals_365d=here.count(where=came),
        life_last_arrival_on=here.joined.max(where=came),
        first=here.joined.min(),
    )
    was_there = counted["first"] < counted.as_of_date - ibis.interval(days=365)
    return counted.filter(was_there).drop("first")


_EVENTS, _REGISTER = ("life_events",), ("residents",)
_EARNINGS = ("social_insurance", "pensions")

GROUP = FeatureGroup(
    name="life_events",
    title="Life events",
    sensitivity="S2",
    sources=(*_REGISTER, *_EVENTS, *_EARNINGS),
    evidence=(
        "life_last_death_on",
        "life_last_divorce_on",
        "life_last_birth_on",
        "life_last_departure_on",
        "life_last_arrival_on",
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
            name="life_lost_earner_365d",
            unit="yes/no",
            dtype="boolean",
            missing="zero",
            sources=(*_EVENTS, *_EARNINGS),
            description="A member died who had contributed to social insurance in the year before, or"
            " had a pension.",
            phrase="近一年家中有收入的成员去世",
            dated_by="life_last_death_on",
        ),
        Feature(
            name="life_children_bereaved_365d",
            unit="members",
            missing="zero",
            sources=(*_REGISTER, *_EVENTS),
            description="Minors at home where a member of working age died.",
            phrase="近一年家中大人去世，留下{value}个未成年人",
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
            name="life_marriages_365d",
            unit="marriages",
            missing="zero",
            sources=_EVENTS,
            description="Marriages of present or former members; one day is one marriage.",
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
        Feature(
            name="life_arrivals_365d",
            unit="members",
            missing="zero",
            sources=_REGISTER,
            description="Members who joined a household that was there before; the newborn are births.",
            phrase="近一年有{value}人搬来同住",
            dated_by="life_last_arrival_on",
            worrying="any",
        ),
    ),
    build=build,
)
