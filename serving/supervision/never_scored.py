"""Who is never scored, by place: households the departments know of that no row of the matrix stands for.

Counted by the night (:mod:`serving.upstream.never_scored`) and published with its lists. Called by
``GET /v1/aggregates/never-scored``.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, or_, select

from serving.access.places import NOWHERE, depth_under, place_at
from serving.store.schema import NEVER_SCORED, PUBLICATIONS, in_force
from serving.store.scopes import Scope, within
from serving.supervision.small_cells import ALL, Cell, Report

TABLES = {"place": (0,), "why": (1,), "place_why": (0, 1)}


@dataclass(frozen=True, kw_only=True)
class NeverScoredLine:
    """Households, rounded to five; None where withheld."""

    line: str
    households: int | None


@dataclass(frozen=True, kw_only=True)
class NeverScored:
    """The report of the newest published night."""

    as_of_date: date
    tables: Mapping[str, Sequence[NeverScoredLine]]


def never_scored(read: Connection, *, scope: Scope) -> NeverScored | None:
    """Return who the newest published night did not score in the places of ``scope``; None before the first.

    What lies in no known grid belongs to nobody's street: whoever answers for a whole district sees it.
    """
    as_of_date = read.scalar(
        select(func.max(PUBLICATIONS.c.as_of_date)).where(PUBLICATIONS.c.is_current)
    )
    if as_of_date is None:
        return None
    report = Report(_atoms(read, scope=scope, as_of_date=as_of_date), tables=TABLES)
    visible = report.visible()
    return NeverScored(
        as_of_date=as_of_date,
        tables={
            table: [
                NeverScoredLine(line=line, households=visible.get(Cell(table, line, ALL)))
                for line in report.lines(table)
            ]
            for table in (ALL, *TABLES)
        },
    )


def _atoms(read: Connection, *, scope: Scope, as_of_date: date) -> dict[tuple[str, ...], int]:
    in_reach = within(NEVER_SCORED.c.area_path, scope)
    if any("/" not in path for path in scope):
        in_reach = or_(in_reach, NEVER_SCORED.c.area_path == NOWHERE)
    rows = read.execute(
        select(NEVER_SCORED.c.area_path, NEVER_SCORED.c.why, NEVER_SCORED.c.households)
        .join(PUBLICATIONS, in_force(NEVER_SCORED))
        .where(NEVER_SCORED.c.as_of_date == as_of_date, in_reach)
    )
    depth = depth_under(scope)
    atoms: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        area_path, why, households = tuple[Any, ...](row)
        atoms[place_at(area_path, depth=depth), why] += households
    return dict(atoms)
