"""Retention: what is older than its contract allows leaves everywhere, and what left is told for good."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from data_contracts.expiry import expire
from data_contracts.gate import pass_gate
from data_contracts.lake import Lake
from data_contracts.lake_files import Removal
from data_contracts.verification import verify
from tests.data_contracts.landing import CONTRACTS, TONIGHT, facts, judge, land, power_bills
from tests.data_contracts.notes import FAR, FEED, contracts, frame, lake_versions

RECEIVED = datetime.fromisoformat("2024-08-05 02:10")
KEPT = contracts()[FEED].retention_days
LAST_DAY = date(2024, 1, 1) + timedelta(days=KEPT)
"""The last night on which a note of 2024-01-01 may still be there."""


def _deliver(home: Path, rows: pd.DataFrame, *, name: str, hour: int = 2) -> None:
    land(home, FEED, rows, name=name, received_at=RECEIVED.replace(hour=hour))
    pass_gate(home, contracts(), before=FAR, progress=lambda line: None, keyring=None)


def _expire(home: Path, day: date, *, dry_run: bool = False) -> list[Removal]:
    return expire(home, contracts(), as_of_date=day, keyring=None, dry_run=dry_run)


def _dated(notes: dict[str, str]) -> pd.DataFrame:
    rows = frame(dict.fromkeys(notes, (1.0, None)))
    rows["event_date"] = list(notes.values())
    return rows


@pytest.mark.parametrize(("days", "left"), [(0, {"a", "b"}), (1, {"b"})])
def test_a_fact_leaves_the_day_after_its_retention(
    tmp_path: Path, days: int, left: set[str]
) -> None:
    _deliver(tmp_path, _dated({"a": "2024-01-01", "b": "2024-06-01"}), name="a.csv")

    removed = _expire(tmp_path, LAST_DAY + timedelta(days=days))

    assert {version[0] for version in lake_versions(tmp_path)} == left
    assert len([one for one in removed if one.kind == "facts"]) == days


def test_a_fact_leaves_in_all_its_versions_with_its_ends_and_repetitions(tmp_path: Path) -> None:
    for hour, amount in ((2, 1.0), (3, 1.0), (4, 2.0)):
        _deliver(tmp_path, frame({"a": (amount, None)}), name=f"{hour}.csv", hour=hour)

    removed = _expire(tmp_path, LAST_DAY + timedelta(days=1))

    assert sorted({one.kind for one in removed}) == ["facts", "retold", "superseded"]
    assert lake_versions(tmp_path) == []
    assert list((tmp_path / "lake").rglob("*.parquet")) == []
    assert verify(tmp_path).faults == ()


def test_a_dry_run_tells_the_same_and_removes_nothing(tmp_path: Path) -> None:
    _deliver(tmp_path, _dated({"a": "2024-01-01", "b": "2024-06-01"}), name="a.csv")
    before = lake_versions(tmp_path)
    day = LAST_DAY + timedelta(days=1)

    would = _expire(tmp_path, day, dry_run=True)

    assert lake_versions(tmp_path) == before
    assert Lake(tmp_path).catalogue.removals() == []
    assert _expire(tmp_path, day) == would
    assert Lake(tmp_path).catalogue.removals() == would


def test_the_digest_of_past_nights_changes_with_an_expiry_and_not_without(tmp_path: Path) -> None:
    _deliver(tmp_path, _dated({"a": "2024-01-01", "b": "2024-06-01"}), name="a.csv")
    before = Lake(tmp_path).digest(before=FAR)

    _expire(tmp_path, LAST_DAY)
    assert Lake(tmp_path).digest(before=FAR) == before

    _expire(tmp_path, LAST_DAY + timedelta(days=1))
    assert Lake(tmp_path).digest(before=FAR) != before


def test_quarantine_and_landing_leave_by_the_day_they_were_received(tmp_path: Path) -> None:
    rows = frame({"a": (1.0, None), "b": (1.0, None)}).astype({"amount": "object"})
    rows["amount"] = ["??", "1"]
    _deliver(tmp_path, rows, name="a.csv")
    landed = sorted(path.name for path in (tmp_path / "landing" / FEED).iterdir())
    assert landed == ["a.csv", "a.csv.manifest.json"]

    _expire(tmp_path, RECEIVED.date() + timedelta(days=KEPT))
    assert len(list((tmp_path / "quarantine").rglob("*.parquet"))) == 1
    assert len(list((tmp_path / "landing" / FEED).iterdir())) == 2

    removed = _expire(tmp_path, RECEIVED.date() + timedelta(days=KEPT + 1))
    assert {one.kind for one in removed} == {"quarantine", "landing"}
    assert list((tmp_path / "quarantine").rglob("*.parquet")) == []
    assert list((tmp_path / "landing" / FEED).iterdir()) == []


def test_what_an_open_dispute_speaks_of_stays_until_it_is_settled(tmp_path: Path) -> None:
    bills = power_bills(30)
    land(tmp_path, "utility_bills", bills, name="a.csv")
    columns = {column.name: None for column in CONTRACTS["disputes"].columns}
    dispute = pd.DataFrame(
        [
            columns
            | {
                "dispute_id": "x1", "conflict_id": "k1", "kind": "two_incomes",
                "disputed_feed": "utility_bills", "disputed_fact_id": "b7",
                "event_date": "2024-08-01",
            }
        ]
    )  # fmt: skip
    land(tmp_path, "disputes", dispute, name="open.csv")
    verdicts = [str(one) for one in judge(tmp_path)]
    day = date(2024, 7, 1) + timedelta(days=CONTRACTS["utility_bills"].retention_days + 1)

    expire(tmp_path, CONTRACTS, as_of_date=day, keyring=None, dry_run=False)
    assert facts(tmp_path, "utility_bills")["bill_id"].tolist() == ["b7"], verdicts

    settled = dispute.assign(valid_to="2024-08-04")
    land(
        tmp_path, "disputes", settled, name="settled.csv", received_at=TONIGHT - timedelta(hours=1)
    )
    judge(tmp_path)
    expire(tmp_path, CONTRACTS, as_of_date=day, keyring=None, dry_run=False)
    assert facts(tmp_path, "utility_bills").empty
