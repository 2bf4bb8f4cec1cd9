"""The conflict queue: which department was asked what, by when, and what it answered.

``conflicts.db`` holds events only, in the order they happened; the state of a task is what its events say.
Nothing in it changes a household by itself: an answer settles a dispute from the next night on.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
import sqlalchemy as sa

from data_contracts.contract import Contract
from features.conflicts.disputes import conflict_id
from features.conflicts.kinds import KINDS
from features.conflicts.numbers import number_on

FILE = "conflicts.db"
MOST_FACTS = 20
"""Facts of one conflict a task names; a stopped pension has one, a year of double wages two dozen."""

_Event = tuple[str, str, dict[str, object]]
_METADATA = sa.MetaData()
_EVENTS = sa.Table(
    "events",
    _METADATA,
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("conflict_id", sa.String, nullable=False, index=True),
    sa.Column("event", sa.String, nullable=False),
    sa.Column("happened_on", sa.Date, nullable=False),
    sa.Column("told", sa.String, nullable=False),
)


class UnknownConflict(LookupError):
    """No such conflict, or an answer it cannot have."""


class State(StrEnum):
    """Where a task stands; ``overdue`` is open or exported past its due day."""

    OPEN = "open"
    EXPORTED = "exported"
    OVERDUE = "overdue"
    ANSWERED = "answered"
    SETTLED = "settled"


@dataclass(frozen=True)
class Task:
    """One question to one department.

    ``subject`` is a pseudonym; ``facts`` are ``feed, fact_id`` of every side; ``right`` the feed that
    was answered to be right. ``due_on`` counts working days Monday to Friday: public holidays give
    the department less time than it has, never more.
    """

    conflict_id: str
    kind: str
    title: str
    department: str
    asked: str
    subject: str
    facts: tuple[tuple[str, str], ...]
    opened_on: date
    due_on: date
    state: State
    right: str | None

    @property
    def feeds(self) -> tuple[str, ...]:
        """The feeds that contradict each other."""
        return tuple(sorted({feed for feed, _ in self.facts}))


class ConflictQueue:
    """The tasks of one home folder."""

    def __init__(self, home: Path) -> None:
        """Open the queue; created when absent."""
        home.mkdir(parents=True, exist_ok=True)
        self._engine = sa.create_engine(f"sqlite:///{home / FILE}", poolclass=sa.NullPool)
        _METADATA.create_all(self._engine)

    def update(
        self, conflicts: pd.DataFrame, contracts: Mapping[str, Contract], *, as_of_date: date
    ) -> int:
        """Open a task for each new conflict of a night and settle those that are gone.

        Args:
            conflicts: ``kind, asked, subject, feed, fact_id``, every conflict of the night.
            contracts: say which department owns the feed that is asked.
            as_of_date: the night.

        Returns:
            How many tasks were opened.
        """
        held = {
            task.conflict_id
            for task in self.tasks(on=as_of_date)
            if task.state is not State.SETTLED
        }
        found: set[str] = set()
        news: list[_Event] = []
        for (kind, asked, subject), facts in conflicts.groupby(["kind", "asked", "subject"]):
            number = conflict_id(str(kind), str(subject))
            found.add(number)
            if number in held:
                continue
            due = _working_days_after(as_of_date)
            pairs = sorted(set(zip(facts["feed"], facts["fact_id"], strict=True)))
            told = {
                "kind": kind,
                "asked": asked,
                "department": contracts[str(asked)].department,
                "subject": subject,
                "facts": pairs[:MOST_FACTS],
                "due_on": due.isoformat(),
            }
            news.append((number, "opened", told))
        gone: list[_Event] = [(number, "settled", {}) for number in sorted(held - found)]
        self._write([*news, *gone], on=as_of_date)
        return len(news)

    def tasks(self, *, on: date) -> list[Task]:
        """Return every task as it stands on a day, oldest first."""
        with self._engine.connect() as connection:
            rows = connection.execute(
                sa.select(_EVENTS).where(_EVENTS.c.happened_on <= on).order_by(_EVENTS.c.sequence)
            ).all()
        tasks: dict[str, list[tuple[str, date, dict[str, object]]]] = {}
        for row in rows:
            told = json.loads(row.told)
            if row.event == "opened":
                tasks.pop(row.conflict_id, None)
            tasks.setdefault(row.conflict_id, []).append((row.event, row.happened_on, told))
        return [_task(number, events, on=on) for number, events in tasks.items()]

    def task(self, number: str, *, on: date) -> Task:
        """Return one task.

        Raises:
            UnknownConflict: there is none of that id.
        """
        for task in self.tasks(on=on):
            if task.conflict_id == number:
                return task
        raise UnknownConflict(
            f"no conflict {number}; `zhaoren conflicts list` shows those there are"
        )

    def export(self, department: str, *, on: date) -> list[Task]:
        """Return the tasks a department has not answered and note that it was told."""
        mine = [task for task in self.tasks(on=on) if task.department == department]
        waiting = [task for task in mine if _is_open(task)]
        self._write([(task.conflict_id, "exported", {}) for task in waiting], on=on)
        return waiting

    def answer(self, number: str, *, right: str, by: str, on: date) -> Task:
        """Note which side is right; it counts from the next night on.

        Raises:
            UnknownConflict: no such conflict, it is settled, or the feed is none of its sides.
        """
        task = self.task(number, on=on)
        if not _is_open(task):
            raise UnknownConflict(f"conflict {number} is {task.state}: there is nothing to answer")
        if right not in task.feeds:
            raise UnknownConflict(
                f"conflict {number} is between {' and '.join(task.feeds)}, not {right!r}"
            )
        self._write([(number, "answered", {"right": right, "by": by})], on=on)
        return self.task(number, on=on)

    def answers(self, *, before: date) -> dict[str, str]:
        """Return, per conflict answered before a day, the feed that is right."""
        return {
            task.conflict_id: task.right
            for task in self.tasks(on=(pd.Timestamp(before) - pd.Timedelta(days=1)).date())
            if task.right is not None
        }

    def _write(self, events: list[_Event], *, on: date) -> None:
        if not events:
            return
        with self._engine.begin() as transaction:
            transaction.execute(
                sa.insert(_EVENTS),
                [
                    {
                        "conflict_id": number,
                        "event": event,
                        "happened_on": on,
                        "told": json.dumps(told, ensure_ascii=False, sort_keys=True),
                    }
                    for number, event, told in events
                ],
            )


def _task(number: str, events: list[tuple[str, date, dict[str, object]]], *, on: date) -> Task:
    (_, opened_on, told), *later = events
    said = {event: what for event, _, what in later}
    due_on = date.fromisoformat(str(told["due_on"]))
    waits = State.EXPORTED if "exported" in said else State.OPEN
    state = State.OVERDUE if on > due_on else waits
    if "answered" in said:
        state = State.ANSWERED
    if "settled" in said:
        state = State.SETTLED
    titles = {kind.kind: kind.title for kind in KINDS}
    facts = cast(list[list[str]], told["facts"])
    right = said.get("answered", {}).get("right")
    return Task(
        conflict_id=number,
        kind=str(told["kind"]),
        title=titles.get(str(told["kind"]), str(told["kind"])),
        department=str(told["department"]),
        asked=str(told["asked"]),
        subject=str(told["subject"]),
        facts=tuple((feed, fact) for feed, fact in facts),
        opened_on=opened_on,
        due_on=due_on,
        state=state,
        right=None if right is None else str(right),
    )


def _is_open(task: Task) -> bool:
    return task.state in (State.OPEN, State.EXPORTED, State.OVERDUE)


def _working_days_after(day: date) -> date:
    days = number_on("answer_working_days", day)
    due: date = np.busday_offset(day, days, roll="backward").astype(object)
    return due
