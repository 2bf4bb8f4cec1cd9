"""The true means of households: what a check is told of them, and a district where all of it is told."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.district.config import DistrictConfig, without_dirt
from experiments.district.means import whole_years
from experiments.district.months import day_number
from experiments.district.simulate import simulate
from models.rules.facts import FACTS
from tests.district.landing import latest, manifests, read_feed

TOLD = {
    "household_income_month": "income_month_at_least",
    "household_monetary_assets": "monetary_assets",
    "household_homes": "homes",
    "household_cars": "cars",
    "household_business_capital": "business_capital",
    "household_spending_year": "necessary_spending_year_at_least",
    "able_supporters": "able_supporters",
}
PAYMENTS = {"utility_bills", "public_rent_ledger"}
UNTOLD_TRUTHS = {"special_difficulty"}
CONFIG = DistrictConfig(households=300, months=4, seed=954, burn_in_months=3)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("clean")
    simulate(without_dirt(CONFIG), out, lambda _: None)
    return out


def _means(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "truth/means.parquet")


def _homes(folder: Path, checks: pd.DataFrame) -> pd.Series:
    """Return the household each checked person lives in now."""
    people = pd.read_parquet(folder / "truth/persons.parquet")
    home = people[people.to_day.isna()].set_index("national_id").household_id
    return checks.person_id.map(home)


def test_life_is_the_same_without_dirt(clean: Path, tmp_path: Path) -> None:
    simulate(CONFIG, tmp_path, lambda _: None)
    for name in ("hardship.parquet", "consequences.parquet", "households.parquet"):
        assert (clean / "truth" / name).read_bytes() == (tmp_path / "truth" / name).read_bytes()
    told = _means(clean).drop(columns="sudden_events_90d")
    assert told.equals(_means(tmp_path).drop(columns="sudden_events_90d"))


def test_registers_of_a_clean_district_equal_life(clean: Path) -> None:
    people = pd.read_parquet(clean / "truth/persons.parquet")
    assert set(people.registered_as) == {"same"}
    now = people[people.to_day.isna()]
    rows = latest(read_feed(clean / "landing", "residents"), "residence_id")
    rows = rows[rows.valid_to.isna()]
    told = dict(zip(rows.person_id, rows.household_id, strict=True))
    assert told == dict(zip(now.national_id, now.household_id, strict=True))


def test_nothing_of_a_clean_district_comes_late(clean: Path) -> None:
    for folder in (clean / "landing").iterdir():
        days = {m["received_at"][8:10] for _path, m in manifests(clean / "landing", folder.name)}
        assert folder.name in PAYMENTS or days <= {"01"}, folder.name


def test_everybody_is_told_everything_each_quarter(clean: Path) -> None:
    checks = read_feed(clean / "landing", "asset_checks")
    assert set(checks.event_date.dt.strftime("%Y-%m-%d")) == {"2026-03-31", "2026-06-30"}
    last = checks[checks.event_date == "2026-06-30"]
    last = last.assign(household_id=_homes(clean, last)).set_index("household_id")
    truth = _means(clean)
    truth = truth[truth.as_of_date == truth.as_of_date.max()].set_index("household_id")
    assert set(last.index) == set(truth.index)
    for cell, fact in TOLD.items():
        told = last[cell].astype(float).reindex(truth.index)
        assert np.allclose(told, truth[fact].astype(float)), cell
    within = last.result.reindex(truth.index) == "within_limit"
    assert (within == truth.assets_within_limit).all()


def test_the_truth_is_named_like_the_facts(clean: Path) -> None:
    assert {fact.name for fact in FACTS} - set(_means(clean).columns) == UNTOLD_TRUTHS


def test_members_and_classes_add_up(clean: Path) -> None:
    truth = _means(clean)
    by_age = ["members_under_16", "members_16_17", "members_18_59", "members_from_60"]
    assert (truth[by_age].sum(axis=1) == truth.members).all()
    assert (truth.able_members_18_59 <= truth.members_18_59).all()
    assert (truth.able_members_18_59 < truth.members_18_59).any()
    holds = truth[["holds_tekun", "holds_dibao", "holds_edge", "holds_rigid"]].sum(axis=1)
    assert ((holds == 1) == truth.days_since_recognised.notna()).all()
    assert not truth.duplicated(["household_id", "as_of_date"]).any()


def test_checks_of_those_who_applied_are_told_the_truth_in_part(district: Path) -> None:
    checks = read_feed(district / "landing", "asset_checks")
    answered = checks[checks.result != "not_answered"]
    truth = pd.read_parquet(district / "truth/means.parquet")
    after = answered.event_date.dt.to_period("M").dt.to_timestamp() + pd.DateOffset(
        months=1, days=1
    )
    keys = pd.DataFrame({"household_id": _homes(district, answered), "as_of_date": after})
    truth["as_of_date"] = pd.to_datetime(truth.as_of_date)
    both = keys.merge(truth, on=["household_id", "as_of_date"], how="left")
    for cell, fact in TOLD.items():
        told, true = answered[cell].astype(float).to_numpy(), both[fact].astype(float).to_numpy()
        known = ~np.isnan(told) & ~np.isnan(true)
        assert known.sum() > 30, cell
        if cell == "household_income_month":
            assert (told[known] <= true[known] + 0.01).mean() > 0.95
            assert 0.05 < (told[known] < true[known] - 0.01).mean() < 0.8
        else:
            assert (np.abs(told[known] - true[known]) < 0.01).mean() > 0.9, cell
    assert 0.25 < answered.able_supporters.isna().mean() < 0.7
    unanswered = checks[checks.result == "not_answered"]
    assert unanswered[list(TOLD)].isna().all().all()


@pytest.mark.parametrize(
    ("born", "day", "years"),
    [
        ("2008-07-01", "2026-07-01", 18),
        ("2008-07-02", "2026-07-01", 17),
        ("2008-02-29", "2026-02-28", 17),
        ("2008-02-29", "2026-03-01", 18),
        ("1966-12-31", "2026-07-01", 59),
    ],
)
def test_a_birthday_is_reached_on_its_day(born: str, day: str, years: int) -> None:
    numbers = [np.array([day_number(date.fromisoformat(text))]) for text in (born, day)]
    assert whole_years(*numbers).tolist() == [years]
