"""Freshness: late is told apart from never, to the day."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from data_contracts.freshness import Freshness, freshness
from tests.data_contracts.landing import CONTRACTS, RECEIVED, judge, land, power_bills

DUE_BY = RECEIVED + timedelta(days=31 + 25)


@pytest.mark.parametrize(
    ("before", "status"),
    [
        (RECEIVED, Freshness.NEVER),
        (RECEIVED + timedelta(microseconds=1), Freshness.FRESH),
        (DUE_BY, Freshness.FRESH),
        (DUE_BY + timedelta(microseconds=1), Freshness.LATE),
    ],
)
def test_a_feed_is_late_once_cadence_and_latency_have_passed(
    tmp_path: Path, before: datetime, status: Freshness
) -> None:
    land(tmp_path, "utility_bills", power_bills(3))
    judge(tmp_path)

    [bills] = [
        one for one in freshness(tmp_path, CONTRACTS, before=before) if one.feed == "utility_bills"
    ]

    assert bills.status is status
    if status is Freshness.LATE:
        assert str(bills) == (
            "feed utility_bills: last received 2024-08-05, the next was due by 2024-09-30; ask 水电气"
        )


def test_an_optional_feed_is_not_missed_before_its_first_delivery(tmp_path: Path) -> None:
    assert CONTRACTS["meter_readings"].optional
    found = freshness(tmp_path, CONTRACTS, before=RECEIVED)
    assert {one.feed for one in found} == {
        feed for feed, contract in CONTRACTS.items() if not contract.optional
    }


def test_a_refused_delivery_does_not_count_as_having_delivered(tmp_path: Path) -> None:
    land(tmp_path, "utility_bills", b"")
    judge(tmp_path)

    [bills] = [
        one
        for one in freshness(tmp_path, CONTRACTS, before=RECEIVED + timedelta(days=1))
        if one.feed == "utility_bills"
    ]

    assert bills.status is Freshness.NEVER
