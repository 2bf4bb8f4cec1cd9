"""Refused rows that come back corrected give what a clean delivery would have given."""

import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_contracts.judgement import Judgement, Verdict
from data_contracts.releases import ReleaseError, open_quarantine, quarantined, release
from tests.data_contracts.landing import land
from tests.data_contracts.notes import (
    FEED,
    Note,
    contracts,
    frame,
    judge_notes,
    lake_versions,
)

MORNING = datetime.fromisoformat("2024-08-05 02:00")


def _at(hour: int) -> datetime:
    return MORNING + timedelta(hours=hour)


def _deliver(
    home: Path, notes: dict[str, Note], *, hour: int, bad: frozenset[str] = frozenset()
) -> Judgement:
    rows = frame(notes).astype({"amount": "object"})
    rows["amount"] = [
        "??" if name in bad else str(amount)
        for name, amount in zip(rows["note_id"], rows["amount"], strict=True)
    ]
    land(home, FEED, rows, name=f"{hour}.csv", received_at=_at(hour))
    [judgement] = judge_notes(home)
    return judgement


def _release(home: Path, original: Judgement, notes: dict[str, Note], *, hour: int) -> Judgement:
    """Bring corrected notes back, each in the row it has in quarantine."""
    _, rows = quarantined_all(home, original)
    row_of = dict(zip(rows["note_id"], rows["source_row"], strict=True))
    corrected = frame(notes).astype(str).where(frame(notes).notna(), None)
    corrected["source_row"] = [str(row_of[name]) for name in corrected["note_id"]]
    release(
        home,
        None,
        original.delivery_id,
        pa.Table.from_pandas(corrected, preserve_index=False),
        contracts()[FEED],
        received_at=_at(hour),
    )
    [judgement] = judge_notes(home)
    return judgement


def quarantined_all(home: Path, judgement: Judgement) -> tuple[int, pd.DataFrame]:
    rows = pd.read_parquet(home / "quarantine" / FEED / f"{judgement.delivery_id}.parquet")
    return len(rows), rows


def _seen(home: Path, moment: datetime) -> dict[str, Note]:
    """Return what a night at a moment sees."""
    return {
        note_id: note
        for note_id, note, since, until in lake_versions(home)
        if since < moment and (until is None or until >= moment)
    }


NOTE = st.tuples(st.sampled_from([1.0, 2.0, 3.0]), st.sampled_from([None, "甲"]))
IDS = "abcde"
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["release", "correct"]),
        st.dictionaries(st.sampled_from(IDS), NOTE, min_size=1, max_size=5),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=30, deadline=None)
@given(
    original=st.fixed_dictionaries(dict.fromkeys(IDS, NOTE)),
    bad=st.frozensets(st.sampled_from(IDS), min_size=1, max_size=4),
    steps=STEPS,
)
def test_dirty_and_released_is_what_clean_would_have_been(
    original: dict[str, Note], bad: frozenset[str], steps: list[tuple[str, dict[str, Note]]]
) -> None:
    """Releases of some rows, second releases of the same row, newer deliveries before and between."""
    with tempfile.TemporaryDirectory() as folder:
        dirty, clean = Path(folder) / "dirty", Path(folder) / "clean"
        first = _deliver(dirty, original, hour=0, bad=bad)
        would_have_been = {name: note for name, note in original.items() if name not in bad}
        corrections = []
        for hour, (what, notes) in enumerate(steps, start=1):
            notes = (
                dict(notes) if what == "correct" else {n: v for n, v in notes.items() if n in bad}
            )
            if notes and what == "correct":
                _deliver(dirty, notes, hour=hour)
                corrections.append((hour, notes))
            elif notes:
                _release(dirty, first, notes, hour=hour)
                would_have_been |= notes
        _deliver(clean, would_have_been, hour=0)
        for hour, notes in corrections:
            _deliver(clean, notes, hour=hour)

        last = max(
            [hour for hour, (what, _) in enumerate(steps, start=1) if what == "release"], default=0
        )
        for hour in range(last, len(steps) + 1):
            moment = _at(hour) + timedelta(minutes=1)
            assert _seen(dirty, moment) == _seen(clean, moment), hour


def test_nights_before_the_release_do_not_know_it(tmp_path: Path) -> None:
    first = _deliver(tmp_path, {"a": (1.0, None), "b": (2.0, None)}, hour=0, bad=frozenset("a"))
    _release(tmp_path, first, {"a": (3.0, None)}, hour=4)

    assert _seen(tmp_path, _at(4)) == {"b": (2.0, None)}
    assert _seen(tmp_path, _at(5)) == {"a": (3.0, None), "b": (2.0, None)}


def test_a_newer_delivery_is_not_overturned_and_a_later_correction_withdraws_a_release(
    tmp_path: Path,
) -> None:
    first = _deliver(
        tmp_path,
        {"a": (1.0, None), "b": (1.0, None), "c": (1.0, None)},
        hour=0,
        bad=frozenset("ab"),
    )
    _deliver(tmp_path, {"a": (7.0, None)}, hour=1)
    released = _release(tmp_path, first, {"a": (3.0, None), "b": (3.0, None)}, hour=2)
    assert released.accepted == 2
    assert _seen(tmp_path, _at(3)) == {"a": (7.0, None), "b": (3.0, None), "c": (1.0, None)}

    _deliver(tmp_path, {"b": (8.0, None)}, hour=4)
    assert _seen(tmp_path, _at(5))["b"] == (8.0, None)


def test_released_rows_are_no_longer_open_and_those_still_wrong_are(tmp_path: Path) -> None:
    notes: dict[str, Note] = dict.fromkeys(IDS, (1.0, None))
    first = _deliver(tmp_path, notes, hour=0, bad=frozenset("abc"))
    [held] = open_quarantine(tmp_path, None)
    assert (held.refused, held.open_rows) == (3, (1, 2, 3))

    _release(tmp_path, first, {"b": (2.0, None)}, hour=1)

    [held] = open_quarantine(tmp_path, None)
    assert (held.refused, held.open_rows) == (3, (1, 3))
    assert quarantined(tmp_path, None, first.delivery_id)[1]["note_id"].to_pylist() == ["a", "c"]


def test_a_release_that_is_still_wrong_releases_nothing(tmp_path: Path) -> None:
    first = _deliver(tmp_path, {"a": (1.0, None), "b": (1.0, None)}, hour=0, bad=frozenset("a"))
    row = pa.table(
        {
            "note_id": ["a"],
            "person_id": ["p"],
            "event_date": ["2024-01-01"],
            "amount": ["?"],
            "remark": pa.array([None], pa.string()),
            "source_row": ["1"],
        }
    )
    release(tmp_path, None, first.delivery_id, row, contracts()[FEED], received_at=_at(1))

    [judgement] = judge_notes(tmp_path)

    assert judgement.verdict is Verdict.REFUSED
    assert open_quarantine(tmp_path, None)[0].open_rows == (1,)


def test_a_release_waits_for_its_original(tmp_path: Path) -> None:
    other = tmp_path / "other"
    first = _deliver(other, {"a": (1.0, None), "b": (1.0, None)}, hour=0, bad=frozenset("a"))
    _release(other, first, {"a": (2.0, None)}, hour=1)
    for path in (other / "landing" / FEED).glob("release_of*"):
        target = tmp_path / "landing" / FEED / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())

    [waits] = judge_notes(tmp_path)
    assert "which was not judged here yet; deliver that first" in str(waits)

    _land_again(other, tmp_path)
    assert [one.verdict for one in judge_notes(tmp_path)] == [
        Verdict.ACCEPTED_WITH_QUARANTINE,
        Verdict.ACCEPTED,
    ]


def _land_again(source: Path, target: Path) -> None:
    for path in (source / "landing" / FEED).glob("0.csv*"):
        (target / "landing" / FEED / path.name).write_bytes(path.read_bytes())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"source_row": None}, "has no column source_row"),
        ({"amount": None}, "column amount is missing"),
        ({"source_row": ["2"]}, "numbers of refused rows of delivery"),
        ({"source_row": ["x"]}, "numbers of refused rows of delivery"),
    ],
)
def test_a_corrected_file_must_keep_what_the_export_had(
    tmp_path: Path, change: dict[str, list[str] | None], told: str
) -> None:
    first = _deliver(tmp_path, {"a": (1.0, None), "b": (1.0, None)}, hour=0, bad=frozenset("a"))
    columns = {
        "note_id": ["a"], "person_id": ["p"], "event_date": ["2024-01-01"], "amount": ["2"],
        "remark": ["甲"], "source_row": ["1"],
    }  # fmt: skip
    wrong = {name: cells for name, cells in (columns | change).items() if cells is not None}

    with pytest.raises(ReleaseError, match=told):
        release(
            tmp_path,
            None,
            first.delivery_id,
            pa.table(wrong),
            contracts()[FEED],
            received_at=_at(1),
        )


def test_what_has_no_refused_rows_cannot_be_released(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="delivery d1 has no refused rows here"):
        quarantined(tmp_path, None, "d1")
