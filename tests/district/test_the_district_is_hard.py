"""As hard as the world: weak triggers, needs nobody sees, no single record that gives them away."""

from pathlib import Path

import pandas as pd
import pytest

from tests.district.landing import latest, read_feed

AS_OF = ("2025-11-15", "2025-12-15")


def _self_paid_year(district: Path, as_of: pd.Timestamp) -> pd.Series:
    landing = district / "landing"
    bills = read_feed(landing, "medical_settlements")
    bills = latest(bills[bills.received_at < as_of], "settlement_id")
    window = (bills.event_date < as_of) & (bills.event_date >= as_of - pd.Timedelta(days=365))
    people = read_feed(landing, "residents")
    people = latest(people[people.received_at < as_of], "residence_id")
    home = people[people.valid_to.isna()].drop_duplicates("person_id").set_index("person_id")
    paid = bills[window].assign(household_id=lambda b: b.person_id.map(home.household_id))
    return paid[paid.self_paid > 0].groupby("household_id").self_paid.sum()


def _yield(district: Path, threshold: float) -> float:
    told = pd.read_parquet(district / "truth/hardship.parquet")
    told["month"] = pd.to_datetime(told["month"])
    alerted = hits = 0
    for day in AS_OF:
        as_of = pd.Timestamp(day)
        after = told[(told.month >= as_of) & (told.month < as_of + pd.Timedelta(days=180))]
        paid = _self_paid_year(district, as_of)
        helped_now = told[(told.month == as_of.replace(day=1)) & ~told.hidden].household_id
        fired = paid[paid >= threshold].index.difference(pd.Index(helped_now))
        alerted += len(fired)
        hits += fired.isin(after[after.hidden].household_id).sum()
    return hits / alerted


@pytest.mark.parametrize("threshold", [6_000, 9_000])
def test_medical_thresholds_confirm_few_of_their_alerts(district: Path, threshold: int) -> None:
    # Seven months of bills stand for the year here, so the thresholds are scaled down with them.
    assert 0.05 < _yield(district, threshold) < 0.24


def test_many_hidden_families_owe_nothing(district: Path) -> None:
    told = pd.read_parquet(district / "truth/hardship.parquet")
    told["month"] = pd.to_datetime(told["month"])
    hidden = set(told[(told.month == "2026-03-01") & told.hidden].household_id)
    events = pd.read_parquet(district / "truth/consequences.parquet")
    owing = set(events[events.kind.isin(["bill_arrears", "rent_arrears", "cut_off"])].household_id)
    assert len(hidden - owing) / len(hidden) > 0.5


def test_some_hidden_families_look_ordinary_in_every_feed(district: Path) -> None:
    told = pd.read_parquet(district / "truth/hardship.parquet")
    hidden = told[told.hidden]
    assert 0.04 < hidden.traceless.mean() < 0.20


def test_hardship_has_many_causes(district: Path) -> None:
    told = pd.read_parquet(district / "truth/hardship.parquet")
    causes = told[told.hidden].cause.value_counts(normalize=True)
    assert causes.max() < 0.45
    assert (causes > 0.01).sum() >= 6
