"""Who may see and change the rows of each table: the policies and triggers that the database itself keeps.

Every table of the schema stands in :data:`GUARDS`. PostgreSQL holds requests to their part of the place
tree (row-level security); both databases refuse to change what is only ever added. SQLite has no
row-level security: there only the conditions in the queries keep people apart.
"""

from dataclasses import dataclass
from enum import StrEnum

from serving.store.scopes import SETTING

# NULLIF: after a transaction that had set it, PostgreSQL gives '' for a setting that is not set. The inner
# SELECT is asked once per query, not once per row.
_SCOPE = f"(SELECT string_to_array(NULLIF(current_setting('{SETTING}', true), ''), ','))::text[]"
OF_PLACE = f"('/' || area_path || '/') ^@ ANY ({_SCOPE})"
OF_ENGINE = f"COALESCE(current_setting('{SETTING}', true), '') = '/'"


class Guard(StrEnum):
    """``place``: requests read and write the rows of their places. ``read_place``: they read them, the
    engine writes. ``engine``: no request sees a row. ``open``: nothing in it is about a household."""

    PLACE = "place"
    READ_PLACE = "read_place"
    ENGINE = "engine"
    OPEN = "open"


@dataclass(frozen=True, kw_only=True)
class Through:
    """Rows are seen by whoever sees the row of ``table`` that has the same ``key``."""

    table: str
    key: str


GUARDS: dict[str, Guard | Through] = {
    "alerts": Guard.READ_PLACE,
    "answered_requests": Guard.ENGINE,
    "api_tokens": Guard.OPEN,
    "attempts": Through(table="cases", key="case_id"),
    "case_events": Through(table="cases", key="case_id"),
    "case_notes": Through(table="cases", key="case_id"),
    "cases": Guard.PLACE,
    "decisions": Guard.READ_PLACE,
    "deliveries": Guard.OPEN,
    "digests": Guard.OPEN,
    "disabled_targets": Guard.OPEN,
    "event_decisions": Guard.ENGINE,
    "event_lists": Guard.OPEN,
    "audit_entries": Guard.ENGINE,
    # What the engine missed is counted over the whole district.
    "intake_findings": Guard.ENGINE,
    "intakes": Guard.ENGINE,
    "leases": Guard.OPEN,
    "lists": Guard.READ_PLACE,
    "members": Guard.OPEN,
    "never_scored": Guard.READ_PLACE,
    "notices": Guard.OPEN,
    "objection_withdrawals": Through(table="objections", key="objection_id"),
    "objections": Through(table="alerts", key="household_id"),
    "outbox": Guard.OPEN,
    # Recording looks beyond the worker's places (what was reassigned meanwhile) and answers a receipt.
    "outcomes": Guard.ENGINE,
    "places": Guard.OPEN,
    "publications": Guard.OPEN,
    "run_steps": Guard.OPEN,
    "runs": Guard.OPEN,
    "told": Guard.OPEN,
}

ADDED_ONLY = ("audit_entries", "case_events", "objection_withdrawals")
"""Tables whose rows are never changed or removed, whoever asks."""


def grants(role: str) -> list[str]:
    """Return what lets the serving ``role``, which owns nothing, work with the tables."""
    name = '"' + role.replace('"', '""') + '"'
    made = [
        f"GRANT USAGE ON SCHEMA public TO {name}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {name}",
    ]
    made += [f"REVOKE UPDATE, DELETE ON {table} FROM {name}" for table in ADDED_ONLY]
    return made


def conditions(table: str, guard: Guard | Through) -> tuple[str, str]:
    """Return the conditions under which rows of ``table`` are seen and changed."""
    if isinstance(guard, Through):
        # The parent's own policy applies inside: whoever does not see it finds nothing here.
        through = (
            f"EXISTS (SELECT 1 FROM {guard.table} AS parent"
            f" WHERE parent.{guard.key} = {table}.{guard.key})"
        )
        return through, through
    if guard is Guard.ENGINE:
        return OF_ENGINE, OF_ENGINE
    return OF_PLACE, OF_PLACE if guard is Guard.PLACE else OF_ENGINE
