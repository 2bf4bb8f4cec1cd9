"""Cases that wait for somebody, the most pressing first."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, select

from serving.access.callers import Caller
from serving.cases import Case
from serving.cases.journal import case_from
from serving.store.tables.cases import CASES, CaseState


class Queue(StrEnum):
    """``open``: somebody has to go. ``searching``: nobody was met; a second person looks, a third
    decides. ``overdue``: past the deadline, in either."""

    OPEN = "open"
    SEARCHING = "searching"
    OVERDUE = "overdue"


def queue_page(
    read: Connection,
    *,
    caller: Caller,
    queue: Queue,
    now: datetime,
    after: tuple[datetime, str] | None,
    most: int,
) -> list[Case]:
    """Return cases of a queue that the caller reaches, by deadline and id, ``after`` the last one seen."""
    query = select(CASES).where(caller.reaches(CASES))
    match queue:
        case Queue.OVERDUE:
            query = query.where(CASES.c.state != CaseState.CLOSED.value, CASES.c.due_at < now)
        case _:
            query = query.where(CASES.c.state == queue.value)
    if after is not None:
        due_at, case_id = after
        query = query.where(
            (CASES.c.due_at > due_at) | ((CASES.c.due_at == due_at) & (CASES.c.case_id > case_id))
        )
    rows = read.execute(query.order_by(CASES.c.due_at, CASES.c.case_id).limit(most))
    return [case_from(row) for row in rows.mappings()]
