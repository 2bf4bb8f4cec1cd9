"""The open cases of a place in numbers: how many are overdue, and how many households nobody has met yet.

As they stand now, all tables made and protected together (:mod:`small_cells`). Called by
``GET /v1/aggregates/waiting``.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, func, select

from serving.access.places import depth_under, place_at
from serving.store.scopes import Scope, within
from serving.store.tables.cases import CASES, CaseState
from serving.supervision.small_cells import ALL, Cell, Report

OFTEN = 2
"""Repeats from which a household counts as listed often: the third listing, as in the Korean audit of people
found three times and not helped."""

TABLES = {"place": (0,), "clock": (1,), "listed": (2,), "place_clock": (0, 1)}
_OVERDUE, _UNREACHED = "overdue", "unreached"


@dataclass(frozen=True, kw_only=True)
class WaitingLine:
    """Open cases, rounded to five; None where withheld.

    ``overdue``: past the deadline that holds now. ``unreached``: nobody was met since the case was opened.
    """

    line: str
    cases: int | None
    overdue: int | None
    unreached: int | None


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """The report. Lines of ``listed`` say how often the household was listed in its open case: 1, 2, 3+."""

    at: datetime
    tables: Mapping[str, Sequence[WaitingLine]]


def waiting(read: Connection, *, scope: Scope, now: datetime) -> Waiting:
    """Return the open cases of the places in ``scope`` as they stand at ``now``."""
    report = Report(_atoms(read, scope=scope, now=now), tables=TABLES, classes=(3, 4))
    visible = report.visible()
    return Waiting(
        at=now,
        tables={
            table: [_line(table, line, visible) for line in report.lines(table)]
            for table in (ALL, *TABLES)
        },
    )


def _line(table: str, line: str, visible: Mapping[Cell, int]) -> WaitingLine:
    cases, overdue, unreached = (
        visible.get(Cell(table, line, of)) for of in (ALL, _OVERDUE, _UNREACHED)
    )
    return WaitingLine(line=line, cases=cases, overdue=overdue, unreached=unreached)


def _atoms(read: Connection, *, scope: Scope, now: datetime) -> dict[tuple[str, ...], int]:
    keys = [
        CASES.c.area_path,
        CASES.c.clock,
        case((CASES.c.repeats >= OFTEN, f"{OFTEN + 1}+"), (CASES.c.repeats == 1, "2"), else_="1"),
        case((CASES.c.due_at < now, _OVERDUE), else_="in_time"),
        case((CASES.c.first_contact_at.is_(None), _UNREACHED), else_="reached"),
    ]
    rows = read.execute(
        select(*keys, func.count())
        .where(within(CASES.c.area_path, scope), CASES.c.state != CaseState.CLOSED)
        .group_by(*keys)
    )
    depth = depth_under(scope)
    atoms: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        area_path, *rest, count = tuple[Any, ...](row)
        atoms[(place_at(area_path, depth=depth), *rest)] += count
    return dict(atoms)
