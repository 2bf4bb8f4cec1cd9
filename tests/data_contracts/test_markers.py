"""The .done marker: a manifest is found out once and written down; what may be growing is left alone."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from data_contracts import markers
from data_contracts.arrival import LeftAlone
from data_contracts.judgement import Verdict
from data_contracts.markers import accept_marked
from tests.data_contracts.landing import _written
from tests.data_contracts.notes import FEED, contracts, frame, judge_notes, lake_versions

ZONE = ZoneInfo("Asia/Shanghai")
WRITTEN = datetime(2024, 8, 4, 18, 10, tzinfo=UTC)
"""02:10 of the fifth in Shanghai."""
NOW = WRITTEN + timedelta(hours=1)
NOTES = {"a": (1.0, None), "b": (2.0, "甲")}


def _drop(
    home: Path,
    name: str,
    *,
    marker: str = "",
    at: datetime = WRITTEN,
    rows: pd.DataFrame | None = None,
) -> Path:
    path = home / "landing" / FEED / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(
        _written(frame(NOTES) if rows is None else rows, name.rsplit(".", 1)[-1], "utf-8")
    )
    done = path.with_name(f"{name}.done")
    done.write_text(marker)
    for file in (path, done):
        os.utime(file, (at.timestamp(), at.timestamp()))
    return path


def _accept(home: Path, now: datetime = NOW) -> list[LeftAlone]:
    return accept_marked(home / "landing", contracts(), now=now, zone=ZONE)


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.jsonl", "a.parquet"])
def test_a_marked_file_is_a_delivery_received_when_it_was_marked(tmp_path: Path, name: str) -> None:
    _drop(tmp_path, name)
    assert _accept(tmp_path) == []

    [judgement] = judge_notes(tmp_path)

    assert (judgement.verdict, judgement.accepted) == (Verdict.ACCEPTED, 2), judgement
    assert {version[2] for version in lake_versions(tmp_path)} == {
        datetime.fromisoformat("2024-08-05 02:10")
    }


def test_the_time_in_the_marker_counts_and_is_written_down_once(tmp_path: Path) -> None:
    path = _drop(tmp_path, "a.csv", marker="2024-08-03T22:00:00\n")
    _accept(tmp_path)
    manifest = path.with_name("a.csv.manifest.json")
    first = manifest.read_bytes()
    assert json.loads(first)["received_at"] == "2024-08-03T22:00:00"

    os.utime(path.with_name("a.csv.done"), (NOW.timestamp(), NOW.timestamp()))
    _accept(tmp_path, NOW + timedelta(days=1))

    assert manifest.read_bytes() == first


@pytest.mark.parametrize(("seconds", "left"), [(59, True), (61, False)])
def test_what_changed_less_than_a_minute_ago_may_be_growing(
    tmp_path: Path, seconds: int, left: bool
) -> None:
    _drop(tmp_path, "a.csv")

    told = _accept(tmp_path, WRITTEN + timedelta(seconds=seconds))

    assert [one.reason for one in told] == (
        ["changed less than a minute ago, so it may still be being written"] if left else []
    )
    assert len(judge_notes(tmp_path)) == 1
    assert bool(lake_versions(tmp_path)) is not left


def test_a_file_that_grows_while_it_is_read_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _drop(tmp_path, "a.csv")

    def grow(_: Path) -> str:
        with path.open("ab") as stream:
            stream.write(b"c,p,2024-01-01,3,\n")
        return "0" * 64

    monkeypatch.setattr(markers, "sha256_of", grow)

    [left] = _accept(tmp_path)
    assert left.reason == "changed while it was read, so it is still being written"
    assert not path.with_name("a.csv.manifest.json").exists()


@pytest.mark.parametrize(
    ("name", "marker", "reason"),
    [
        ("a.csv", "yesterday", "holds something else than local time"),
        ("a.csv", "2024-08-03T22:00:00+08:00", "holds something else than local time"),
        ("a.txt", "", "is none of csv, xlsx, parquet, jsonl"),
    ],
)
def test_a_marker_nobody_understands_is_told(
    tmp_path: Path, name: str, marker: str, reason: str
) -> None:
    _drop(tmp_path, name.replace(".txt", ".csv"), marker=marker)
    if name.endswith(".txt"):
        folder = tmp_path / "landing" / FEED
        (folder / "a.csv").rename(folder / "a.txt")
        (folder / "a.csv.done").rename(folder / "a.txt.done")

    [left] = _accept(tmp_path)
    assert reason in left.reason


def test_a_marker_without_its_file_is_told(tmp_path: Path) -> None:
    _drop(tmp_path, "a.csv").unlink()

    [left] = _accept(tmp_path)
    assert "is not there; send it" in left.reason


def test_a_corrected_file_under_the_same_name_is_a_new_delivery(tmp_path: Path) -> None:
    _drop(tmp_path, "a.csv")
    _accept(tmp_path)
    judge_notes(tmp_path)
    later = datetime.now(UTC) + timedelta(hours=1)
    _drop(tmp_path, "a.csv", at=later, rows=frame({"a": (5.0, None)}), marker="2024-08-06T03:00:00")

    _accept(tmp_path, later + timedelta(hours=1))
    [judgement] = judge_notes(tmp_path)

    assert judgement.verdict is Verdict.ACCEPTED
    assert ("a", (5.0, None), datetime.fromisoformat("2024-08-06 03:00"), None) in lake_versions(
        tmp_path
    )


def test_an_unreadable_file_is_refused_by_the_gate_with_its_reason(tmp_path: Path) -> None:
    path = _drop(tmp_path, "a.parquet")
    path.write_bytes(b"PAR1 half a file")
    os.utime(path, (WRITTEN.timestamp(), WRITTEN.timestamp()))
    _accept(tmp_path)

    [judgement] = judge_notes(tmp_path)

    assert judgement.verdict is Verdict.REFUSED
    assert "not readable as Parquet" in str(judgement)
