"""What the rules of the relief ladder ask and no other group says: facts to decide by, never to rank by.

An asset check may be used only for the rules of the application it was authorised for, and whether a rule is
met may not make anybody more or less urgent: every column here has the purpose ``decide_rules``, so no model
and no trigger sees it. What nobody reported stays unknown, so a rule says it cannot tell.
"""

import ibis
import ibis.expr.types as ir

from features.groups.medical_burden import care_of_families
from features.households import age_on, former_members, people
from features.persons import summed
from features.point_in_time import (
    ENTITY,
    PointInTime,
    days_in_force,
    in_force,
    newest,
    side_by_side,
)
from features.policy import in_force_on
from features.registry import KEYS, Dtype, Feature, FeatureGroup, Missing
from features.windows import SCALE, count, total, within
from features.work_on_record import contributors

PERSON = (*KEYS, "person_id")
CHECK_HOLDS_DAYS = 365
"""An asset check answers for so long: 民发〔2021〕57号 art. 31 has families checked every 12 months at most."""
EARNER_UNDER = 60
MIND = ("intellectual", "mental")
STATUSES = {"tekun": "tekun", "dibao": "dibao", "edge": "dibao_edge", "rigid": "rigid_expense"}
"""Rung of the ladder and the scheme that is it; temporary aid is paid once and is no status."""
CHECKED = {
    "rule_checked_income_month": "household_income_month",
    "rule_checked_monetary_assets": "household_monetary_assets",
    "rule_checked_homes": "household_homes",
    "rule_checked_cars": "household_cars",
    "rule_checked_business_capital": "household_business_capital",
    "rule_checked_able_supporters": "able_supporters",
    "rule_checked_spending_year": "household_spending_year",
}


def _certified(view: PointInTime) -> ir.Table:
    """Return the newest certificate in force of each member: ``unable`` to work, ``enters_alone``."""
    told = view.current("disability_certificates")
    one = newest(told, per=PERSON, fact_id="certificate_id")
    mind = one.kind.isin(MIND)
    # 民发〔2021〕43号 art. 5: these kinds and grades are without capacity to work, others are not named.
    unable = (
        (mind & (one.grade <= 3))
        | ((one.kind == "physical") & (one.grade <= 2))
        | ((one.kind == "sight") & (one.grade <= 1))
    )
    # 民发〔2021〕57号 art. 8.
    alone = (one.grade <= 2) | (mind & (one.grade <= 3))
    return one.select(*PERSON, unable=unable, enters_alone=alone)


def _able(view: PointInTime, certified: ir.Table) -> ir.Table:
    members = people(view).select(*PERSON, "age")
    unable = certified.filter(certified.unable).select(*PERSON, is_unable=True)
    known = members.left_join(unable, PERSON, rname="{name}_certified")
    able = known.is_unable.isnull()
    ages = known.group_by(list(KEYS)).agg(
        younger=known.count(where=able & known.age.between(16, 17)),
        older=known.count(where=able & known.age.between(18, 59)),
        ages_unknown=known.count(where=known.age.isnull()),
    )
    told = ages.ages_unknown == 0
    return ages.select(
        *KEYS,
        rule_able_members_16_17=told.ifelse(ages.younger, ibis.null("int64")),
        rule_able_members_18_59=told.ifelse(ages.older, ibis.null("int64")),
    )


def _checked(view: PointInTime) -> ir.Table:
    check = newest(view.facts("asset_checks"), per=KEYS, fact_id="check_id")
    valid = check.filter(within(check, days=CHECK_HOLDS_DAYS))
    return valid.select(*KEYS, **CHECKED)


def _certain_income(view: PointInTime) -> ir.Table:
    """Return the income of a month that hardly anybody can be without, as far as records tell.

    Left out: members whose contributions do not reach the latest reported month, who pay for themselves (the base is
    their choice), or who stood at the legal floor of the base, where the wage may be lower.
    """
    paid = contributors(view)
    employed = (paid.gap == 0) & (paid.employed_on == paid.last_on) & (paid.at_floor_180d == 0)
    wages = paid.filter(employed).select(*KEYS, parts="base_now")
    spells = [view.current(feed) for feed in ("pensions", "unemployment_benefit")]
    paid_out = [
        spell.group_by(list(KEYS)).agg(parts=summed(spell.monthly_amount)) for spell in spells
    ]
    parts = ibis.union(wages, *paid_out)
    return parts.group_by(list(KEYS)).agg(
        rule_certain_income_month=parts.parts.sum() / ibis.literal(SCALE)
    )


def _spending(view: PointInTime) -> ir.Table:
    """Return what of a year's necessary spending is on record; a lease counts for its days only."""
    care = care_of_families(view).select(*KEYS, "care_paid_365d")
    school = view.windowed(
        "education",
        fees=total(lambda year: ibis.greatest(year.fee_due - year.aid_amount, 0), days=365),
    )
    leases = view.current("housing_tenure").filter(lambda lease: lease.monthly_rent > 0)
    lease = newest(leases, per=KEYS, fact_id="tenure_id")
    rent = lease.monthly_rent * days_in_force(lease, days=365) * (12 / 365)
    rows = side_by_side(view.spine, care, school, lease.select(*KEYS, rent=rent))
    spent = rows.care_paid_365d.fill_null(0) + rows.fees.fill_null(0) + rows.rent.fill_null(0)
    return rows.select(*KEYS, rule_necessary_spending_365d=spent)


def _setting(view: PointInTime) -> ir.Table:
    """Return whether the household lives in the country; unknown where its grids differ."""
    grids = view.current("grid_tree")
    told = grids.group_by(list(KEYS)).agg(
        settings=grids.setting.nunique(), rural=(grids.setting == "rural").any()
    )
    one = told.settings == 1
    return told.select(*KEYS, rule_is_rural=one.ifelse(told.rural, ibis.null("boolean")))


def _sudden(view: PointInTime) -> ir.Table:
    """Count what struck each household within 90 days; each person or home once for each kind."""
    told = view.facts("disability_certificates")
    severe = told.grade <= in_force_on("severe_disability_grade", told.as_of_date)
    first = told.group_by(list(PERSON)).agg(event_date=told.event_date.min(where=severe))
    disabled = first.filter(within(first, days=90))
    claims = view.facts("unemployment_benefit", days=90)
    unsafe = in_force(view.facts("housing_danger", days=90)).filter(lambda home: home.grade == "D")
    deaths = _deaths_that_count(view)
    rows = side_by_side(
        view.spine,
        deaths.group_by(list(KEYS)).agg(deaths=deaths.person_id.nunique()),
        disabled.group_by(list(KEYS)).agg(disabled=disabled.count()),
        claims.group_by(list(KEYS)).agg(claims=claims.person_id.nunique()),
        unsafe.group_by(list(KEYS)).agg(unsafe=unsafe.address_id.nunique()),
    )
    kinds = [rows[name].fill_null(0) for name in ("deaths", "disabled", "claims", "unsafe")]
    return rows.select(*KEYS, rule_sudden_events_90d=kinds[0] + kinds[1] + kinds[2] + kinds[3])


def _deaths(view: PointInTime) -> ir.Table:
    """Return the deaths of 90 days and whether the dead were surely ``young``, under 60."""
    events = view.facts("life_events", days=90, link="past_person")
    deaths = events.filter(events.kind == "death").select(*PERSON, "event_date")
    lived = former_members(view, among=deaths).select(*PERSON, "birth_date")
    dead = deaths.join(lived, PERSON)
    young = (age_on(dead.event_date, dead.birth_date) < EARNER_UNDER).fill_null(False)
    return dead.select(*PERSON, "event_date", young=young)


def _deaths_that_count(view: PointInTime) -> ir.Table:
    """Return deaths of members under 60, and of older ones who had contributed in the year before."""
    dead = view.shelf.table("deaths_in_90_days", lambda: _deaths(view))
    old = dead.filter(~dead.young)
    # windowed() asks whose facts to add up: everybody's own.
    own = old.select(
        "as_of_date",
        household_id="person_id",
        **{ENTITY: "person_id"},
        since=(old.event_date - ibis.interval(days=365)).cast("date"),
    ).distinct()
    paid = view.windowed("social_insurance", link=own, months=count(days=365 + 90))
    earned = paid.filter(paid.months > 0).select("as_of_date", person_id="household_id")
    return dead.filter(dead.young).union(old.semi_join(earned, ["as_of_date", "person_id"]))


def _held(view: PointInTime) -> ir.Table:
    spells = view.current("benefits")
    recognised = spells.scheme.isin(tuple(STATUSES.values()))
    held = spells.group_by(list(KEYS)).agg(
        **{
            f"rule_holds_{rung}": (spells.scheme == scheme).any()
            for rung, scheme in STATUSES.items()
        },
        on=spells.event_date.max(where=recognised),
    )
    days = held.as_of_date.delta(held["on"], unit="day")
    return held.mutate(rule_days_since_recognised=days).drop("on")


def build(view: PointInTime) -> ir.Table:
    """Return one row per household."""
    certified = _certified(view)
    alone = certified.group_by(list(KEYS)).agg(
        rule_single_entry_disabled=certified.count(where=certified.enters_alone)
    )
    pensions = view.current("pensions").filter(lambda spell: spell.kind == "resident")
    basic = pensions.group_by(list(KEYS)).agg(parts=summed(pensions.monthly_amount))
    return side_by_side(
        view.spine,
        _able(view, certified),
        alone,
        basic.select(*KEYS, rule_basic_pension_month=basic.parts / SCALE),
        _certain_income(view),
        _checked(view),
        _spending(view),
        _setting(view),
        _sudden(view),
        _held(view),
    ).select(*KEYS, *GROUP.columns)


def _told(
    name: str,
    unit: str,
    description: str,
    *sources: str,
    dtype: Dtype = "integer",
    missing: Missing = "unknown",
) -> Feature:
    return Feature(
        name=name,
        unit=unit,
        dtype=dtype,
        missing=missing,
        purpose="decide_rules",
        sources=sources,
        description=description,
    )


_ABLE = " not certified as without capacity to work (intellectual or mental grades 1-3, physical 1-2, sight 1;"
_HELD = "A member holds {} now, as far as reported."
_FOUND = "the last check within 365 days found; unknown if none did."
_EVENTS = ("life_events", "disability_certificates", "unemployment_benefit", "housing_danger")

GROUP = FeatureGroup(
    name="rule_facts",
    title="Facts for the rules of the relief ladder",
    sensitivity="S3",
    sources=(
        "residents", "grid_tree", "disability_certificates", "pensions", "asset_checks", "medical_settlements",
        "education", "housing_tenure", "life_events", "social_insurance", "unemployment_benefit",
        "housing_danger", "benefits",
    ),
    features=(
        _told("rule_able_members_16_17", "members",
              f"Members of 16 and 17 years{_ABLE} 民发〔2021〕43号 art. 5). Unknown if a member's age is.",
              "residents", "disability_certificates"),
        _told("rule_able_members_18_59", "members",
              f"Members of 18 to 59 years{_ABLE} 民发〔2021〕43号 art. 5). Unknown if a member's age is.",
              "residents", "disability_certificates"),
        _told("rule_single_entry_disabled", "members",
              "Members with a certificate of grades 1-2, or of grade 3 for an intellectual or mental disability:"
              " who may enter dibao alone (民发〔2021〕57号 art. 8).",
              "disability_certificates", missing="zero"),
        _told("rule_basic_pension_month", "yuan per month",
              "Residents' pensions of the members in force; the part from own contributions is not told apart.",
              "pensions", dtype="number", missing="zero"),
        _told("rule_certain_income_month", "yuan per month",
              "Wage bases (mean of the three latest reported months) of members employed in the latest reported month and"
              " not at the legal floor within 180 days, pensions and unemployment benefit in force. A base may still"
              " exceed the wage where an employer pays contributions and no wage.",
              "social_insurance", "pensions", "unemployment_benefit", dtype="number", missing="zero"),
        _told("rule_checked_income_month", "yuan per month",
              f"Income of the household {_FOUND}", "asset_checks", dtype="number"),
        _told("rule_checked_monetary_assets", "yuan",
              f"Money, securities and insurance of the household {_FOUND}", "asset_checks", dtype="number"),
        _told("rule_checked_homes", "homes", f"Homes {_FOUND}", "asset_checks"),
        _told("rule_checked_cars", "cars",
              f"Motor vehicles, without those disabled members get about in, {_FOUND}", "asset_checks"),
        _told("rule_checked_business_capital", "yuan",
              f"Capital subscribed in businesses {_FOUND}", "asset_checks", dtype="number"),
        _told("rule_checked_able_supporters", "persons",
              f"Relatives obliged and able to support {_FOUND} Asked with their consent only.", "asset_checks"),
        _told("rule_checked_spending_year", "yuan per year",
              f"Necessary spending of a year {_FOUND}", "asset_checks", dtype="number"),
        _told("rule_necessary_spending_365d", "yuan",
              "Self-paid care after insurance and aid, school fees after aid, and the registered rent of the days"
              " the newest lease was in force: a floor.",
              "medical_settlements", "education", "housing_tenure", dtype="number", missing="zero"),
        _told("rule_is_rural", "yes/no",
              "The grid lies in the country by the statistical division; unknown if nobody says.",
              "grid_tree", dtype="boolean"),
        _told("rule_sudden_events_90d", "events",
              "Deaths of members under 60 or who had contributed in the year before, first certificates of a"
              " severe disability, unemployment benefits begun, homes found dangerous as a whole (D).",
              *_EVENTS, "social_insurance", missing="zero"),
        *(
            _told(f"rule_holds_{rung}", "yes/no", _HELD.format(scheme), "benefits",
                  dtype="boolean", missing="zero")
            for rung, scheme in STATUSES.items()
        ),
        _told("rule_days_since_recognised", "days",
              "Days since the newest of tekun, dibao, dibao_edge and rigid_expense in force began; unknown"
              " without one.", "benefits"),
    ),
    build=build,
)  # fmt: skip
