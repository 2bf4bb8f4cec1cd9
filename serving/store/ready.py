"""Bring a database to the tables this version knows: called when the store is opened, and by tests."""

from sqlalchemy import Connection

from serving.store.guards import statements
from serving.store.schema import METADATA


def make_ready(work: Connection) -> None:
    """Create what is missing: tables, then what guards them."""
    METADATA.create_all(work)
    for statement in statements(work.dialect.name):
        work.exec_driver_sql(statement)
