"""Late rows, silence, duplicates, slips, a source that begins later: all there, none too much."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.district.config import Dirt
from experiments.district.desk import newest
from experiments.district.feeds import FEEDS
from experiments.district.months import NO_DAY, Month
from experiments.district.reporting import Post
from experiments.district.streams import Streams
from tests.district.landing import manifests, read_feed, read_file

CLAIMS = FEEDS["unemployment_benefit"]


def _claims(ids: list[int], until: list[int]) -> dict[str, np.ndarray]:
    count = len(ids)
    return {
        "claim_id": np.array(ids),
        "person_id": np.arange(count),
        "event_date": np.full(count, 20_000),
        "valid_to": np.array(until),
        "monthly_amount": np.full(count, 1992.0),
    }


def test_the_newest_of_two_versions_handed_in_together_is_kept() -> None:
    kept = newest(CLAIMS, [_claims([1, 2], [NO_DAY, NO_DAY]), _claims([1], [20_100])])
    assert dict(zip(kept["claim_id"], kept["valid_to"], strict=True)) == {1: 20_100, 2: NO_DAY}


def test_a_late_row_is_dropped_when_a_newer_version_overtook_it() -> None:
    post = Post(Dirt(late_row=1.0, mistyped_row=0), Streams(954))
    first = post.pack(CLAIMS, _claims([1, 2], [NO_DAY, NO_DAY]), Month(0, 2025, 1))
    assert len(first.rows["claim_id"]) == 0
    second = post.pack(CLAIMS, _claims([1], [20_100]), Month(1, 2025, 2))
    assert list(second.rows["claim_id"]) == [2]
    third = post.pack(CLAIMS, _claims([], []), Month(2, 2025, 3))
    assert list(third.rows["valid_to"]) == [20_100]


def test_the_silent_feed_skips_one_month_and_catches_up(district: Path) -> None:
    dirt = Dirt()
    files = {
        path.name.removeprefix("social_insurance_").split(".")[0]: manifest["rows"]
        for path, manifest in manifests(district / "landing", "social_insurance")
    }
    quiet = Month(0, 2025, 5).shifted(dirt.silent_month)
    assert dirt.silent_feed == "social_insurance"
    assert quiet.label not in files
    usual = files[quiet.shifted(-1).label]
    assert files[quiet.shifted(1).label] == pytest.approx(2 * usual, rel=0.06)


def test_a_source_that_begins_later_has_nothing_before(district: Path) -> None:
    first, _ = manifests(district / "landing", "housing_danger")[0]
    assert first.name == "housing_danger_2025-11.xlsx"
    cuts = read_feed(district / "landing", "utility_interruptions")
    begun = cuts.groupby("service").received_at.min()
    assert begun["water"] > begun["power"] + pd.Timedelta(days=120)


def test_one_file_is_sent_twice_word_for_word(district: Path) -> None:
    hashes = [manifest["sha256"] for _, manifest in manifests(district / "landing", "pensions")]
    assert len(hashes) == len(set(hashes)) + 1


@pytest.mark.parametrize("name", sorted(FEEDS))
def test_deliveries_arrive_after_the_month_and_within_a_month(district: Path, name: str) -> None:
    for path, manifest in manifests(district / "landing", name):
        label = path.stem.split("_")[-1]
        if label in ("stock", "again"):
            continue
        lag = pd.Timestamp(manifest["received_at"]) - (
            pd.Timestamp(f"{label}-01") + pd.offsets.MonthBegin(1)
        )
        assert pd.Timedelta(0) < lag < pd.Timedelta(days=28)


def test_some_rows_come_a_month_late_and_some_twice(district: Path) -> None:
    bills = read_feed(district / "landing", "medical_settlements")
    month = bills.received_at.dt.to_period("M").dt.to_timestamp()
    usual = bills.event_date >= month - pd.DateOffset(months=1)
    assert 0.01 < 1 - usual.mean() < 0.03
    assert bills.duplicated().any()


def test_slips_stay_far_below_what_has_a_file_refused(district: Path) -> None:
    slips = total = 0
    for path, manifest in manifests(district / "landing", "residents"):
        rows = read_file(path, manifest)
        dates = pd.to_datetime(rows.event_date, errors="coerce").isna()
        unknown = (rows[["sex", "relation", "hukou", "marital_status"]] == "不详").any(axis=1)
        wrong = int((dates | unknown).sum())
        assert wrong <= 0.015 * len(rows)
        slips, total = slips + wrong, total + len(rows)
    assert 0.0005 < slips / total < 0.004
