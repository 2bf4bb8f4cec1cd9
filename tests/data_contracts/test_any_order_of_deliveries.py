"""Late, out-of-order and backfilled deliveries give the lake they would have given in order."""

import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from data_contracts.lake import Lake
from tests.data_contracts.landing import land
from tests.data_contracts.notes import (
    FAR,
    FEED,
    Note,
    Telling,
    folded,
    frame,
    judge_notes,
    lake_versions,
)

MORNING = datetime.fromisoformat("2024-08-05 02:00")
NOTES = st.tuples(st.sampled_from([1.0, 2.0, 3.0]), st.sampled_from([None, "甲"]))
FILES = st.lists(
    st.tuples(
        st.integers(0, 5), st.dictionaries(st.sampled_from("abcd"), NOTES, min_size=1, max_size=4)
    ),
    min_size=1,
    max_size=7,
)


def _land(home: Path, number: int, hour: int, notes: dict[str, Note]) -> None:
    land(
        home,
        FEED,
        frame(notes),
        name=f"{number}.parquet",
        received_at=MORNING + timedelta(hours=hour),
    )


@settings(max_examples=40, deadline=None)
@given(files=FILES, data=st.data())
def test_any_order_and_any_nights_give_the_lake_of_the_right_order(
    files: list[tuple[int, dict[str, Note]]], data: st.DataObject
) -> None:
    expected = folded(
        Telling(MORNING + timedelta(hours=hour), (hour, number), note_id, note)
        for number, (hour, notes) in enumerate(files)
        for note_id, note in notes.items()
    )
    numbered = [(number, hour, notes) for number, (hour, notes) in enumerate(files)]
    shuffled = data.draw(st.permutations(numbered))
    nights = data.draw(st.lists(st.booleans(), min_size=len(files), max_size=len(files)))
    with tempfile.TemporaryDirectory() as folder:
        digests = []
        for name, arriving, ends in (("right", numbered, [False]), ("any", shuffled, nights)):
            home = Path(folder) / name
            (home / "landing").mkdir(parents=True)
            for file, night_ends in zip(arriving, ends * len(files), strict=False):
                _land(home, *file)
                if night_ends:
                    judge_notes(home)
            judge_notes(home)

            assert lake_versions(home) == expected, name
            digests.append(Lake(home).digest(before=FAR))
        assert digests[0] == digests[1]


def test_a_repetition_comes_to_light_when_what_stood_between_arrives_late(tmp_path: Path) -> None:
    for number, (hour, amount) in enumerate(((2, 60.0), (6, 60.0), (4, 70.0))):
        _land(tmp_path, number, hour, {"a": (amount, None)})
        judge_notes(tmp_path)

    at = [MORNING + timedelta(hours=hour) for hour in (2, 4, 6)]
    assert lake_versions(tmp_path) == [
        ("a", (60.0, None), at[0], at[1]),
        ("a", (70.0, None), at[1], at[2]),
        ("a", (60.0, None), at[2], None),
    ]


def test_a_version_told_earlier_after_all_begins_earlier(tmp_path: Path) -> None:
    for number, hour in enumerate((4, 2)):
        _land(tmp_path, number, hour, {"a": (60.0, None)})
        judge_notes(tmp_path)

    assert lake_versions(tmp_path) == [("a", (60.0, None), MORNING + timedelta(hours=2), None)]
