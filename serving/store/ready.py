"""Bring a database to the tables this version knows: called when the store is opened, and by tests."""

from sqlalchemy import Connection

from serving.store.guards import ADDED_ONLY, GUARDS, Guard, conditions
from serving.store.migrating import head
from serving.store.schema import METADATA

_REFUSE = """CREATE OR REPLACE FUNCTION zhaoren_refuse() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || '': rows are only ever added''; END'"""


def make_ready(work: Connection) -> None:
    """Create what is missing: tables, then what guards them."""
    METADATA.create_all(work)
    work.exec_driver_sql(
        "CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) PRIMARY KEY)"
    )
    work.exec_driver_sql("DELETE FROM alembic_version")
    work.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{head()}')")
    for statement in statements(work.dialect.name):
        work.exec_driver_sql(statement)


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
        if guard is not Guard.OPEN and table in METADATA.tables:
            seen, changed = conditions(table, guard)
            made += [
                f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
                f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
                f"DROP POLICY IF EXISTS {table}_seen ON {table}",
                f"DROP POLICY IF EXISTS {table}_changed ON {table}",
                f"CREATE POLICY {table}_seen ON {table} FOR SELECT USING ({seen})",
                f"CREATE POLICY {table}_changed ON {table} USING ({changed}) WITH CHECK ({changed})",
            ]
    return made
