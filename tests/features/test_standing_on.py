"""What one date sees of a lake, read from rows and ends apart, is what it sees of versions with their ends."""

from datetime import date, datetime, timedelta
from pathlib import Path

import ibis.expr.types as ir
import pytest

from data_contracts.compaction import compact
from data_contracts.lake import Lake, Told
from features.connections import open_engine
from features.point_in_time import Feed
from features.visibility import standing_on, visible_on
from tests.data_contracts.landing import land
from tests.data_contracts.notes import FEED, Note, contracts, frame, judge_notes

FIRST = date(2024, 8, 1)
TOLD: list[tuple[str, dict[str, Note]]] = [
    ("2024-08-03 02:00", {"a": (1.0, None), "b": (1.0, None), "c": (1.0, None)}),
    ("2024-08-05 00:00", {"a": (2.0, None), "b": (1.0, None)}),
    ("2024-08-07 02:00", {"a": (3.0, None), "d": (1.0, None)}),
    # Received before what is known already: what the first told of `a` ends earlier than was written.
    ("2024-08-04 02:00", {"a": (9.0, None), "c": (5.0, None)}),
    ("2024-08-06 02:00", {"a": (2.0, None), "d": (7.0, None)}),
]
"""When each delivery was received, in the order they were judged; one at midnight."""


def _told(home: Path) -> None:
    for number, (received, notes) in enumerate(TOLD):
        moment = datetime.fromisoformat(received)
        land(home, FEED, frame(notes), name=f"{number}.csv", received_at=moment)
        judge_notes(home)


def _rows(facts: ir.Table) -> list[tuple[object, ...]]:
    columns = ["note_id", "amount", "event_date", "known_from", "as_of_date"]
    found = facts.select(columns).to_pyarrow().to_pylist()
    return sorted(tuple(str(row[name]) for name in columns) for row in found)


@pytest.mark.parametrize("compacted", [False, True], ids=["many files", "merged"])
def test_both_readings_agree_on_every_day(tmp_path: Path, compacted: bool) -> None:
    _told(tmp_path)
    if compacted:
        compact(tmp_path, contracts(), progress=lambda line: None)
    amounts = set()
    with open_engine() as engine:
        told = Lake(tmp_path).told(engine, contracts()[FEED])
        for day in (FIRST + timedelta(days=back) for back in range(9)):
            seen = _rows(standing_on(told, day))
            assert seen == _rows(visible_on(told.dated(), day)), day
            amounts.add(tuple(row[1] for row in seen))
    assert len(amounts) > 4, "the days must differ, or this shows nothing"


def test_a_feed_nothing_was_corrected_in_has_no_ends(tmp_path: Path) -> None:
    land(tmp_path, FEED, frame({"a": (1.0, None)}), received_at=datetime.fromisoformat(TOLD[0][0]))
    judge_notes(tmp_path)
    with open_engine() as engine:
        told = Lake(tmp_path).told(engine, contracts()[FEED])
        assert told.ends is None
        assert len(_rows(standing_on(told, date(2024, 8, 4)))) == 1
        assert _rows(standing_on(told, date(2024, 8, 3))) == []


def test_an_empty_feed_is_empty(tmp_path: Path) -> None:
    with open_engine() as engine:
        told = Lake(tmp_path).told(engine, contracts()[FEED])
        assert _rows(standing_on(told, date(2024, 8, 4))) == []


def test_a_feed_that_was_cut_is_read_by_its_versions(tmp_path: Path) -> None:
    _told(tmp_path)
    day = date(2024, 8, 9)
    with open_engine() as engine:
        told: Told = Lake(tmp_path).told(engine, contracts()[FEED])
        cut = told.dated().filter(told.dated().note_id != "a")
        assert _rows(Feed(contracts()[FEED], cut).on(day)) == _rows(visible_on(cut, day))
        assert len(_rows(Feed(contracts()[FEED], told.dated(), told).on(day))) == 4
