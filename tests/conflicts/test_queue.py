"""The queue: opened once, told, answered or overdue, settled; exports that no office program runs."""

from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from features.conflicts.queue import ConflictQueue, State, UnknownConflict
from features.district import DISTRICT
from serving.departments.conflict_exports import to_csv, to_xlsx
from tests.tables import table

NIGHT = date(2026, 7, 15)
DUE = date(2026, 7, 29)
CONFLICTS = table("""
    kind               | asked    | subject | feed        | fact_id | withheld
    dead_but_pensioned | pensions | anna    | life_events | e1      | false
    dead_but_pensioned | pensions | anna    | pensions    | n1      | true
    """)
NONE = CONFLICTS.iloc[:0]


@pytest.fixture
def queue(tmp_path: Path) -> ConflictQueue:
    queue = ConflictQueue(tmp_path)
    queue.update(CONFLICTS, DISTRICT.contracts, as_of_date=NIGHT)
    return queue


def test_a_conflict_is_one_task_for_the_department_of_the_feed_asked(queue: ConflictQueue) -> None:
    again = queue.update(CONFLICTS, DISTRICT.contracts, as_of_date=NIGHT)
    [task] = queue.tasks(on=NIGHT)

    assert again == 0
    assert task.department == DISTRICT.contracts["pensions"].department
    assert task.facts == (("life_events", "e1"), ("pensions", "n1"))
    assert (task.opened_on, task.due_on, task.state) == (NIGHT, DUE, State.OPEN)


def test_ten_working_days_later_it_is_overdue(queue: ConflictQueue) -> None:
    assert [task.state for task in queue.tasks(on=DUE)] == [State.OPEN]
    assert [task.state for task in queue.tasks(on=DUE + timedelta(days=1))] == [State.OVERDUE]


def test_an_export_is_noted_and_an_answer_counts_from_the_next_night(queue: ConflictQueue) -> None:
    [task] = queue.export(DISTRICT.contracts["pensions"].department, on=NIGHT)
    assert queue.tasks(on=NIGHT)[0].state is State.EXPORTED

    answered = queue.answer(task.conflict_id, right="life_events", by="letter 7", on=NIGHT)
    assert (answered.state, answered.right) == (State.ANSWERED, "life_events")
    assert queue.answers(before=NIGHT) == {}
    assert queue.answers(before=NIGHT + timedelta(days=1)) == {task.conflict_id: "life_events"}
    assert queue.update(CONFLICTS, DISTRICT.contracts, as_of_date=NIGHT + timedelta(days=1)) == 0


def test_what_is_no_conflict_any_more_is_settled_and_may_come_back(queue: ConflictQueue) -> None:
    queue.update(NONE, DISTRICT.contracts, as_of_date=NIGHT + timedelta(days=1))
    assert [task.state for task in queue.tasks(on=DUE)] == [State.SETTLED]

    assert queue.update(CONFLICTS, DISTRICT.contracts, as_of_date=NIGHT + timedelta(days=2)) == 1
    assert [task.state for task in queue.tasks(on=DUE)] == [State.OPEN]


def test_an_answer_must_name_a_side_of_an_open_conflict(queue: ConflictQueue) -> None:
    [task] = queue.tasks(on=NIGHT)
    with pytest.raises(UnknownConflict, match="life_events and pensions, not 'visits'"):
        queue.answer(task.conflict_id, right="visits", by="x", on=NIGHT)
    with pytest.raises(UnknownConflict, match="no conflict c_none"):
        queue.answer("c_none", right="visits", by="x", on=NIGHT)


def test_exports_hold_no_formula(tmp_path: Path) -> None:
    evil = CONFLICTS.assign(fact_id=["=1+1", "@SUM(A1)"])
    queue = ConflictQueue(tmp_path)
    queue.update(evil, DISTRICT.contracts, as_of_date=NIGHT)
    tasks = queue.tasks(on=NIGHT)

    csv = pd.read_csv(BytesIO(to_csv(tasks)), encoding="utf-8-sig")
    sheet = openpyxl.load_workbook(BytesIO(to_xlsx(tasks, as_of_date=NIGHT))).active
    assert csv["记录编号"].tolist() == ["'=1+1", "'@SUM(A1)"]
    assert [cell.data_type for cell in sheet["E"][1:]] == ["s", "s"]
