"""How departments keep their promises, with what small numbers leave open."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from scipy.stats import binomtest

from data_contracts.rates import Rate, together, wilson
from data_contracts.scorecard import DepartmentScore, FeedScore, scorecard
from tests.data_contracts.landing import CONTRACTS, judge, land, power_bills

FIRST = datetime.fromisoformat("2024-08-05 02:10")


def _scores(home: Path, *, before: datetime) -> tuple[DepartmentScore, FeedScore]:
    judge(home, before=before)
    [department] = [
        one for one in scorecard(home, CONTRACTS, before=before) if one.department == "水电气"
    ]
    [bills] = [one for one in department.feeds if one.feed == "utility_bills"]
    return department, bills


@pytest.mark.parametrize(("count", "total"), [(0, 7), (7, 7), (3, 40), (999, 1000)])
def test_intervals_are_wilsons(count: int, total: int) -> None:
    expected = binomtest(count, total).proportion_ci(method="wilson")

    assert Rate(count, total).interval == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_a_share_of_nothing_has_no_interval() -> None:
    with pytest.raises(ValueError, match="no share of 0"):
        wilson(1, of=0)


def test_nothing_counted_is_unknown() -> None:
    assert (Rate(0, 0).share, Rate(0, 0).interval, str(Rate(0, 0))) == (None, None, "unknown")
    assert together([Rate(1, 4), Rate(2, 4)]) == Rate(3, 8)


def test_what_the_gate_stored_is_counted(tmp_path: Path) -> None:
    bad = power_bills(30).assign(bill_id=[f"c{number}" for number in range(30)])
    bad.loc[3, "usage"] = -1
    bad.loc[:9, "paid_on"] = None
    corrected = power_bills(30)
    corrected.loc[:5, "amount_due"] += 1
    for name, days, bills in (
        ("first", 0, power_bills(30)),
        ("second", 56, bad),
        ("third", 60, corrected),
        ("fourth", 120, power_bills(2).assign(bill_id=["d1", "d2"])),
    ):
        received_at = FIRST + timedelta(days=days)
        land(tmp_path, "utility_bills", bills, name=f"{name}.csv", received_at=received_at)

    department, score = _scores(tmp_path, before=FIRST + timedelta(days=123))

    assert score.deliveries == 4
    assert score.on_time == Rate(2, 3)
    assert score.days_late == pytest.approx(4)
    assert score.quarantined == Rate(1, 92)
    assert score.duplicates == Rate(24, 92)
    assert score.optional_empty == Rate(10, 92)
    assert score.corrected == Rate(6, 30 + 29 + 6)
    assert score.degraded == Rate(1, 4)
    assert department.total.quarantined == score.quarantined
    assert department.total.open_disputes in (0, None)


def test_a_fact_told_lately_cannot_have_been_corrected_in_time_yet(tmp_path: Path) -> None:
    land(tmp_path, "utility_bills", power_bills(30), received_at=FIRST)

    assert _scores(tmp_path, before=FIRST + timedelta(days=61))[1].corrected == Rate(0, 0)
    assert _scores(tmp_path, before=FIRST + timedelta(days=62))[1].corrected == Rate(0, 30)
