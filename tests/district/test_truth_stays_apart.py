"""The truth is written beside the landing, never into it, and speaks of the same households."""

from pathlib import Path

import pandas as pd

from experiments.district.feeds import COVERING_SCHEMES, FEEDS
from experiments.district.world import CAUSES
from tests.district.landing import read_feed


def test_nothing_of_the_truth_lies_under_landing(district: Path) -> None:
    folders = {path.name for path in (district / "landing").iterdir()}
    assert folders == set(FEEDS)
    columns = {cell.name for feed in FEEDS.values() for cell in feed.cells}
    for path in (district / "truth").glob("*.parquet"):
        own = set(pd.read_parquet(path).columns) - {"household_id", "kind"}
        assert own.isdisjoint(columns), path.name


def test_households_of_the_truth_are_households_of_the_register(district: Path) -> None:
    known = set(read_feed(district / "landing", "residents").household_id)
    told = pd.read_parquet(district / "truth/hardship.parquet")
    assert len(set(told.household_id) - known) <= 0.01 * told.household_id.nunique()


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
    residents = read_feed(landing, "residents").drop_duplicates("residence_id", keep="last")
    residents = residents[residents.valid_to.isna()]
    covered = residents[residents.person_id.isin(in_force.person_id)].household_id
    assert hidden.household_id.isin(covered).mean() < 0.01
