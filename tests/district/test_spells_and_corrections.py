"""Versions of a fact arrive in order, and spells make sense once all is told."""

from pathlib import Path

import pandas as pd
import pytest

from experiments.district.feeds import FEEDS
from tests.district.landing import latest, read_feed

SPELLS = [
    name for name, feed in FEEDS.items() if any(cell.name == "valid_to" for cell in feed.cells)
]


@pytest.mark.parametrize("name", SPELLS)
def test_a_spell_never_ends_before_it_begins(district: Path, name: str) -> None:
    rows = latest(read_feed(district / "landing", name), FEEDS[name].fact_id)
    ended = rows.dropna(subset=["valid_to", "event_date"])
    ended = ended[ended.event_date < ended.received_at]
    assert (ended.valid_to >= ended.event_date).all()


@pytest.mark.parametrize("name", ["residents", "benefits", "pensions", "medical_insurance"])
def test_an_ended_spell_is_never_opened_again(district: Path, name: str) -> None:
    rows = read_feed(district / "landing", name).sort_values("received_at", kind="stable")
    closed = rows.valid_to.notna().groupby(rows[FEEDS[name].fact_id]).cummax()
    assert not (closed & rows.valid_to.isna()).any()


def test_a_paid_bill_never_becomes_unpaid_again(district: Path) -> None:
    bills = read_feed(district / "landing", "utility_bills").sort_values("received_at")
    paid = bills.paid_on.notna().groupby(bills.bill_id).cummax()
    assert not (paid & bills.paid_on.isna()).any()
    assert bills.paid_on.isna().any()
    versions = bills.groupby("bill_id").paid_on.agg(["size", "count"])
    assert ((versions["size"] > 1) & (versions["count"] < versions["size"])).any()


def test_nobody_lives_in_two_places(district: Path) -> None:
    rows = latest(read_feed(district / "landing", "residents"), "residence_id")
    open_spells = rows[rows.valid_to.isna()]
    # A mistyped end that was never sent again leaves a spell open: one or two people, not more.
    assert open_spells.person_id.duplicated().sum() <= 5


def test_a_book_of_the_register_lies_at_one_address(district: Path) -> None:
    rows = latest(read_feed(district / "landing", "residents"), "residence_id")
    homes = rows[rows.valid_to.isna()].groupby("household_id").address_id.nunique()
    # A baby registered at home while the family's move is not: its book is at two for a while.
    assert (homes == 1).mean() > 0.985


def test_bills_are_told_only_with_payments_already_seen(district: Path) -> None:
    bills = read_feed(district / "landing", "utility_bills")
    paid = bills.dropna(subset=["paid_on"])
    assert (paid.paid_on < paid.received_at).all()


def test_subsidy_lowers_what_is_due_and_not_the_use(district: Path) -> None:
    bills = latest(read_feed(district / "landing", "utility_bills"), "bill_id")
    accounts = latest(read_feed(district / "landing", "utility_accounts"), "account_id")
    power = bills[(bills.service == "power") & (bills.usage > 0) & (bills.amount_due > 0)]
    helped = power[power.subsidy_amount > 0]
    price = (power.amount_due + power.subsidy_amount) / power.usage
    assert price.median() == pytest.approx(0.5283, abs=0.001)
    assert ((helped.amount_due / helped.usage) < 0.5283).all()
    subsidised = accounts[accounts.subsidised].account_id
    usual = power[~power.account_id.isin(subsidised)].usage.median()
    assert helped.usage.median() > 0.5 * usual


def test_hukou_and_residence_differ_for_many(district: Path) -> None:
    rows = latest(read_feed(district / "landing", "residents"), "residence_id")
    shares = rows.hukou.value_counts(normalize=True)
    assert 0.1 < shares["elsewhere"] < 0.35
    assert 0.02 < shares["same_district"] < 0.15


def test_grids_hold_three_to_five_hundred_households(district: Path) -> None:
    landing = district / "landing"
    rows = latest(read_feed(landing, "residents"), "residence_id")
    homes = rows[rows.valid_to.isna()].drop_duplicates("household_id")
    grids = latest(read_feed(landing, "addresses"), "address_id")
    tree = read_feed(landing, "grid_tree")
    per_grid = homes.merge(grids, on="address_id").groupby("grid_id").size()
    assert per_grid.between(300, 500).mean() > 0.9
    assert set(per_grid.index) <= set(tree.grid_id)
    assert 4 <= tree.street_id.nunique() <= 8
    assert pd.Series(tree.district_id).nunique() == 1
