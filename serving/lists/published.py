"""What readers see: published lists and alerts, never more than the caller reaches and may be shown."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, select, tuple_

from serving.access.callers import Caller
from serving.access.fields import Marks, shown_entry
from serving.access.roles import role_table
from serving.canonical import Json
from serving.store.schema import ALERTS, LISTS, ON_ITS_LIST, PUBLICATIONS, UNNAMED, in_force
from serving.store.scopes import within

_KEY = (LISTS.c.grid_id, LISTS.c.role, LISTS.c.worker_id)


def _opens(caller: Caller) -> ColumnElement[bool]:
    """Return the condition on lists that keeps those made for the caller.

    Of named lists only the own one, but for those who read lists made for others; the households on a
    colleague's list stay within reach, for whoever stands in.
    """
    own = LISTS.c.worker_id.in_((UNNAMED, caller.worker_id))
    oversees = tuple(
        member.path
        for member in caller.memberships
        if member.path is not None and role_table().roles[member.role].every_role_of_the_place
    )
    return caller.reaches(LISTS) & (own | within(LISTS.c.area_path, oversees))


def lists_of(
    read: Connection, *, caller: Caller, as_of_date: date, grid_id: str
) -> list[dict[str, Json]]:
    """Return the caller's lists of a grid and date, by role and worker; empty if there are none in reach."""
    lists = read.execute(
        select(LISTS)
        .join(PUBLICATIONS, in_force(LISTS))
        .where(LISTS.c.as_of_date == as_of_date, LISTS.c.grid_id == grid_id, _opens(caller))
        .order_by(LISTS.c.role, LISTS.c.worker_id)
    ).all()
    return [_list(read, caller, row) for row in lists]


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some lists of one date, in order of :data:`_KEY`. ``last`` is the key of the last one if more follow."""

    as_of_date: date | None
    lists: list[dict[str, Json]]
    last: tuple[str, ...] | None


def lists_page(
    read: Connection,
    *,
    caller: Caller,
    as_of_date: date | None = None,
    after: Sequence[str | int] | None,
    most: int,
    with_entries: bool = True,
) -> Page:
    """Return the caller's lists of a date, the latest with any if none is given, ``after`` a key."""
    if as_of_date is None:
        as_of_date = read.scalar(
            select(LISTS.c.as_of_date)
            .join(PUBLICATIONS, in_force(LISTS))
            .where(_opens(caller))
            .order_by(LISTS.c.as_of_date.desc())
            .limit(1)
        )
    query = (
        select(LISTS)
        .join(PUBLICATIONS, in_force(LISTS))
        .where(LISTS.c.as_of_date == as_of_date, _opens(caller))
        .order_by(*_KEY)
        .limit(most + 1)
    )
    if after is not None:
        query = query.where(tuple_(*_KEY) > tuple_(*map(str, after)))
    rows = read.execute(query).all()
    shown = rows[:most]
    return Page(
        as_of_date=as_of_date,
        lists=[
            _list(read, caller, row) if with_entries else {"header": json.loads(row.header)}
            for row in shown
        ],
        last=tuple(shown[-1]._mapping[column] for column in _KEY) if len(rows) > most else None,
    )


def listings(caller: Caller, *columns: ColumnElement[Any]) -> Select[Any]:
    """Return the query for ``columns`` of every alert on a published list of the caller's."""
    return (
        select(*columns)
        .select_from(ALERTS)
        .join(LISTS, ON_ITS_LIST)
        .join(PUBLICATIONS, in_force(LISTS))
        .where(caller.reaches(LISTS))
    )


def latest_entry(read: Connection, *, caller: Caller, household_id: str) -> dict[str, Json] | None:
    """Return the household's entry on the latest list that has one; None if none is in reach."""
    row = read.execute(
        listings(caller, ALERTS.c.entry, ALERTS.c.marks, ALERTS.c.area_path)
        .where(ALERTS.c.household_id == household_id)
        .order_by(ALERTS.c.as_of_date.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else entry_for(caller, row)


def night_listing(
    read: Connection, *, caller: Caller, household_id: str, as_of_date: date | None
) -> date | None:
    """Return the night whose list has the household, the latest if none is asked for; None if none is in reach."""
    query = (
        listings(caller, ALERTS.c.as_of_date)
        .where(ALERTS.c.household_id == household_id)
        .order_by(ALERTS.c.as_of_date.desc())
        .limit(1)
    )
    if as_of_date is not None:
        query = query.where(ALERTS.c.as_of_date == as_of_date)
    found: date | None = read.scalar(query)
    return found


def entry_for(caller: Caller, row: Row[*tuple[Any, ...]]) -> dict[str, Json]:
    """Return an entry as the caller is shown it; ``row`` has ``entry``, ``marks`` and ``area_path``."""
    marks = Marks.from_text(row.marks)
    return shown_entry(json.loads(row.entry), marks, roles=caller.roles_at(row.area_path))


def _list(read: Connection, caller: Caller, listed: Row[Any]) -> dict[str, Json]:
    rows = read.execute(
        select(ALERTS.c.entry, ALERTS.c.marks, ALERTS.c.area_path)
        .where(
            ALERTS.c.as_of_date == listed.as_of_date,
            ALERTS.c.publish_seq == listed.publish_seq,
            ALERTS.c.grid_id == listed.grid_id,
            ALERTS.c.role == listed.role,
            ALERTS.c.worker_id == listed.worker_id,
        )
        .order_by(ALERTS.c.rank)
    )
    return {
        "header": json.loads(listed.header),
        "entries": [entry_for(caller, row) for row in rows],
    }
