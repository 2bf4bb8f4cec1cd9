"""The district keeps to the published figures its documentation names."""

from pathlib import Path

import pandas as pd

from experiments.district.config import Published
from experiments.district.simulate import SimulationSummary
from tests.district.landing import latest, read_feed

PUBLISHED = Published()
"""The targets; the bands around them are what 4,000 households leave to chance."""


def test_dibao_covers_about_two_point_three_percent_of_people(
    summary: SimulationSummary,
) -> None:
    assert abs(summary.dibao_people_share - PUBLISHED.dibao_people_share) < 0.007


def test_dibao_turns_over_by_a_quarter_and_more_in_five_months(district: Path) -> None:
    rows = latest(read_feed(district / "landing", "benefits"), "benefit_id")
    rows = rows[rows.scheme == "dibao"]
    start, end = pd.Timestamp("2025-10-01"), pd.Timestamp("2026-03-01")
    stock = (rows.event_date <= start) & (rows.valid_to.isna() | (rows.valid_to > start))
    entries = ((rows.event_date > start) & (rows.event_date <= end)).sum() / stock.sum()
    exits = (stock & (rows.valid_to <= end)).sum() / stock.sum()
    assert abs(entries - PUBLISHED.turnover_in) < 0.15
    assert abs(exits - PUBLISHED.turnover_out) < 0.15


def test_arrears_signals_per_thousand_residents(summary: SimulationSummary) -> None:
    low, high = PUBLISHED.arrears_signals
    assert low - 0.5 < summary.arrears_signals_per_1000 < high + 0.5


def test_hidden_hardship_is_a_few_percent(summary: SimulationSummary) -> None:
    assert 0.03 < summary.hidden_share < 0.05
    assert summary.hidden_share < summary.hardship_share < 0.09


def test_seven_hardships_in_a_year(district: Path, summary: SimulationSummary) -> None:
    told = pd.read_parquet(district / "truth/consequences.parquet")
    year = told[pd.to_datetime(told.month) >= "2025-07-01"]
    unpaid = year[year.kind.isin(["rent_arrears", "bill_arrears", "cut_off"])]
    share = year.household_id.nunique() / summary.households
    assert abs(share - PUBLISHED.any_hardship) < 0.013
    share = unpaid.household_id.nunique() / summary.households
    assert abs(share - PUBLISHED.arrears_hardship) < 0.008


def test_households_have_the_size_of_the_census(summary: SimulationSummary) -> None:
    size = summary.persons / summary.households
    assert abs(size - PUBLISHED.household_size) < 0.2


def test_a_random_slice_is_visited_with_known_propensity(
    district: Path, summary: SimulationSummary
) -> None:
    visits = latest(read_feed(district / "landing", "visits"), "visit_id")
    per_month = visits.channel.value_counts() / summary.months / summary.households
    assert 0.008 < per_month["routine_random"] < 0.012
    assert 0.005 < per_month["trigger"] < 0.009
    by_lot = visits.channel == "routine_random"
    assert set(visits[by_lot].propensity.dropna()) == {0.01}
    assert visits[~by_lot].propensity.isna().all()


def test_families_in_hidden_hardship_often_would_never_ask(district: Path) -> None:
    homes = pd.read_parquet(district / "truth/households.parquet")
    assert 0.2 < homes.never_applies.mean() < 0.4
    assert homes[homes.ever_hidden].never_applies.mean() > homes.never_applies.mean()
