"""What only PostgreSQL does: connections are cut, locks are waited for, readers are held to reading."""

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.exc import DatabaseError

from serving.store import StoreUnavailable
from serving.store import open_store as open_at
from serving.store.schema import RUNS


def count(connection):
    return connection.scalar(select(func.count()).select_from(RUNS))


def test_a_reader_cannot_write(postgresql, home):
    with postgresql.database() as name:
        opened = open_at(home, url=postgresql.url(name))
        with pytest.raises(DatabaseError, match="read-only"), opened.read() as read:
            read.execute(delete(RUNS))
        opened.close()


def test_a_connection_that_was_cut_is_replaced(postgresql, home):
    with postgresql.database() as name:
        opened = open_at(home, url=postgresql.url(name))
        with opened.read() as read:
            assert count(read) == 0
        postgresql.run(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            f" WHERE datname = '{name}' AND pid <> pg_backend_pid()"
        )
        with opened.read() as read:
            assert count(read) == 0
        opened.close()


def test_a_connection_that_was_told_something_is_kept(postgresql, home):
    """A server that reads its settings anew speaks to connections nobody uses."""
    with postgresql.database() as name:
        opened, other = (open_at(home, url=postgresql.url(name)) for _ in range(2))
        with opened.write() as work:
            work.exec_driver_sql("LISTEN news")
            before = work.scalar(select(func.pg_backend_pid()))
        with other.write() as work:
            work.exec_driver_sql("NOTIFY news")
        other.close()
        with opened.read() as read:
            assert read.scalar(select(func.pg_backend_pid())) == before
        opened.close()


def test_whoever_waits_too_long_is_told(postgresql, home, monkeypatch):
    monkeypatch.setattr("serving.store.connection.BUSY_TIMEOUT_MS", 100)
    with postgresql.database() as name:
        opened = open_at(home, url=postgresql.url(name))
        with (
            opened.write(alone=True),
            pytest.raises(StoreUnavailable, match="lock timeout"),
            opened.write(),
        ):
            pass
        opened.close()
