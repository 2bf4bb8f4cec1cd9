"""The kinds of conflict, declared: what contradicts what, who is asked, what is unknown meanwhile.

Facts that are withheld are those that could hide a need or take somebody away while they may be wrong: a
pension paid to the dead is no income of the family, and a death the hospital contradicts empties no
household. What is left in raises attention at most. No kind ever asks for an exit or a recovery.
"""

from collections.abc import Callable
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from features.coliving.evidence import RENTED
from features.conflicts.numbers import number_on
from features.known import Known
from features.point_in_time import newest

COLUMNS = ("subject", "feed", "fact_id", "withheld")


@dataclass(frozen=True, kw_only=True)
class ConflictKind:
    """One kind. ``asked`` is the feed whose department gets the task; ``reads`` every feed looked at.

    ``find`` returns ``subject`` (person or account), ``feed``, ``fact_id`` and ``withheld`` (whether
    the fact is unknown while the conflict is open), one row per fact; the facts of one subject are one
    conflict.
    """

    kind: str
    title: str
    asked: str
    reads: tuple[str, ...]
    find: Callable[[Known], ir.Table]


def _deaths(known: Known) -> ir.Table:
    events = known.facts("life_events")
    deaths = events.filter(events.kind == "death")
    return deaths.select("person_id", death_id="event_id", died_on="event_date")


def _facts(rows: ir.Table, subject: str, feed: str, fact: str, *, withheld: bool) -> ir.Table:
    return rows.select(
        subject=rows[subject].cast("string"),
        feed=ibis.literal(feed),
        fact_id=rows[fact].cast("string"),
        withheld=ibis.literal(withheld),
    ).distinct()


def _dead(
    rows: ir.Table, feed: str, fact: str, *, death_withheld: bool, other_withheld: bool
) -> ir.Table:
    return _facts(rows, "person_id", "life_events", "death_id", withheld=death_withheld).union(
        _facts(rows, "person_id", feed, fact, withheld=other_withheld)
    )


def _goes_on(feed: str, fact: str) -> Callable[[Known], ir.Table]:
    """Look for spells nobody ended although their person died: they go on by themselves, no sign of life."""

    def find(known: Known) -> ir.Table:
        spells = known.current(feed).join(_deaths(known), "person_id")
        grace = ibis.interval(days=number_on("payments_stop_within_days", known.day))
        on = spells.filter(
            spells.event_date <= spells.died_on,
            spells.died_on + grace < spells.as_of_date.cast("timestamp"),
            spells.valid_to.isnull() | (spells.valid_to > spells.died_on + grace),
        )
        if feed == "medical_insurance":
            on = on.filter(on.scheme != "none")
        return _dead(on, feed, fact, death_withheld=False, other_withheld=True)

    return find


def _treated(known: Known) -> ir.Table:
    bills = known.facts("medical_settlements").join(_deaths(known), "person_id")
    late = ibis.interval(days=number_on("treated_after_days", known.day))
    after = bills.filter(bills.event_date > bills.died_on + late)
    return _dead(
        after, "medical_settlements", "settlement_id", death_withheld=True, other_withheld=False
    )


def _worked(known: Known) -> ir.Table:
    paid = known.facts("social_insurance").join(_deaths(known), "person_id")
    late = ibis.interval(days=number_on("worked_after_days", known.day))
    after = paid.filter(paid.event_date > paid.died_on + late)
    return _dead(
        after, "social_insurance", "contribution_id", death_withheld=True, other_withheld=True
    )


def _two_registers(known: Known) -> ir.Table:
    spells = known.current("residents")
    counted = spells.group_by("person_id").agg(books=spells.household_id.nunique())
    twice = spells.semi_join(counted.filter(counted.books > 1), "person_id")
    return _facts(twice, "person_id", "residents", "residence_id", withheld=False)


def _two_addresses(known: Known) -> ir.Table:
    held = known.current("housing_tenure")
    rented = held.filter(held.tenure.isin(RENTED)).select(
        "person_id", "tenure_id", rented="address_id", rented_on="event_date"
    )
    grace = ibis.interval(days=number_on("addresses_differ_days", known.day))
    both = known.current("residents").join(rented, "person_id")
    differ = both.filter(
        both.address_id != both.rented,
        both.event_date < both.rented_on,
        both.rented_on + grace < both.as_of_date.cast("timestamp"),
    )
    return _facts(differ, "person_id", "residents", "residence_id", withheld=False).union(
        _facts(differ, "person_id", "housing_tenure", "tenure_id", withheld=False)
    )


def _wages(known: Known) -> ir.Table:
    paid = known.facts("social_insurance")
    days = ibis.interval(days=number_on("looks_back_days", known.day))
    return paid.filter(
        paid.kind == "employed", paid.event_date >= (paid.as_of_date - days).cast("date")
    ).mutate(month=paid.event_date.truncate("month"))


def _two_employers(known: Known) -> ir.Table:
    paid = _wages(known)
    counted = paid.group_by(["person_id", "month"]).agg(bases=paid.contribution_id.nunique())
    twice = paid.semi_join(counted.filter(counted.bases > 1), ["person_id", "month"])
    return _facts(twice, "person_id", "social_insurance", "contribution_id", withheld=True)


def _pensioner_employed(known: Known) -> ir.Table:
    pensions = known.current("pensions")
    drawn = pensions.filter(pensions.kind == "employee").select(
        "person_id", "pension_id", drawn_from="event_date"
    )
    both = _wages(known).join(drawn, "person_id")
    late = ibis.interval(days=number_on("worked_after_days", known.day))
    clash = both.filter(both.event_date > both.drawn_from + late)
    return _facts(clash, "person_id", "pensions", "pension_id", withheld=True).union(
        _facts(clash, "person_id", "social_insurance", "contribution_id", withheld=True)
    )


def _married_to_two(known: Known) -> ir.Table:
    events = known.facts("life_events")
    told = events.filter(events.other_person_id.notnull())
    said = ("event_id", "kind", "event_date")
    both = told.select(*said, one="person_id", other="other_person_id").union(
        told.select(*said, one="other_person_id", other="person_id")
    )
    pair = ("one", "other")
    married = newest(both.filter(both.kind == "marriage"), per=pair, fact_id="event_id")
    parted = both.filter(both.kind == "divorce").group_by(list(pair))
    divorces = parted.agg(divorced=lambda t: t.event_date.max())
    couples = married.left_join(divorces, list(pair)).select(
        *pair, "event_id", "divorced", married="event_date"
    )
    gone = _deaths(known).person_id
    on = couples.filter(
        couples.divorced.isnull() | (couples.married > couples.divorced),
        couples.other.notin(gone),
    )
    counted = on.group_by("one").agg(spouses=on.other.nunique())
    twice = on.semi_join(counted.filter(counted.spouses > 1), "one")
    return _facts(twice, "one", "life_events", "event_id", withheld=True)


def _closed_but_billed(known: Known) -> ir.Table:
    accounts = known.facts("utility_accounts")
    closed = accounts.filter(accounts.valid_to.notnull()).select("account_id", closed_on="valid_to")
    late = ibis.interval(days=number_on("billed_after_days", known.day))
    bills = known.facts("utility_bills").join(closed, "account_id")
    after = bills.filter(bills.event_date > bills.closed_on + late)
    return _facts(after, "account_id", "utility_accounts", "account_id", withheld=True).union(
        _facts(after, "account_id", "utility_bills", "bill_id", withheld=False)
    )


def _after_death(feed: str, fact: str, kind: str, title: str) -> ConflictKind:
    return ConflictKind(
        kind=kind, title=title, asked=feed, reads=("life_events", feed), find=_goes_on(feed, fact)
    )


KINDS = (
    _after_death("pensions", "pension_id", "dead_but_pensioned", "已登记死亡，养老金仍在发放"),
    _after_death("benefits", "benefit_id", "dead_but_on_benefits", "已登记死亡，救助金仍在发放"),
    _after_death(
        "unemployment_benefit", "claim_id", "dead_but_claiming", "已登记死亡，失业金仍在发放"
    ),
    _after_death(
        "medical_insurance", "insurance_id", "dead_but_insured", "已登记死亡，医保仍在参保"
    ),
    _after_death("education", "enrolment_id", "dead_but_enrolled", "已登记死亡，学籍仍在"),
    ConflictKind(
        kind="dead_but_treated",
        title="已登记死亡，之后仍有就医结算",
        asked="life_events",
        reads=("life_events", "medical_settlements"),
        find=_treated,
    ),
    ConflictKind(
        kind="dead_but_working",
        title="已登记死亡，之后仍在缴纳社保",
        asked="life_events",
        reads=("life_events", "social_insurance"),
        find=_worked,
    ),
    ConflictKind(
        kind="two_registers",
        title="同一人登记在两个家庭",
        asked="residents",
        reads=("residents",),
        find=_two_registers,
    ),
    ConflictKind(
        kind="two_addresses",
        title="登记地址与租住地址不一致",
        asked="residents",
        reads=("residents", "housing_tenure"),
        find=_two_addresses,
    ),
    ConflictKind(
        kind="two_employers",
        title="同一个月有两个单位的缴费基数",
        asked="social_insurance",
        reads=("social_insurance",),
        find=_two_employers,
    ),
    ConflictKind(
        kind="pensioner_employed",
        title="已领职工养老金，仍按在职缴费",
        asked="social_insurance",
        reads=("pensions", "social_insurance"),
        find=_pensioner_employed,
    ),
    ConflictKind(
        kind="married_to_two",
        title="同一人有两段存续的婚姻登记",
        asked="life_events",
        reads=("life_events",),
        find=_married_to_two,
    ),
    ConflictKind(
        kind="closed_but_billed",
        title="账户已销户，之后仍有账单",
        asked="utility_accounts",
        reads=("utility_accounts", "utility_bills"),
        find=_closed_but_billed,
    ),
)
