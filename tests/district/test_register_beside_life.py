"""The register differs from life as much as configured, and where evidence can show it."""

from pathlib import Path

import pandas as pd
import pytest

from experiments.district.registration import REGISTERED_AS
from tests.district.landing import latest, read_feed

DAY = pd.Timestamp("2026-06-30")


def _people(district: Path, day: pd.Timestamp = DAY) -> pd.DataFrame:
    """Who lived where on ``day``, by the truth."""
    spells = pd.read_parquet(district / "truth/persons.parquet")
    begun, ended = pd.to_datetime(spells.from_day), pd.to_datetime(spells.to_day)
    return spells[(begun <= day) & ~(ended <= day)]


def _register(district: Path) -> pd.DataFrame:
    rows = latest(read_feed(district / "landing", "residents"), "residence_id")
    return rows[rows.valid_to.isna()].drop_duplicates("person_id", keep="last")


def test_one_person_in_eight_is_registered_otherwise_than_they_live(district: Path) -> None:
    for day in (pd.Timestamp("2025-05-15"), DAY):
        people = _people(district, day)
        assert people.national_id.is_unique
        assert set(people.registered_as) == set(REGISTERED_AS)
        assert 0.10 < (people.registered_as != "same").mean() < 0.16


def test_more_of_those_whose_hukou_is_elsewhere(district: Path) -> None:
    people = _people(district)
    other = (people.registered_as != "same").groupby(people.hukou).mean()
    assert other["elsewhere"] > 1.25 * other["here"]
    unregistered = people[people.registered_as.isin(["late", "never"])]
    assert (unregistered.hukou == "elsewhere").mean() > 0.95


def test_the_truth_says_rightly_what_the_register_says(district: Path) -> None:
    people = _people(district)
    both = people.merge(
        _register(district), how="left", left_on="national_id", right_on="person_id"
    )
    on_register = both.person_id.notna()
    same = both.registered_as == "same"
    agrees = (both.household_id_x == both.household_id_y) & (both.address_id_x == both.address_id_y)
    # Late rows and slips apart, the last month's changes arrive with the next delivery.
    assert agrees[same].mean() > 0.97
    assert not agrees[~same].any()
    assert not on_register[both.registered_as == "never"].any()
    moved = both[both.registered_as == "other_address"]
    assert (moved.household_id_x == moved.household_id_y).mean() > 0.97


def test_spells_of_a_person_follow_each_other(district: Path) -> None:
    spells = pd.read_parquet(district / "truth/persons.parquet")
    spells = spells.sort_values(["national_id", "from_day"])
    later = spells.groupby("national_id").from_day.shift(-1)
    between = later.notna()
    assert (spells.to_day[between] == later[between]).all()
    ended = spells.to_day.notna()
    assert (pd.to_datetime(spells.to_day[ended]) > pd.to_datetime(spells.from_day[ended])).all()


def test_a_spell_begins_on_the_day_life_changed_not_when_the_register_heard_of_it(
    district: Path,
) -> None:
    spells = pd.read_parquet(district / "truth/persons.parquet")
    spells = spells.sort_values(["national_id", "from_day"])
    before = spells.groupby("national_id").address_id.shift()
    moved = spells[before.notna() & (before != spells.address_id)]
    tenure = read_feed(district / "landing", "housing_tenure").drop_duplicates("tenure_id")
    both = moved.merge(
        tenure,
        left_on=["national_id", "address_id"],
        right_on=["person_id", "address_id"],
    )
    assert len(both) > 100
    assert (pd.to_datetime(both.from_day) == both.event_date).mean() > 0.95


def test_two_books_at_one_address_may_be_one_household_or_two(district: Path) -> None:
    people = _people(district).merge(
        _register(district), left_on="national_id", right_on="person_id"
    )
    at_home = people[people.address_id_x == people.address_id_y]
    books = at_home.groupby("address_id_x").household_id_y.nunique()
    homes = at_home.groupby("address_id_x").household_id_x.nunique()
    assert ((books > 1) & (homes == 1)).mean() > 0.01
    assert ((books > 1) & (homes > 1)).mean() > 0.003


def test_grown_children_stand_as_children_in_their_parents_book(district: Path) -> None:
    people = _people(district).merge(
        _register(district), left_on="national_id", right_on="person_id"
    )
    away = people[
        (people.registered_as == "other_household") & (people.address_id_x != people.address_id_y)
    ]
    assert len(away) > 30
    assert away.relation.isin(["child", "grandchild"]).mean() > 0.5


def test_evidence_of_life_is_there_and_incomplete(district: Path) -> None:
    landing = district / "landing"
    people = _people(district)
    away = people[people.registered_as.isin(["other_household", "other_address"])]
    lived_at = away.set_index("national_id").address_id
    tenure = latest(read_feed(landing, "housing_tenure"), "tenure_id")
    tenure = tenure[tenure.valid_to.isna() & tenure.person_id.isin(lived_at.index)]
    right = tenure.address_id.to_numpy() == lived_at[tenure.person_id].to_numpy()
    assert right.mean() > 0.9
    assert 0.1 < len(tenure) / len(away) < 0.8
    schools = latest(read_feed(landing, "education"), "enrolment_id")
    pupils = schools[schools.valid_to.isna() & schools.person_id.isin(lived_at.index)]
    named = pupils.dropna(subset=["address_id"])
    right = named.address_id.to_numpy() == lived_at[named.person_id].to_numpy()
    assert named.empty or 0.4 < right.mean() <= 1.0


def test_marriages_in_force_name_the_other_spouse(district: Path) -> None:
    events = read_feed(district / "landing", "life_events").drop_duplicates("event_id")
    weddings = events[events.kind == "marriage"]
    pairs = set(zip(weddings.person_id, weddings.other_person_id, strict=True))
    assert sum((other, one) in pairs for one, other in pairs) / len(pairs) > 0.98
    births = events[events.kind == "birth"]
    assert births.other_person_id.notna().all()
    deaths = events[events.kind.isin(["death", "move_in", "move_out"])]
    assert deaths.other_person_id.isna().all()


@pytest.mark.parametrize("feed", ["residents", "housing_tenure", "education", "tickets"])
def test_addresses_named_are_standard_addresses(district: Path, feed: str) -> None:
    known = set(read_feed(district / "landing", "addresses").address_id)
    named = read_feed(district / "landing", feed).address_id.dropna()
    assert named.isin(known).all()
