"""The page of a household: why it is listed, what was tried and found, what is to be done.

Called by ``GET /v1/households/{household_id}`` after :mod:`serving.dossier.reach` has said yes. Notes of
visitors are not on it: they stay in the store.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Connection, select

from serving.access.callers import Caller
from serving.canonical import Json
from serving.cases import Case, timeline
from serving.cases.findings import Need
from serving.cases.journal import case_from
from serving.cases.objections import Objection, objections_of
from serving.catalogue import Catalogue, suggest
from serving.dossier.reach import Reached
from serving.lists.published import entry_for, listings
from serving.store.schema import ALERTS
from serving.store.tables.cases import CASES, CaseState

MOST_LISTINGS = 20
_TOLD = frozenset(
    {
        "channel",
        "clash",
        "decision",
        "finding",
        "is_met",
        "level",
        "needs",
        "objection",
        "reason",
        "result",
        "role",
    }
)
"""What of an event is told: no ids of people, no policy texts."""


class Task(StrEnum):
    """What waits to be done for a household."""

    VISIT = "visit"
    SECOND_LOOK = "second_look"
    DECIDE_SEARCH = "decide_search"
    DECIDE_OBJECTION = "decide_objection"


@dataclass(frozen=True, kw_only=True)
class OpenTask:
    """One thing to do; ``due_at`` is None where no clock runs."""

    task: Task
    due_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Happened:
    """One line of the timeline."""

    at: datetime
    kind: str
    case_id: str
    version: int
    told: dict[str, Json]


@dataclass(frozen=True, kw_only=True)
class Dossier:
    """The page. ``now`` is the latest entry in reach, ``earlier`` those before it, newest first. ``suggestions`` are for the needs that the last visit found."""

    household_id: str
    grid_id: str
    now: dict[str, Json] | None
    earlier: list[dict[str, Json]]
    case: Case | None
    timeline: list[Happened]
    tasks: list[OpenTask]
    objections: list[Objection]
    suggestions: list[dict[str, Json]]

    @property
    def night(self) -> date | None:
        """The night of the latest listing in reach."""
        return None if self.now is None else date.fromisoformat(str(self.now["as_of_date"]))


def dossier(
    read: Connection, reached: Reached, *, caller: Caller, catalogue: Catalogue, today: date
) -> Dossier:
    """Return everything kept about a household, as ``caller`` is shown it."""
    entries = _entries(read, reached, caller)
    cases = _cases(read, reached.household_id)
    case = next((one for one in cases if one.is_open), cases[-1] if cases else None)
    happened = [
        Happened(
            at=event.at,
            kind=event.kind.value,
            case_id=one.case_id,
            version=event.version,
            told={name: value for name, value in event.body.items() if name in _TOLD},
        )
        for one in cases
        for event in timeline(read, case_id=one.case_id)
    ]
    objections = list(objections_of(read, household_id=reached.household_id))
    return Dossier(
        household_id=reached.household_id,
        grid_id=reached.grid_id,
        now=entries[0] if entries else None,
        earlier=entries[1:],
        case=case,
        timeline=happened,
        tasks=_tasks(case, objections),
        objections=objections,
        suggestions=[
            one.content()
            for one in suggest(
                catalogue, needs=_needs(happened), place=reached.area_path, as_of_date=today
            )
        ],
    )


def _entries(
    read: Connection, reached: Reached, caller: Caller, *, most: int = MOST_LISTINGS
) -> list[dict[str, Json]]:
    rows = read.execute(
        listings(caller, ALERTS.c.as_of_date, ALERTS.c.area_path, ALERTS.c.entry, ALERTS.c.marks)
        .where(ALERTS.c.household_id == reached.household_id)
        .order_by(ALERTS.c.as_of_date.desc())
        .limit(most)
    )
    return [{"as_of_date": row.as_of_date.isoformat(), **entry_for(caller, row)} for row in rows]


def _cases(read: Connection, household_id: str) -> list[Case]:
    rows = read.execute(
        select(CASES)
        .where(CASES.c.household_id == household_id)
        .order_by(CASES.c.opened_at, CASES.c.case_id)
    ).mappings()
    return [case_from(row) for row in rows]


def _needs(happened: list[Happened]) -> list[Need]:
    """Return the needs of the last visit that found any; what was never found is not guessed."""
    for one in reversed(happened):
        needs = one.told.get("needs")
        if isinstance(needs, list) and needs:
            return [Need(str(need)) for need in needs]
    return []


def _tasks(case: Case | None, objections: list[Objection]) -> list[OpenTask]:
    tasks = []
    if case is not None and case.state is CaseState.OPEN:
        tasks.append(OpenTask(task=Task.VISIT, due_at=case.due_at))
    if case is not None and case.state is CaseState.SEARCHING:
        tasks.append(OpenTask(task=Task.SECOND_LOOK, due_at=case.due_at))
        tasks.append(OpenTask(task=Task.DECIDE_SEARCH, due_at=case.due_at))
    tasks += [OpenTask(task=Task.DECIDE_OBJECTION, due_at=None) for one in objections if one.waits]
    return tasks
