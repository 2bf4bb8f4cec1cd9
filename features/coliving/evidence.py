"""What departments know, on one night, about where a person lives and with whom.

Everything is read as it was known before midnight of the ``as_of_date``. Absent feeds say nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from features.coliving.weights import Weights
from features.known import Known
from features.point_in_time import in_force, newest

RENTED = ("public_rental", "private_rental", "dormitory")
READS = frozenset(
    {"residents", "housing_tenure", "education", "life_events", "medical_insurance",
     "account_links", "utility_bills"}
)  # fmt: skip
SUMMER_DAYS = 120
METER_DAYS = 100
"""Bills of the last three billing months say whether somebody is at home, days."""

_DWELLING = {
    "person_id": "string",
    "address_id": "string",
    "kind": "string",
    "log_odds": "float64",
    "since": "date",
}
_LINK = {
    "person_a": "string",
    "person_b": "string",
    "kind": "string",
    "log_odds": "float64",
    "pull": "float64",
}


@dataclass(frozen=True)
class Evidence:
    """Expressions, all of one night.

    ``people``: ``person_id``, ``birth_date``, ``sex``, ``relation``, ``marital_status``, ``hukou``,
    ``book`` (number of the register household), null where no register told it. ``homes``:
    ``person_id, address_id, kind, log_odds, since``. ``empty``: ``address_id`` of homes where every
    meter stands still. ``links``: ``person_a, person_b, kind, log_odds, pull``, a < b; ``pull`` says
    how far one's address carries to the other. ``gone``: ``person_id, until`` of everybody who died
    or whose last residence ended.
    """

    people: ir.Table
    homes: ir.Table
    empty: ir.Table
    links: ir.Table
    gone: ir.Table


def evidence(known: Known, told: Known, *, weights: Weights) -> Evidence:
    """Return the evidence of one night.

    Args:
        known: facts of the night without those under dispute, and the engine's own memberships of
            the night before as ``household_members``.
        told: the same with disputed facts: a death under dispute closes nobody's residence.
        weights: log-odds in force.
    """
    register = _register(known, told)
    open_spells = in_force(register)
    gone = _gone(register, open_spells, known)
    previous = known.current("household_members")
    earlier = previous.filter(previous.certain)
    return Evidence(
        people=_people(register, open_spells, weights),
        homes=_homes(known, open_spells, gone, earlier, weights),
        empty=_empty(known, weights),
        links=_links(known, open_spells, earlier, weights),
        gone=gone,
    )


def _register(known: Known, told: Known) -> ir.Table:
    """Return the register's spells; one closed by a death that is under dispute counts as open."""
    spells = told.facts("residents")
    if not known.has("life_events"):
        return spells
    disputed = _deaths(told).anti_join(_deaths(known), "person_id")
    disputed = disputed.select("person_id", disputed_death="event_date")
    joined = spells.left_join(disputed, "person_id").drop("person_id_right")
    by_death = (joined.valid_to >= joined.disputed_death).fill_null(False)
    reopened = by_death.ifelse(ibis.null("date"), joined.valid_to)
    return joined.mutate(valid_to=reopened).drop("disputed_death")


def _deaths(known: Known) -> ir.Table:
    events = known.facts("life_events")
    deaths = events.filter(events.kind == "death")
    return deaths.group_by("person_id").agg(event_date=deaths.event_date.max())


def _gone(register: ir.Table, open_spells: ir.Table, known: Known) -> ir.Table:
    ended = register.anti_join(open_spells, "person_id")
    left = ended.group_by("person_id").agg(until=ended.valid_to.max(), died=ibis.literal(False))
    if not known.has("life_events"):
        return left
    deaths = _deaths(known)
    died = deaths.select("person_id", until=deaths.event_date, died=ibis.literal(True))
    return left.anti_join(died, "person_id").union(died)


def _people(register: ir.Table, open_spells: ir.Table, weights: Weights) -> ir.Table:
    last = newest(register, per=("person_id",), fact_id="residence_id")
    sizes = open_spells.group_by("household_id").agg(size=open_spells.person_id.nunique())
    books = newest(open_spells, per=("person_id",), fact_id="residence_id").join(
        sizes, "household_id"
    )
    books = books.filter(books["size"] <= weights["largest_household"]).select(
        "person_id", book="household_id", book_relation="relation"
    )
    told = last.select("person_id", "birth_date", "sex", "marital_status", "hukou")
    return told.left_join(books, "person_id").drop("person_id_right")


def _homes(
    known: Known, open_spells: ir.Table, gone: ir.Table, earlier: ir.Table, weights: Weights
) -> ir.Table:
    def fading(weight: str, half_life: str, spells: ir.Table) -> ir.FloatingValue:
        days = spells.as_of_date.delta(spells.event_date, unit="day")
        return weights[weight] * ibis.literal(0.5).pow(days / weights[half_life])

    found = [
        open_spells.select(
            "person_id", "address_id", kind=ibis.literal("register"),
            log_odds=fading("register_address", "register_address_half_life_days", open_spells),
            since=open_spells.event_date,
        )
    ]  # fmt: skip
    if known.has("housing_tenure"):
        held = known.current("housing_tenure")
        rented = held.tenure.isin(RENTED)
        found.append(
            held.select(
                "person_id", "address_id", kind=ibis.literal("tenure"),
                log_odds=rented.ifelse(weights["tenure_let"], weights["tenure_owned"]),
                since=held.event_date,
            )
        )  # fmt: skip
    if known.has("education"):
        forms = _forms(known)
        forms = forms.filter(forms.address_id.notnull())
        told = fading("school_address", "school_address_half_life_days", forms)
        books = open_spells.select("person_id", registered="address_id").distinct()
        # Parents write the registered address where a school asks for it: that is no second source.
        copied = forms.semi_join(
            books, [forms.person_id == books.person_id, forms.address_id == books.registered]
        ).select("enrolment_id", is_copied=ibis.literal(True))
        forms = forms.mutate(told=told).left_join(copied, "enrolment_id")
        is_copied = forms.is_copied.fill_null(False)
        for person in ("person_id", "guardian_id"):
            named = forms.filter(forms[person].notnull())
            found.append(
                named.select(
                    "address_id", person_id=named[person], since=named.event_date,
                    kind=is_copied.ifelse("form", "school"),
                    log_odds=is_copied.ifelse(weights["school_form_as_registered"], named.told),
                )
            )  # fmt: skip
    found.append(
        earlier.select(
            "person_id", "address_id", kind=ibis.literal("earlier"),
            log_odds=ibis.literal(weights["earlier_home"]), since=earlier.event_date,
        )
    )  # fmt: skip
    every = ibis.union(*(_typed(table, _DWELLING) for table in found))
    # What began before somebody left or died says nothing about afterwards.
    joined = every.left_join(gone, "person_id").drop("person_id_right")
    here = joined.until.isnull() | (~joined.died & (joined.since > joined.until))
    kept = joined.filter(here).drop("until", "died")
    return kept.group_by(["person_id", "address_id", "kind"]).agg(
        log_odds=kept.log_odds.max(), since=kept.since.min()
    )


def _forms(known: Known) -> ir.Table:
    """Return the school forms in force, and those that ended within the summer: nobody moves out in July."""
    forms = known.facts("education")
    ended = forms.as_of_date - ibis.interval(days=SUMMER_DAYS)
    return forms.filter(forms.valid_to.isnull() | (forms.valid_to >= ended.cast("date")))


def _empty(known: Known, weights: Weights) -> ir.Table:
    """Return ``address_id`` where the accepted meters were billed and stood still."""
    if not (known.has("account_links") and known.has("utility_bills")):
        return ibis.memtable({"address_id": []}, schema={"address_id": "string"})
    links = known.current("account_links")
    links = links.filter(links.accepted)
    bills = known.facts("utility_bills")
    recent = bills.filter(
        bills.event_date >= bills.as_of_date - ibis.interval(days=METER_DAYS),
        bills.service.isin(("power", "water")),
    )
    use = recent.join(links.select("account_id", "address_id").distinct(), "account_id")
    homes = use.group_by("address_id").agg(bills=use.count(), most=use.usage.max())
    return homes.filter(homes.bills >= 2, homes.most < weights["nobody_home_below"]).select(
        "address_id"
    )


def _links(known: Known, open_spells: ir.Table, earlier: ir.Table, weights: Weights) -> ir.Table:
    found = [
        _of_one_book(open_spells, weights),
        _pairs(
            earlier.select("person_id", group="household_id"),
            "earlier", weights["earlier_together"], weights,
        ),
    ]  # fmt: skip
    if known.has("life_events"):
        found += [_spouses(known, weights), _mothers(known, weights)]
    if known.has("education"):
        forms = _forms(known)
        forms = forms.filter(forms.guardian_id.notnull())
        found.append(
            _ordered(
                forms.select(one="person_id", other="guardian_id"),
                "guardian", weights["guardian_pupil"], weights["pull_minor"],
            )
        )  # fmt: skip
    if known.has("medical_insurance"):
        insured = known.current("medical_insurance")
        insured = insured.filter(insured.family_account_id.notnull())
        found.append(
            _pairs(
                insured.select("person_id", group="family_account_id"),
                "medical", weights["medical_family"], weights, pull=weights["pull_medical"],
            )
        )  # fmt: skip
    if known.has("housing_tenure"):
        held = known.current("housing_tenure")
        found.append(
            _pairs(
                held.select("person_id", group="address_id"),
                "tenure", weights["co_tenure"], weights,
            )
        )  # fmt: skip
    every = ibis.union(*(_typed(table, _LINK) for table in found))
    return every.group_by(["person_a", "person_b", "kind"]).agg(
        log_odds=every.log_odds.max(), pull=every.pull.max()
    )


def _of_one_book(open_spells: ir.Table, weights: Weights) -> ir.Table:
    age = open_spells.as_of_date.year() - open_spells.birth_date.year()
    members = open_spells.select(
        "person_id",
        "relation",
        group="household_id",
        minor=age < weights["minor_until"],
        couple=open_spells.relation.isin(("head", "spouse")),
    )
    joined = _self_join(members, weights)
    couple = joined.couple_a & joined.couple_b
    pull = ibis.cases(
        (couple, weights["pull_spouse"]),
        (joined.minor_a | joined.minor_b, weights["pull_minor"]),
        else_=weights["pull_book"],
    )
    return joined.select(
        "person_a", "person_b", kind=ibis.literal("register"),
        log_odds=ibis.literal(weights["same_book"]), pull=pull,
    )  # fmt: skip


def _spouses(known: Known, weights: Weights) -> ir.Table:
    events = known.facts("life_events")
    events = events.filter(events.other_person_id.notnull())
    events = events.select(
        "kind",
        "event_date",
        person_a=ibis.least(events.person_id, events.other_person_id),
        person_b=ibis.greatest(events.person_id, events.other_person_id),
    )
    couples = events.group_by(["person_a", "person_b"]).agg(
        married=events.event_date.max(where=events.kind == "marriage"),
        divorced=events.event_date.max(where=events.kind == "divorce"),
    )
    together = couples.married.notnull() & (
        couples.divorced.isnull() | (couples.married > couples.divorced)
    )
    return couples.filter(together).select(
        "person_a", "person_b", kind=ibis.literal("spouse"),
        log_odds=ibis.literal(weights["spouse"]), pull=ibis.literal(weights["pull_spouse"]),
    )  # fmt: skip


def _mothers(known: Known, weights: Weights) -> ir.Table:
    events = known.facts("life_events")
    births = events.filter(events.kind == "birth", events.other_person_id.notnull())
    return _ordered(
        births.select(one="person_id", other="other_person_id"),
        "mother", weights["mother_child"], weights["pull_minor"],
    )  # fmt: skip


def _pairs(
    members: ir.Table, kind: str, log_odds: float, weights: Weights, *, pull: float = 0.0
) -> ir.Table:
    joined = _self_join(members, weights)
    return joined.select(
        "person_a", "person_b", kind=ibis.literal(kind),
        log_odds=ibis.literal(log_odds), pull=ibis.literal(pull),
    )  # fmt: skip


def _self_join(members: ir.Table, weights: Weights) -> ir.Table:
    """Return every pair of one ``group``; groups too large to be a household are left out."""
    members = members.distinct()
    sizes = members.group_by("group").agg(size=members.person_id.nunique())
    small = sizes.filter(sizes["size"] > 1, sizes["size"] <= weights["largest_household"])
    kept = members.semi_join(small, "group")
    left = kept.rename({f"{name}_a": name for name in kept.columns if name != "group"})
    right = kept.rename({f"{name}_b": name for name in kept.columns if name != "group"})
    joined = left.join(right, "group").rename(person_a="person_id_a", person_b="person_id_b")
    return joined.filter(joined.person_a < joined.person_b)


def _ordered(pairs: ir.Table, kind: str, log_odds: float, pull: float) -> ir.Table:
    return pairs.select(
        person_a=ibis.least(pairs.one, pairs.other),
        person_b=ibis.greatest(pairs.one, pairs.other),
        kind=ibis.literal(kind), log_odds=ibis.literal(log_odds), pull=ibis.literal(pull),
    )  # fmt: skip


def _typed(table: ir.Table, schema: Mapping[str, str]) -> ir.Table:
    return table.select(**{name: table[name].cast(kind) for name, kind in schema.items()})
