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
_OF_PLACE = f"('/' || area_path || '/') ^@ ANY ({_SCOPE})"
_REFUSE = """CREATE OR REPLACE FUNCTION zhaoren_refuse() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || '': rows are only ever added''; END'"""
_OF_ENGINE = f"COALESCE(current_setting('{SETTING}', true), '') = '/'"


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
    "notices": Guard.OPEN,
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

ADDED_ONLY = ("audit_entries", "case_events")
"""Tables whose rows are never changed or removed, whoever asks."""


def statements(dialect: str) -> list[str]:
    """Return what makes the guards stand in a database of ``dialect``; safe to run again."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER IF NOT EXISTS {table}_refuses_{verb.lower()} BEFORE {verb} ON {table}"
            f" BEGIN SELECT RAISE(ABORT, '{table}: rows are only ever added'); END"
            for table in ADDED_ONLY
            for verb in ("UPDATE", "DELETE")
        ]
    made = [_REFUSE]
    for table in ADDED_ONLY:
        changing = f"{table}_refuses_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW"
        emptying = f"{table}_refuses_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT"
        made += [
            f"CREATE OR REPLACE TRIGGER {event} EXECUTE FUNCTION zhaoren_refuse()"
            for event in (changing, emptying)
        ]
    for table, guard in sorted(GUARDS.items()):
        if guard is not Guard.OPEN:
            made += _policies(table, guard)
    return made


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


def _policies(table: str, guard: Guard | Through) -> list[str]:
    if isinstance(guard, Through):
        # The parent's own policy applies inside: whoever does not see it finds nothing here.
        seen = changed = (
            f"EXISTS (SELECT 1 FROM {guard.table} AS parent"
            f" WHERE parent.{guard.key} = {table}.{guard.key})"
        )
    elif guard is Guard.ENGINE:
        seen = changed = _OF_ENGINE
    else:
        seen = _OF_PLACE
        changed = _OF_PLACE if guard is Guard.PLACE else _OF_ENGINE
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"DROP POLICY IF EXISTS {table}_seen ON {table}",
        f"DROP POLICY IF EXISTS {table}_changed ON {table}",
        f"CREATE POLICY {table}_seen ON {table} FOR SELECT USING ({seen})",
        f"CREATE POLICY {table}_changed ON {table} USING ({changed}) WITH CHECK ({changed})",
    ]
