"""Who saw which households between two moments: asked by an operator or auditor, answered in one pass."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from serving.access.audit import Action
from serving.store.schema import ALERTS, AUDIT_ENTRIES, PUBLICATIONS, in_force

_AT_ONCE = 5_000


@dataclass(frozen=True, kw_only=True)
class View:
    """One household that somebody was shown."""

    at: datetime
    actor: str
    action: str
    household_id: str


def views(
    read: Connection,
    *,
    since: datetime,
    until: datetime,
    household_id: str | None = None,
    actor: str | None = None,
) -> Iterator[View]:
    """Yield every view in ``[since, until)``, oldest first; opening a list counts for each household on it."""
    query = (
        select(AUDIT_ENTRIES)
        .where(AUDIT_ENTRIES.c.at >= since, AUDIT_ENTRIES.c.at < until)
        .order_by(AUDIT_ENTRIES.c.seq)
    )
    if actor is not None:
        query = query.where(AUDIT_ENTRIES.c.actor == actor)
    on_list: dict[tuple[str, str, str], list[str]] = {}
    for row in read.execute(query, execution_options={"yield_per": _AT_ONCE}):
        for seen in _households(read, row, on_list):
            if household_id is None or seen == household_id:
                yield View(at=row.at, actor=row.actor, action=row.action, household_id=seen)


def _households(
    read: Connection, row: Row[tuple[Any, ...]], on_list: dict[tuple[str, str, str], list[str]]
) -> list[str]:
    if row.household_id is not None:
        return [row.household_id]
    if row.action != Action.LIST:
        return []
    detail = json.loads(row.detail)
    key = (detail["as_of_date"], detail["grid_id"], detail["role"])
    if key not in on_list:
        # A published list never changes: what stands there now is what was shown then.
        on_list[key] = list(
            read.scalars(
                select(ALERTS.c.household_id)
                .join(
                    PUBLICATIONS,
                    in_force(ALERTS),
                )
                .where(
                    ALERTS.c.as_of_date == date.fromisoformat(key[0]),
                    ALERTS.c.grid_id == key[1],
                    ALERTS.c.role == key[2],
                )
                .order_by(ALERTS.c.rank)
            )
        )
    return on_list[key]
