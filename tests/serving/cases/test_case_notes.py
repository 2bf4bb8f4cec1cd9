"""A note is kept once under its id, another text beside it counts nowhere, and not everybody reads it."""

from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select

from serving.cases.notes import Note, NoteConflict, readable_notes, record_note
from serving.store.schema import NOTES

pytestmark = pytest.mark.usefixtures("on_both_stores")
WHO = "zhao_debts"


def writes(desk, text, *, note_id="n1", by="w1"):
    note = Note(
        note_id=note_id,
        case_id=desk.case(WHO).case_id,
        text=text,
        device_at=None,
        worker_id=by,
        worker_role="grid_worker",
    )
    with desk.store.write() as work:
        return record_note(work, note=note, now=desk.now, today=desk.today)


def read(desk, *, by="w1", sees_all=False):
    with desk.store.read() as read:
        case_ids = [desk.case(WHO).case_id]
        found = readable_notes(read, case_ids=case_ids, worker_id=by, sees_all=sees_all)
    return [note.text for note in found]


def test_a_resend_gets_the_first_receipt_and_changes_nothing(desk):
    before = desk.case(WHO).version
    first = writes(desk, "请按后门的铃")
    desk.now += timedelta(hours=1)

    assert writes(desk, "请按后门的铃") == first
    assert read(desk) == ["请按后门的铃"]
    assert desk.case(WHO).version == before


def test_another_text_under_the_same_id_is_refused_each_time_and_the_first_counts(desk):
    first = writes(desk, "下午在家")
    for _ in range(2):
        with pytest.raises(NoteConflict, match="n1"):
            writes(desk, "上午在家")

    assert writes(desk, "下午在家") == first
    assert read(desk, sees_all=True) == ["下午在家"]


def test_the_text_that_was_refused_is_kept_when_the_caller_commits(desk):
    writes(desk, "下午在家")
    with desk.store.write() as work, suppress(NoteConflict):
        note = Note(
            note_id="n1",
            case_id=desk.case(WHO).case_id,
            text="上午在家",
            device_at=None,
            worker_id="w1",
            worker_role="grid_worker",
        )
        record_note(work, note=note, now=desk.now, today=desk.today)

    with desk.store.read() as read_store:
        kept = read_store.execute(select(NOTES.c.text, NOTES.c.is_first)).all()
    assert sorted(map(tuple, kept)) == [("上午在家", False), ("下午在家", True)]
    assert read(desk) == ["下午在家"]


def test_somebody_reads_their_own_and_all_only_where_nothing_is_withheld(desk):
    writes(desk, "请按后门的铃")
    desk.now += timedelta(hours=1)
    writes(desk, "听力不好", note_id="n2", by="w2")

    assert read(desk) == ["请按后门的铃"]
    assert read(desk, by="w2") == ["听力不好"]
    assert read(desk, by="w3") == []
    assert read(desk, by="w3", sees_all=True) == ["请按后门的铃", "听力不好"]
