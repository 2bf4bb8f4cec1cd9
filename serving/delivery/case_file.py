"""Everything that is kept about one household's case, in one document: the person's own copy.

``zhaoren export-case`` calls it, and adds what the kept nights knew (:mod:`serving.explaining.nights`). It goes by the columns of the tables, not by a list of tables, so that a
table that is added later cannot be forgotten.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import cast

from sqlalchemy import Connection, RowMapping, Table, false, or_, select

from serving.access.audit import Action, Seen, append
from serving.canonical import Json, canonical_json
from serving.delivery.files.pages import render
from serving.store.schema import ALERTS, CASES, METADATA

_KEYS = ("household_id", "case_id", "alert_id", "intake_id")

Content = dict[str, Json]


class NothingKept(LookupError):
    """No case and no alert has this id."""


def collect(
    work: Connection, *, case_or_alert_id: str, by: str, now: datetime
) -> tuple[str, Content]:
    """Return the household's id and all rows about it by table; the copy itself is audited.

    Raises:
        NothingKept: no case and no alert has this id.
    """
    household_id = _household(work, case_or_alert_id)
    append(
        work,
        [Seen(at=now, actor=by, action=Action.EXPORTED, household_id=household_id)],
    )
    keys: dict[str, set[str]] = {name: set() for name in _KEYS}
    keys["household_id"] = {household_id}
    rows: dict[str, list[Json]] = {}
    # Twice: what a row of the first round is known by (its case, its alert) leads to others.
    for _ in range(2):
        for table in METADATA.sorted_tables:
            found = _rows(work, table, keys)
            if found:
                rows[table.name] = [_shown(row) for row in found]
            for name in _KEYS[1:]:
                keys[name] |= {str(row[name]) for row in found if row.get(name) is not None}
    content: Content = {
        "household_id": household_id,
        "exported_at": now.isoformat(timespec="seconds"),
        "kept": cast("Json", rows),
        "nights": [],
    }
    return household_id, content


def as_json(content: Content) -> bytes:
    """Return the document for machines."""
    return canonical_json(content)


def as_page(content: Content) -> bytes:
    """Return the document to read and print."""
    return render("case_file.html", **content)


def _household(read: Connection, case_or_alert_id: str) -> str:
    for table, column in ((CASES, CASES.c.case_id), (ALERTS, ALERTS.c.alert_id)):
        found = read.scalar(select(table.c.household_id).where(column == case_or_alert_id))
        if found is not None:
            return str(found)
    raise NothingKept(case_or_alert_id)


def _rows(read: Connection, table: Table, keys: Mapping[str, set[str]]) -> Sequence[RowMapping]:
    conditions = [
        table.c[name].in_(sorted(values))
        for name, values in keys.items()
        if name in table.c and values
    ]
    if not conditions:
        return []
    order = list(table.primary_key.columns)
    return (
        read.execute(select(table).where(or_(false(), *conditions)).order_by(*order))
        .mappings()
        .all()
    )


def _shown(row: RowMapping) -> Json:
    return {name: _value(value) for name, value in row.items()}


def _value(value: object) -> Json:
    """Return a cell as JSON; JSON that was kept as text is opened."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            opened: Json = json.loads(value)
        except ValueError:
            return value
        return opened
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)
