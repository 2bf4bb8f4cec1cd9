"""Compaction: fewer files, the same facts, and late deliveries still find their place."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from data_contracts import compaction
from data_contracts.catalogue import Catalogue
from data_contracts.compaction import compact
from data_contracts.lake import Lake, LakeError
from data_contracts.lake_files import Kind
from data_contracts.verification import verify
from tests.data_contracts.landing import land
from tests.data_contracts.notes import FAR, FEED, Note, frame, judge_notes, lake_versions

MORNING = datetime.fromisoformat("2024-08-05 02:00")


def _deliver(home: Path, hour: int, notes: dict[str, Note]) -> None:
    land(home, FEED, frame(notes), name=f"{hour}.csv", received_at=MORNING + timedelta(hours=hour))
    judge_notes(home)


def _three_nights(home: Path) -> None:
    _deliver(home, 0, {"a": (1.0, None), "b": (1.0, None)})
    _deliver(home, 4, {"a": (2.0, None), "b": (1.0, None)})
    _deliver(home, 8, {"a": (3.0, None), "c": (1.0, None)})


def _quietly(home: Path) -> compaction.Compacted:
    return compact(home, progress=lambda line: None)


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
