"""Every kind of conflict from both sides: facts that contradict each other, and facts that only look so."""

import pytest
from ibis.backends.duckdb import Backend

from tests.coliving.night import Village

DEAD = """
    event_id | person_id | event_date | kind
    e1       | anna      | 2024-01-10 | death
    """
HOME = """
    residence_id | person_id | household_id | address_id | event_date | birth_date | relation
    r1           | anna      | book1        | a1         | 2015-01-01 | 1950-01-01 | head
    r2           | ben       | book1        | a1         | 2015-01-01 | 1980-01-01 | child
    """
PAID = {
    "pensions": "pension_id | person_id | event_date | valid_to\nn1 | anna | 2010-01-01 | {end}",
    "benefits": "benefit_id | person_id | event_date | valid_to\nf1 | anna | 2020-01-01 | {end}",
    "unemployment_benefit": "claim_id | person_id | event_date | valid_to\nq1 | anna | 2023-11-01 | {end}",
    "medical_insurance": "insurance_id | person_id | event_date | valid_to | scheme\n"
    "i1 | anna | 2020-01-01 | {end} | resident",
    "education": "enrolment_id | person_id | event_date | valid_to\ns1 | anna | 2023-09-01 | {end}",
}


def found(engine: Backend, **drawings: str) -> dict[str, set[tuple[str, bool]]]:
    """Return, per kind of conflict, the feeds involved and whether their facts are withheld."""
    conflicts = Village(engine, **{"residents": HOME, **drawings}).night().conflicts
    return {
        str(kind): set(zip(rows["feed"], rows["withheld"], strict=True))
        for kind, rows in conflicts.groupby("kind")
    }


@pytest.mark.parametrize("feed", sorted(PAID))
def test_what_goes_on_long_after_a_death_is_withheld_and_the_death_stands(
    engine: Backend, feed: str
) -> None:
    goes_on = found(engine, life_events=DEAD, **{feed: PAID[feed].format(end="?")})
    stopped_in_time = found(engine, life_events=DEAD, **{feed: PAID[feed].format(end="2024-02-28")})

    assert list(goes_on.values()) == [{("life_events", False), (feed, True)}]
    assert stopped_in_time == {}


def test_a_death_only_just_reported_contradicts_nothing_yet(engine: Backend) -> None:
    lately = DEAD.replace("2024-01-10", "2024-06-20")

    assert found(engine, life_events=lately, pensions=PAID["pensions"].format(end="?")) == {}


@pytest.mark.parametrize(
    ("day", "kinds"), [("2024-02-05", []), ("2024-05-05", ["dead_but_treated"])]
)
def test_a_treatment_well_after_a_death_puts_the_death_in_doubt(
    engine: Backend, day: str, kinds: list[str]
) -> None:
    bill = f"settlement_id | person_id | event_date\ns1 | anna | {day}"
    conflicts = found(engine, life_events=DEAD, medical_settlements=bill)

    assert list(conflicts) == kinds
    assert all(
        sides == {("life_events", True), ("medical_settlements", False)}
        for sides in conflicts.values()
    )


@pytest.mark.parametrize(
    ("day", "kinds"), [("2024-03-01", []), ("2024-05-01", ["dead_but_working"])]
)
def test_contributions_well_after_a_death_put_both_in_doubt(
    engine: Backend, day: str, kinds: list[str]
) -> None:
    paid = f"contribution_id | person_id | event_date | kind\nc1 | anna | {day} | employed"
    conflicts = found(engine, life_events=DEAD, social_insurance=paid)

    assert list(conflicts) == kinds
    assert all(withheld for sides in conflicts.values() for _, withheld in sides)


def test_two_open_residences_are_asked_about_and_none_is_withheld(engine: Backend) -> None:
    twice = HOME + "r3 | ben | book2 | a2 | 2023-01-01 | 1980-01-01 | head"
    once = HOME + "r3 | carl | book2 | a2 | 2023-01-01 | 1980-01-01 | head"

    assert found(engine, residents=twice) == {"two_registers": {("residents", False)}}
    assert found(engine, residents=once) == {}


@pytest.mark.parametrize(("since", "differs"), [("2023-06-01", True), ("2024-05-01", False)])
def test_a_rented_home_elsewhere_for_half_a_year_contradicts_the_register(
    engine: Backend, since: str, differs: bool
) -> None:
    rents = f"""
        tenure_id | person_id | address_id | event_date | tenure
        t1        | ben       | a2         | {since}    | private_rental
        """

    assert ("two_addresses" in found(engine, housing_tenure=rents)) == differs


def test_two_employers_of_one_month_make_the_wage_unknown(engine: Backend) -> None:
    header = "contribution_id | person_id | event_date | kind\n"
    twice = header + "c1 | ben | 2024-03-01 | employed\nc2 | ben | 2024-03-01 | employed"
    changed_job = header + "c1 | ben | 2024-03-01 | employed\nc2 | ben | 2024-04-01 | employed"

    assert found(engine, social_insurance=twice) == {"two_employers": {("social_insurance", True)}}
    assert found(engine, social_insurance=changed_job) == {}


def test_a_pensioner_with_an_employers_contribution_is_asked_about(engine: Backend) -> None:
    drawn = "pension_id | person_id | event_date | kind\nn1 | anna | 2023-01-01 | {kind}"
    paid = "contribution_id | person_id | event_date | kind\nc1 | anna | 2024-03-01 | employed"

    of_employee = found(engine, pensions=drawn.format(kind="employee"), social_insurance=paid)
    of_resident = found(engine, pensions=drawn.format(kind="resident"), social_insurance=paid)
    assert list(of_employee) == ["pensioner_employed"]
    assert of_resident == {}


def test_two_marriages_in_force_contradict_each_other(engine: Backend) -> None:
    married = """
        event_id | person_id | other_person_id | event_date | kind
        m1       | ben       | carla           | 2010-01-01 | marriage
        m2       | ben       | dora            | 2020-01-01 | marriage
        """
    divorced = married + "d1 | carla | ben | 2015-01-01 | divorce\n"
    widowed = married + "d1 | carla | ? | 2015-01-01 | death\n"

    assert list(found(engine, life_events=married)) == ["married_to_two"]
    assert found(engine, life_events=divorced) == {}
    assert found(engine, life_events=widowed) == {}


@pytest.mark.parametrize(
    ("day", "kinds"), [("2024-02-15", []), ("2024-05-15", ["closed_but_billed"])]
)
def test_a_bill_long_after_an_account_was_closed_makes_the_closing_unknown(
    engine: Backend, day: str, kinds: list[str]
) -> None:
    account = "account_id | service | event_date | valid_to\nu1 | power | 2010-01-01 | 2024-01-10"
    bill = (
        f"bill_id | account_id | service | event_date | due_date\nb1 | u1 | power | {day} | {day}"
    )
    conflicts = found(engine, utility_accounts=account, utility_bills=bill)

    assert list(conflicts) == kinds
    assert all(("utility_bills", False) in sides for sides in conflicts.values())
