"""Schools, the real estate register, the hotline and asset checks say something about hardship, a little."""

from pathlib import Path

import pandas as pd

from tests.district.landing import latest, read_feed


def _hidden(district: Path) -> set[str]:
    """People who were in hidden hardship in some month."""
    told = pd.read_parquet(district / "truth/hardship.parquet")
    people = pd.read_parquet(district / "truth/persons.parquet")
    return set(people[people.household_id.isin(told[told.hidden].household_id)].national_id)


def test_a_pupil_has_one_enrolment_at_a_time(district: Path) -> None:
    rows = latest(read_feed(district / "landing", "education"), "enrolment_id")
    lasting = rows[rows.valid_to.isna()]
    assert lasting.person_id.duplicated().sum() <= 3
    assert rows[rows.leaving_reason.notna()].valid_to.notna().mean() > 0.99
    done = rows[rows.leaving_reason == "graduated"].stage.value_counts()
    ended = rows[rows.valid_to.notna()].stage.value_counts()
    assert 0.1 < done["primary"] / ended["primary"] < 0.25
    assert (rows.fee_paid <= rows.fee_due).mean() > 0.995
    years = rows.event_date.dt.strftime("%Y-%m-%d").value_counts()
    assert {"2024-09-01", "2025-09-01"} <= set(years[years > 500].index)


def test_few_drop_out_and_more_of_those_in_need(district: Path) -> None:
    rows = latest(read_feed(district / "landing", "education"), "enrolment_id")
    old = rows[rows.stage.isin(["senior", "tertiary"])]
    dropped = old.leaving_reason == "dropped_out"
    assert 0.001 < dropped.mean() < 0.03
    assert not (rows[rows.stage.isin(["primary", "junior"])].leaving_reason == "dropped_out").any()
    assert 0.02 < (rows.aid_amount > 0).mean() < 0.12


def test_guardians_are_adults_of_the_same_roof(district: Path) -> None:
    rows = latest(read_feed(district / "landing", "education"), "enrolment_id")
    named = rows.dropna(subset=["guardian_id"])
    assert 0.9 < len(named) / len(rows) < 0.99
    people = pd.read_parquet(district / "truth/persons.parquet").drop_duplicates(
        "national_id", keep="last"
    )
    home = people.set_index("national_id").household_id
    known = named[named.guardian_id.isin(home.index) & named.person_id.isin(home.index)]
    assert (home[known.person_id].to_numpy() == home[known.guardian_id].to_numpy()).mean() > 0.97


def test_most_owners_hold_one_property(district: Path) -> None:
    rows = latest(read_feed(district / "landing", "property_holdings"), "holding_id")
    assert rows[rows.valid_to.isna()].person_id.is_unique
    shares = rows.properties[rows.properties > 0].value_counts(normalize=True)
    assert 0.75 < shares[1] < 0.93
    assert rows.properties.max() == 3


def test_families_in_need_call_more_and_again(district: Path) -> None:
    rows = latest(read_feed(district / "landing", "tickets"), "ticket_id")
    assert 0.4 < rows.person_id.notna().mean() < 0.75
    callers = rows.dropna(subset=["person_id"])
    residents = read_feed(district / "landing", "residents").person_id.nunique()
    hidden = _hidden(district)
    assert callers.person_id.isin(hidden).mean() > 1.3 * len(hidden) / residents
    again = callers.groupby("person_id").size()
    assert again[again.index.isin(hidden)].mean() > again[~again.index.isin(hidden)].mean()
    assert 0.03 < rows.closed_on.isna().mean() < 0.2


def test_asset_checks_follow_applications(district: Path) -> None:
    checks = latest(read_feed(district / "landing", "asset_checks"), "check_id")
    asked = set(read_feed(district / "landing", "applications").person_id.str.upper())
    assert len(checks) > 20
    assert checks.person_id.str.upper().isin(asked).mean() > 0.9
    assert checks.authorisation_id.is_unique
    assert 0.02 < (checks.result == "above_limit").mean() < 0.5
