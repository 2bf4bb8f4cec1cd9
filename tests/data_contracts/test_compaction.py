"""Compaction: fewer files, the same facts, and late deliveries still find their place."""

from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_contracts import compaction
from data_contracts.catalogue import Catalogue
from data_contracts.compaction import compact
from data_contracts.lake import Lake, LakeError
from data_contracts.lake_files import Kind
from data_contracts.verification import verify
from tests.data_contracts.landing import land
from tests.data_contracts.notes import (
    FAR,
    FEED,
    Note,
    contracts,
    frame,
    judge_notes,
    lake_versions,
)

MORNING = datetime.fromisoformat("2024-08-05 02:00")


def _deliver(home: Path, hour: int, notes: dict[str, Note]) -> None:
    land(home, FEED, frame(notes), name=f"{hour}.csv", received_at=MORNING + timedelta(hours=hour))
    judge_notes(home)


def _three_nights(home: Path) -> None:
    _deliver(home, 0, {"a": (1.0, None), "b": (1.0, None)})
    _deliver(home, 4, {"a": (2.0, None), "b": (1.0, None)})
    _deliver(home, 8, {"a": (3.0, None), "c": (1.0, None)})


def _quietly(home: Path) -> compaction.Compacted:
    return compact(home, contracts(), progress=lambda line: None)


def _month(home: Path, month: int, notes: dict[str, Note]) -> None:
    received = datetime.fromisoformat(f"2024-{month:02d}-04 02:00")
    land(home, FEED, frame(notes), name=f"month {month}.csv", received_at=received)
    judge_notes(home)


def _five_months(home: Path) -> None:
    _month(home, 1, {"c": (1.0, None), "a": (1.0, None)})
    _month(home, 2, {"b": (1.0, None), "a": (2.0, None)})
    _month(home, 3, {"d": (1.0, None), "c": (1.0, None)})
    _month(home, 4, {"e": (1.0, None), "b": (2.0, None)})
    _month(home, 5, {"f": (1.0, None), "e": (2.0, None)})


def _folders(home: Path, kind: Kind) -> list[str]:
    return sorted(Path(path).parent.name for path in Lake(home).paths(FEED, kind))


def _stock(home: Path) -> list[pa.Table]:
    paths = [path for path in Lake(home).paths(FEED, Kind.FACTS) if "/stock/" in path]
    return [pq.ParquetFile(path).read() for path in sorted(paths)]


def test_facts_and_digest_stay_and_files_become_few(tmp_path: Path) -> None:
    _three_nights(tmp_path)
    before, digest = lake_versions(tmp_path), Lake(tmp_path).digest(before=FAR)

    done = _quietly(tmp_path)

    assert (done.merged, done.into, done.swept) == (5, 2, 0)
    assert lake_versions(tmp_path) == before
    assert Lake(tmp_path).digest(before=FAR) == digest
    present = sorted(path.name.split(".", 1)[1] for path in (tmp_path / "lake").rglob("*.parquet"))
    assert present == ["parquet", "retold.parquet", "superseded.parquet"]
    assert _quietly(tmp_path).merged == 0


def test_corrections_and_late_deliveries_after_a_compaction_are_as_without(tmp_path: Path) -> None:
    homes = [tmp_path / "with", tmp_path / "without"]
    for home in homes:
        _three_nights(home)
        if home.name == "with":
            _quietly(home)
        _deliver(home, 2, {"a": (9.0, None), "b": (9.0, None)})
        _deliver(home, 12, {"a": (3.0, None), "b": (5.0, None)})
        if home.name == "with":
            _quietly(home)
        _deliver(home, 6, {"b": (7.0, None)})

    assert lake_versions(homes[0]) == lake_versions(homes[1])


@pytest.mark.parametrize("point", ["before it counts", "after it counts"])
def test_a_crash_leaves_the_same_facts_and_the_next_compaction_tidies_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    _three_nights(tmp_path)
    before = lake_versions(tmp_path)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        if point == "before it counts":
            patched.setattr(Catalogue, "replace", crash)
        else:
            patched.setattr(compaction, "remove", crash)
        with pytest.raises(KeyboardInterrupt):
            _quietly(tmp_path)

    assert lake_versions(tmp_path) == before
    assert verify(tmp_path).uncounted
    _quietly(tmp_path)
    assert verify(tmp_path).uncounted == ()
    assert verify(tmp_path).faults == ()
    assert lake_versions(tmp_path) == before


def test_a_damaged_file_is_not_merged_into_a_sound_one(tmp_path: Path) -> None:
    _three_nights(tmp_path)
    [first, *_] = Lake(tmp_path).paths(FEED, Kind.FACTS)
    content = bytearray(Path(first).read_bytes())
    content[9] ^= 4
    Path(first).write_bytes(content)

    with pytest.raises(LakeError, match="restore it from a backup"):
        _quietly(tmp_path)
    found = verify(tmp_path)
    assert len(found.faults) == 1
    assert found.files == 6


def test_what_came_before_the_newest_months_lies_sorted_by_entity(tmp_path: Path) -> None:
    _five_months(tmp_path)
    before, digest = lake_versions(tmp_path), Lake(tmp_path).digest(before=FAR)

    _quietly(tmp_path)

    assert _folders(tmp_path, Kind.FACTS) == ["2024-04", "2024-05", "stock"]
    assert _folders(tmp_path, Kind.SUPERSEDED) == ["2024-04", "2024-05", "stock"]
    [rows] = _stock(tmp_path)
    assert rows["person_id"].to_pylist() == ["pa", "pa", "pb", "pc", "pd"]
    assert lake_versions(tmp_path) == before
    assert Lake(tmp_path).digest(before=FAR) == digest
    assert _quietly(tmp_path).merged == 0


def test_a_month_that_is_no_longer_among_the_newest_joins_the_stock(tmp_path: Path) -> None:
    _five_months(tmp_path)
    _quietly(tmp_path)
    _month(tmp_path, 6, {"a": (4.0, None)})
    before = lake_versions(tmp_path)

    _quietly(tmp_path)

    assert _folders(tmp_path, Kind.FACTS) == ["2024-05", "2024-06", "stock"]
    [rows] = _stock(tmp_path)
    assert rows["person_id"].to_pylist() == ["pa", "pa", "pb", "pb", "pc", "pd", "pe"]
    assert lake_versions(tmp_path) == before


def test_a_large_stock_is_cut_into_files_that_follow_one_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = {f"n{number:05}": (1.0, None) for number in range(5000)}
    for month, notes in ((1, many), (2, {"n00007": (2.0, None)}), (3, {}), (4, {"z": (1.0, None)})):
        _month(tmp_path, month, notes or {"y": (1.0, None)})
    monkeypatch.setattr(compaction, "ROWS_PER_FILE", 2048)
    before = lake_versions(tmp_path)

    _quietly(tmp_path)

    parts = [part["person_id"].to_pylist() for part in _stock(tmp_path)]
    assert len(parts) == 3
    told = [person for part in parts for person in part]
    assert told == sorted(told)
    assert len(told) == 5001
    assert lake_versions(tmp_path) == before


def test_a_feed_without_a_contract_is_merged_month_by_month(tmp_path: Path) -> None:
    _five_months(tmp_path)
    before = lake_versions(tmp_path)

    assert compact(tmp_path, {}, progress=lambda line: None).merged == 0
    assert lake_versions(tmp_path) == before


def test_a_stock_that_lost_rows_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _five_months(tmp_path)
    before = lake_versions(tmp_path)
    whole = compaction._by_entity
    monkeypatch.setattr(
        compaction, "_by_entity", lambda *asked: (part.slice(1) for part in whole(*asked))
    )

    with pytest.raises(LakeError, match="5 rows became 4"):
        _quietly(tmp_path)
    assert lake_versions(tmp_path) == before


@pytest.mark.parametrize("point", ["before it counts", "after it counts"])
def test_a_crash_while_the_stock_is_made_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    _five_months(tmp_path)
    before = lake_versions(tmp_path)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        owner, name = (
            (Catalogue, "replace") if point == "before it counts" else (compaction, "remove")
        )
        patched.setattr(owner, name, crash)
        with pytest.raises(KeyboardInterrupt):
            _quietly(tmp_path)

    assert lake_versions(tmp_path) == before
    _quietly(tmp_path)
    assert verify(tmp_path).uncounted == ()
    assert verify(tmp_path).faults == ()
    assert lake_versions(tmp_path) == before
    assert _folders(tmp_path, Kind.FACTS) == ["2024-04", "2024-05", "stock"]


def test_corrections_and_late_deliveries_find_what_lies_in_the_stock(tmp_path: Path) -> None:
    homes = [tmp_path / "with", tmp_path / "without"]
    for home in homes:
        _five_months(home)
        if home.name == "with":
            _quietly(home)
        _month(home, 6, {"a": (2.0, None), "c": (3.0, None)})
        _deliver(home, 0, {"d": (9.0, None)})
        if home.name == "with":
            _quietly(home)
        received = datetime.fromisoformat("2024-02-20 02:00")
        land(home, FEED, frame({"a": (8.0, None)}), name="late.csv", received_at=received)
        judge_notes(home)

    assert lake_versions(homes[0]) == lake_versions(homes[1])
