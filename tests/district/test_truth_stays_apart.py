"""The truth is written beside the landing, never into it, and speaks of the same households."""

from pathlib import Path

import pandas as pd

from experiments.district.feeds import COVERING_SCHEMES, FEEDS
from experiments.district.world import CAUSES
from tests.district.landing import read_feed

SHARED = {"household_id", "kind", "account_id", "service", "address_id", "hukou", "able_supporters"}
"""What the truth must name to be compared with the feeds."""


def test_nothing_of_the_truth_lies_under_landing(district: Path) -> None:
    folders = {path.name for path in (district / "landing").iterdir()}
    assert folders == set(FEEDS)
    columns = {cell.name for feed in FEEDS.values() for cell in feed.cells}
    for path in (district / "truth").glob("*.parquet"):
        own = set(pd.read_parquet(path).columns) - SHARED
        assert own.isdisjoint(columns), path.name


def test_households_in_hardship_are_households_people_live_in(district: Path) -> None:
    lived_in = set(pd.read_parquet(district / "truth/persons.parquet").household_id)
    told = pd.read_parquet(district / "truth/hardship.parquet")
    assert set(told.household_id) <= lived_in
    # Some have no book of their own: never registered, or still in their parents' book.
    known = set(read_feed(district / "landing", "residents").household_id)
    missing = len(set(told.household_id) - known) / told.household_id.nunique()
    assert 0.005 < missing < 0.08


def test_one_row_per_household_and_month_of_hardship(district: Path) -> None:
    told = pd.read_parquet(district / "truth/hardship.parquet")
    assert not told.duplicated(["household_id", "month"]).any()
    assert told.in_hardship.all()
    assert set(told.cause) <= set(CAUSES)
    assert set(told.eligible_schemes.dropna()) <= set(COVERING_SCHEMES)
    assert str(told.month.min()) == "2025-05-01"
    assert str(told.month.max()) == "2026-06-01"


def test_hidden_means_that_no_covering_benefit_is_in_force(district: Path) -> None:
    told = pd.read_parquet(district / "truth/hardship.parquet")
    told["month"] = pd.to_datetime(told["month"])
    hidden = told[(told.month == "2026-03-01") & told.hidden]
    landing = district / "landing"
    benefits = read_feed(landing, "benefits").drop_duplicates("benefit_id", keep="last")
    benefits = benefits[benefits.scheme.isin(COVERING_SCHEMES)]
    in_force = benefits[
        (benefits.event_date < "2026-03-01")
        & (benefits.valid_to.isna() | (benefits.valid_to >= "2026-04-30"))
    ]
    people = pd.read_parquet(district / "truth/persons.parquet")
    day = pd.Timestamp("2026-03-31")
    there = (pd.to_datetime(people.from_day) <= day) & ~(pd.to_datetime(people.to_day) <= day)
    covered = people[there & people.national_id.isin(in_force.person_id)].household_id
    assert hidden.household_id.isin(covered).mean() < 0.01
