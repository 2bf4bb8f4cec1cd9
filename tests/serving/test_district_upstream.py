"""The night's upstream over the real gate and lake: what is known of places, staff, visits and feeds."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from serving.cases.findings import Finding, Outcome, record_outcome
from serving.cases.visits_feed import deliver_findings
from serving.refusals import ExitCode, Refusal
from serving.store import open_store
from serving.store.schema import ALERTS
from serving.upstream.district import district
from tests.data_contracts.landing import grids, land, power_bills
from tests.serving.village import TWO_O_CLOCK, Village, run
from tests.tables import table

NIGHT = date(2024, 8, 6)
FIRST = datetime.fromisoformat("2024-07-01 02:10")
LATER = datetime.fromisoformat("2024-08-05 02:10")

RESIDENTS = """
    residence_id | person_id | household_id | address_id | event_date | valid_to | birth_date | sex    | relation | marital_status | hukou | phone
    -------------+-----------+--------------+------------+------------+----------+------------+--------+----------+----------------+------+------
    r1           | p1        | zhao         | a1         | 2020-01-01 | ?        | 1950-01-01 | female | head     | widowed        | here | ?
    r2           | p2        | qian         | a2         | 2020-01-01 | ?        | 1980-01-01 | male   | head     | married        | here | ?
    r3           | p3        | qian         | a2         | 2020-01-01 | ?        | 2015-01-01 | male   | child    | never          | here | ?
    """
ADDRESSES = """
    address_id | grid_id | event_date | built_year | compound_id
    -----------+---------+------------+-----------+------------
    a1         | g1      | 2020-01-01 | 1990       | c1
    a2         | g2      | 2020-01-01 | 1990       | c1
    """
STAFF = """
    capacity_id | grid_id | role           | event_date | valid_to   | visits_per_list
    ------------+---------+----------------+------------+------------+----------------
    k1          | g1      | grid_worker    | 2020-01-01 | ?          | 5
    k2          | g1      | social_worker  | 2020-01-01 | 2024-08-07 | 2
    k3          | g1      | street_officer | 2020-01-01 | 2024-08-06 | 1
    k4          | g2      | grid_worker    | 2020-01-01 | ?          | 3
    """
MORE_STAFF = """
    capacity_id | grid_id | role           | worker_id | event_date | first_day  | valid_to   | visits_per_list
    ------------+---------+----------------+-----------+------------+------------+------------+----------------
    k5          | g2      | grid_worker    | ?         | 2024-08-01 | ?          | ?          | 4
    k6          | g2      | social_worker  | ?         | 2020-01-01 | ?          | ?          | 9
    k7          | g2      | social_worker  | w1        | 2024-01-01 | ?          | ?          | 3
    k8          | g2      | social_worker  | w2        | 2024-01-01 | ?          | ?          | 2
    leave       | g2      | social_worker  | w1        | 2024-08-01 | 2024-08-06 | 2024-08-08 | 0
    half_day    | g2      | social_worker  | w2        | 2024-08-01 | 2024-08-07 | 2024-08-08 | 1
    """
VISITS = """
    visit_id | household_id | event_date | channel | propensity | finding | needs | worker_role
    ---------+--------------+------------+---------+------------+---------+-------+------------
    v1       | zhao         | 2024-06-20 | cadence | ?          | no_need | ?     | grid_worker
    """


@pytest.fixture(scope="module")
def bureau(tmp_path_factory):
    """A home in which six files were accepted and one delivery is beyond repair."""
    home = tmp_path_factory.mktemp("bureau")
    for feed, drawing in (
        ("residents", RESIDENTS),
        ("addresses", ADDRESSES),
        ("staff_capacity", STAFF),
        ("visits", VISITS),
    ):
        land(home, feed, table(drawing), received_at=FIRST)
    land(home, "grid_tree", grids("g1", "g2"), received_at=FIRST)
    land(home, "staff_capacity", table(MORE_STAFF), name="more.csv", received_at=LATER)
    renamed = power_bills(30).rename(columns={"usage": "kwh"})
    land(home, "utility_bills", renamed, received_at=LATER)
    (home / "landing" / "benefits").mkdir()
    (home / "landing" / "benefits" / "growing.csv").write_text("benefit_id")
    upstream = district(home)
    received = upstream.receive(as_of_date=NIGHT, progress=lambda _: None)
    return home, upstream, received


def test_the_gate_is_told_in_one_line_with_what_was_left_alone(bureau):
    _, _, received = bureau

    # Six of departments, and what was concluded from them: who lives with whom.
    assert received.verdicts == {"accepted": 7, "refused": 1}
    assert "growing.csv" in received.sentence


def test_capacity_is_that_of_the_day_and_the_newer_spell_counts(bureau):
    _, upstream, _ = bureau

    assert upstream.surroundings(as_of_date=NIGHT).capacity == {
        ("g1", "grid_worker"): 5,
        ("g1", "social_worker"): 2,
        ("g2", "grid_worker"): 4,
        ("g2", "social_worker"): 2,
    }
    assert ("g1", "social_worker") not in upstream.surroundings(
        as_of_date=NIGHT + timedelta(days=1)
    ).capacity


@pytest.mark.parametrize(
    ("day", "places"),
    [
        (NIGHT, {"w1": 0, "w2": 2}),
        (NIGHT + timedelta(days=1), {"w1": 0, "w2": 1}),
        (NIGHT + timedelta(days=2), {"w1": 3, "w2": 2}),
    ],
    ids=["leave told beforehand", "the last day of leave, and a half day", "the day after"],
)
def test_where_people_are_named_each_has_the_places_of_that_day(bureau, day, places):
    _, upstream, _ = bureau

    known = upstream.surroundings(as_of_date=day)

    assert known.staff == {("g2", "social_worker"): places}
    assert known.capacity["g2", "social_worker"] == sum(places.values())


def test_grids_addresses_and_visits_are_as_known_on_the_day(bureau):
    _, upstream, _ = bureau

    known = upstream.surroundings(as_of_date=NIGHT)
    before_anything = upstream.surroundings(as_of_date=date(2024, 7, 1))

    assert known.grids["g2"].street_name == "东街道"
    assert dict(known.addresses.itertuples(index=False)) == {"zhao": "a1", "qian": "a2"}
    assert known.visits.to_dict("records") == [
        {"household_id": "zhao", "visited_on": date(2024, 6, 20), "finding": "no_need"}
    ]
    assert before_anything.grids == {}
    assert before_anything.visits.empty


def test_a_feed_is_late_when_its_contract_says_so_unless_it_comes_only_on_change(bureau):
    _, upstream, _ = bureau

    def late(day):
        return {state.feed for state in upstream.feeds(as_of_date=day) if state.late}

    assert not {"residents", "addresses", "grid_tree"} & late(NIGHT)
    assert "residents" in late(NIGHT + timedelta(days=90))
    assert not {"addresses", "grid_tree", "staff_capacity"} & late(NIGHT + timedelta(days=900))
    assert "pensions" in late(NIGHT)


def test_a_refused_delivery_is_told_with_its_reason_until_a_better_one_comes(bureau):
    _, upstream, _ = bureau

    states = {state.feed: state for state in upstream.feeds(as_of_date=NIGHT)}

    assert any("usage" in reason for reason in states["utility_bills"].refused)
    assert states["residents"].refused == ()
    earlier = {state.feed: state for state in upstream.feeds(as_of_date=date(2024, 8, 5))}
    assert earlier["utility_bills"].refused == ()


def test_inputs_are_the_loaded_deliveries_of_before_the_day(bureau):
    _, upstream, _ = bureau

    inputs = upstream.inputs(as_of_date=NIGHT)

    assert sorted(inputs) == [
        "addresses", "grid_tree", "household_members", "residents", "staff_capacity", "visits",
    ]  # fmt: skip
    assert upstream.inputs(as_of_date=date(2024, 7, 1)) == {}


def test_without_a_promoted_model_there_is_a_refusal(bureau):
    _, upstream, _ = bureau

    with pytest.raises(Refusal) as caught:
        upstream.champion()

    assert caught.value.code is ExitCode.NO_CHAMPION


def test_what_a_visitor_reports_passes_the_same_gate_and_is_known_the_night_after(bureau, tmp_path):
    """The loop closes: an outcome from the API becomes a visit the engine knows of."""
    home, _, _ = bureau
    lists = tmp_path / "village"
    households = Village().households.replace({"household_id": {"zhao_debts": "zhao"}})
    run(lists, upstream=Village(households=households))
    store = open_store(lists)
    with store.write() as work:
        alert = work.scalar(select(ALERTS.c.alert_id).where(ALERTS.c.household_id == "zhao"))
        record_outcome(
            work,
            outcome=Outcome(
                outcome_id=str(uuid4()),
                alert_id=alert,
                visited_on=NIGHT,
                finding=Finding.REFUSED,
                needs=(),
                note=None,
                worker_id="w1",
                worker_role="grid_worker",
            ),
            known_alert=True,
            now=TWO_O_CLOCK,
            today=NIGHT,
        )
    tomorrow = NIGHT + timedelta(days=1)
    deliver_findings(
        store, landing=home / "landing", as_of_date=tomorrow, today=tomorrow + timedelta(days=1)
    )
    store.close()

    upstream = district(home)
    received = upstream.receive(as_of_date=tomorrow, progress=lambda _: None)

    assert received.verdicts == {"accepted": 1}
    visits = upstream.surroundings(as_of_date=tomorrow).visits
    assert ("zhao", NIGHT, "refused") in set(visits.itertuples(index=False, name=None))
    assert len(upstream.surroundings(as_of_date=NIGHT).visits) == 1
