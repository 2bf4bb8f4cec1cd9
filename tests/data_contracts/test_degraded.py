"""Degraded deliveries: loaded and marked; what is unusual enough to refuse; what a past can and cannot say."""

from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from data_contracts.catalogue import Catalogue
from data_contracts.freshness import freshness
from data_contracts.judgement import Judgement, Verdict
from tests.data_contracts.landing import CONTRACTS, grids, judge, land, power_bills

FIRST = datetime.fromisoformat("2024-01-10 02:10")
MONTHS = 8
ROWS = 240


def _bills(month: int, rows: int = ROWS) -> pd.DataFrame:
    """Return bills of a month, two thirds power (120-170 kWh) and a third water (8-12 t)."""
    bills = power_bills(rows, month=(FIRST + timedelta(days=30 * month - 20)).date())
    water = bills.index % 3 == 2
    bills["service"] = bills["service"].where(~water, "water")
    bills["usage"] = bills["usage"].where(~water, 8.0 + bills.index % 5)
    bills["bill_id"] = [f"m{month}-{number}" for number in range(rows)]
    return bills


def _received(month: int) -> datetime:
    return FIRST + timedelta(days=30 * month)


def _deliver(home: Path, month: int, bills: pd.DataFrame) -> Judgement:
    received_at = _received(month)
    land(home, "utility_bills", bills, name=f"m{month:02}.csv", received_at=received_at)
    [judgement] = judge(home, before=received_at + timedelta(days=1))
    return judgement


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home with eight ordinary months of bills, the first a stock of ten times as many."""
    for month in range(MONTHS):
        judgement = _deliver(tmp_path, month, _bills(month, ROWS * 10 if month == 0 else ROWS))
        assert judgement.verdict is Verdict.ACCEPTED, str(judgement)
    return tmp_path


@pytest.mark.parametrize(
    ("rows", "verdict", "told"),
    [
        (120, Verdict.ACCEPTED, None),
        (119, Verdict.DEGRADED, "119 rows, 50% of the median 240 of the last 8 deliveries"),
        (24, Verdict.DEGRADED, "24 rows, 10% of the median 240"),
        (480, Verdict.ACCEPTED, None),
        (720, Verdict.DEGRADED, "720 rows, 300% of the median 240"),
    ],
)
def test_a_tenth_or_three_times_the_usual_rows_degrade(
    home: Path, rows: int, verdict: Verdict, told: str | None
) -> None:
    judgement = _deliver(home, MONTHS, _bills(MONTHS, rows))

    assert (judgement.verdict, judgement.accepted) == (verdict, rows)
    if told is None:
        assert judgement.reasons == ()
    else:
        assert f"warning, check volume_is_as_usual: {told}" in str(judgement)


def test_a_degraded_feed_is_marked_until_its_next_ordinary_delivery(home: Path) -> None:
    _deliver(home, MONTHS, _bills(MONTHS, 24))

    def told(month: int) -> tuple[str, ...]:
        states = freshness(home, CONTRACTS, before=_received(month))
        [state] = [state for state in states if state.feed == "utility_bills"]
        assert ("degraded: 24 rows" in str(state)) == bool(state.degraded)
        return state.degraded

    assert told(MONTHS) == ()
    assert "24 rows, 10%" in told(MONTHS + 1)[0]
    _deliver(home, MONTHS + 1, _bills(MONTHS + 1))
    assert told(MONTHS + 2) == ()


@pytest.mark.parametrize(
    ("factor", "verdict"),
    [(3, Verdict.ACCEPTED), (10, Verdict.REFUSED), (0.01, Verdict.REFUSED)],
)
def test_a_unit_ten_times_off_is_refused_though_every_value_is_plausible(
    home: Path, factor: float, verdict: Verdict
) -> None:
    bills = _bills(MONTHS, rows=ROWS)
    water = bills["service"] == "water"
    bills.loc[water, "usage"] *= factor

    judgement = _deliver(home, MONTHS, bills)

    assert judgement.verdict is verdict
    if verdict is Verdict.REFUSED:
        assert "check water_usage_keeps_its_unit, column usage: the median" in str(judgement)


def test_power_and_water_exchanged_are_refused_though_every_code_is_valid(home: Path) -> None:
    bills = _bills(MONTHS)
    bills["service"] = bills["service"].map({"power": "water", "water": "power"})

    judgement = _deliver(home, MONTHS, bills)

    assert judgement.verdict is Verdict.REFUSED
    assert "codes power and water seem to have changed places" in str(judgement)
    assert "goes with usage as water usually does" in str(judgement)


def test_a_gap_longer_than_promised_degrades_what_comes_after_it(home: Path) -> None:
    judgement = _deliver(home, MONTHS + 1, _bills(MONTHS + 1))

    assert judgement.verdict is Verdict.DEGRADED
    assert "60 days since the delivery before, at most 56 were promised" in str(judgement)


def test_the_past_of_a_late_file_is_what_was_received_before_it(home: Path) -> None:
    """Months six and seven are there already; month five comes late and small."""
    late = FIRST + timedelta(days=30 * 5 + 1)
    bills = _bills(5, 24)
    bills["bill_id"] = "late-" + bills["bill_id"]
    land(home, "utility_bills", bills, name="late.csv", received_at=late)

    [judgement] = judge(home, before=_received(MONTHS))

    assert "10% of the median 240 of the last 6 deliveries" in str(judgement)


def test_a_refused_delivery_is_no_past(home: Path) -> None:
    for month in range(MONTHS, MONTHS + 3):
        wrong = _bills(month)
        wrong.loc[wrong["service"] == "water", "usage"] *= 10
        assert _deliver(home, month, wrong).verdict is Verdict.REFUSED
    past = Catalogue(home).past("utility_bills", before=_received(20), most=20)

    assert len(past) == MONTHS
    assert Catalogue(home).unusual("utility_bills", before=_received(20)) == ()


def test_what_lasts_becomes_normal(home: Path) -> None:
    verdicts = [_deliver(home, month, _bills(month, 720)).verdict for month in range(8, 20)]

    assert verdicts[0] is Verdict.DEGRADED
    assert verdicts[-1] is Verdict.ACCEPTED


def test_what_was_found_is_stored_with_the_judgement(home: Path) -> None:
    judgement = _deliver(home, MONTHS, _bills(MONTHS, 24))

    found = Catalogue(home).examinations(feed="utility_bills")[judgement.delivery_id]

    assert found.profile.rows == 24
    assert found.profile.codes["service"] == {"power": 16, "water": 8}
    assert [one.check_id for one in found.unusual] == ["volume_is_as_usual"]
    assert {one.check_id for one in found.results} >= {"service_is_known", "usage_is_plausible"}


def _dwellings(*grid_ids: str) -> pd.DataFrame:
    rows = [(f"{grid}-{number}", grid) for grid in grid_ids for number in range(30)]
    return pd.DataFrame(rows, columns=["address_id", "grid_id"]).assign(
        compound_id="k1",
        address_text=None,
        event_date=pd.Timestamp("2020-01-01"),
        built_year=2000,
    )


def _rents(month: int, *grid_ids: str) -> pd.DataFrame:
    ledger = _dwellings(*grid_ids)[["address_id"]]
    day = pd.Timestamp(_received(month)) - pd.Timedelta(days=20)
    return ledger.assign(
        ledger_id=[f"m{month}-{address}" for address in ledger["address_id"]],
        event_date=day.normalize(),
        rent_due=[300.0 + number % 40 for number in range(len(ledger))],
        rent_paid=[300.0 + number % 40 for number in range(len(ledger))],
        paid_on=day.normalize(),
    )


def test_a_street_that_always_came_and_is_missing_degrades(tmp_path: Path) -> None:
    streets = grids("g1", "g2", "g3").assign(street_id=["s1", "s2", "s3"])
    land(tmp_path, "grid_tree", streets, received_at=FIRST - timedelta(days=9))
    land(tmp_path, "addresses", _dwellings("g1", "g2", "g3"), received_at=FIRST - timedelta(days=8))
    for month in range(6):
        came = ("g1", "g2", "g3") if month != 5 else ("g1", "g3")
        rents, received_at = _rents(month, *came), _received(month)
        land(tmp_path, "public_rent_ledger", rents, name=f"{month}.csv", received_at=received_at)

    judgements = judge(tmp_path, before=_received(9))

    *before, last = [one for one in judgements if one.feed == "public_rent_ledger"]
    assert {one.verdict for one in before} == {Verdict.ACCEPTED}
    assert last.verdict is Verdict.DEGRADED
    assert (
        "check no_street_is_missing, column address_id: 1 of 3 values of street_id that usually come are"
        " missing: s2" in str(last)
    )


def _residents(count: int) -> pd.DataFrame:
    numbers = range(count)
    return pd.DataFrame(
        {
            "residence_id": [f"r{number}" for number in numbers],
            "person_id": [f"p{number}" for number in numbers],
            "household_id": "h1",
            "address_id": "a1",
            "name": None,
            "phone": None,
            "event_date": pd.Timestamp("2020-01-01"),
            "valid_to": pd.NaT,
            "birth_date": pd.Timestamp("1980-01-01"),
            "sex": "male",
            "relation": "head",
            "marital_status": "never",
            "hukou": "here",
        }
    )


def _settlements(known: int, unknown: int) -> pd.DataFrame:
    persons = [f"p{number}" for number in range(known)] + [f"x{n}" for n in range(unknown)]
    return pd.DataFrame(
        {
            "settlement_id": [f"s-{person}" for person in persons],
            "person_id": persons,
            "event_date": pd.Timestamp("2024-01-05"),
            "care_kind": "outpatient",
            "diagnosis_group": "general",
            "hospital_days": 0,
            "total_amount": 300.0,
            "insurer_paid": 200.0,
            "aid_paid": 0.0,
            "self_paid": 100.0,
        }
    )


@pytest.mark.parametrize(
    ("unknown", "verdict"),
    [(0, Verdict.ACCEPTED), (9, Verdict.ACCEPTED), (10, Verdict.DEGRADED)],
)
def test_people_the_register_does_not_know_are_counted_and_kept(
    tmp_path: Path, unknown: int, verdict: Verdict
) -> None:
    land(tmp_path, "residents", _residents(100), received_at=FIRST)
    land(tmp_path, "medical_settlements", _settlements(100 - unknown, unknown), received_at=FIRST)

    *_, judgement = judge(tmp_path)

    assert judgement.feed == "medical_settlements"
    assert (judgement.verdict, judgement.accepted, judgement.quarantined) == (verdict, 100, 0)
    told = (
        f"{unknown} of 100 values ({unknown}.0%) are no person_id that feed residents has delivered"
    )
    assert (told in str(judgement)) == bool(unknown)


def test_settlements_do_not_wait_for_the_register(tmp_path: Path) -> None:
    land(tmp_path, "medical_settlements", _settlements(3, 3), received_at=FIRST)

    [judgement] = judge(tmp_path)

    assert judgement.verdict is Verdict.ACCEPTED
