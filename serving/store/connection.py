"""Open the store; one writer at a time, readers never wait.

SQLite is the embedded default. Nothing here or in the schema is SQLite-only except what
:func:`_configure_sqlite` sets, so another database needs another URL, not other code.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from serving.store.schema import METADATA

BUSY_TIMEOUT_MS = 30_000
_WRITES = "writes"


class _Cursor(Protocol):
    def execute(self, statement: str) -> object: ...

    def close(self) -> None: ...


class _Connection(Protocol):
    isolation_level: str | None

    def cursor(self) -> _Cursor: ...


class StoreUnavailable(OSError):
    """The database cannot be used now: full, read-only, locked for too long, or damaged."""


class Store:
    """A database handle. ``read()`` sees one consistent moment; ``write()`` commits all or nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that only reads."""
        with _told_apart(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open the one writing transaction; it commits on leaving and rolls back on an error.

        The write lock is taken at the start (``BEGIN IMMEDIATE``): taken later, two writers that both
        read first could each refuse the other.
        """
        engine = self._engine.execution_options(**{_WRITES: True})
        with _told_apart(), engine.connect() as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()


def open_store(home: Path) -> Store:
    """Open ``home/store.db``, creating it and its tables if they are not there."""
    home.mkdir(parents=True, exist_ok=True)
    url = URL.create("sqlite", database=str(home / "store.db"))
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    store = Store(engine)
    with store.write() as connection:
        METADATA.create_all(connection)
    return store


@contextmanager
def _told_apart() -> Iterator[None]:
    """Turn the driver's complaint about the database itself into one without SQL and parameters."""
    try:
        yield
    except OperationalError as error:
        raise StoreUnavailable(f"store.db: {error.orig}") from error


def _configure_sqlite(connection: _Connection, _entry: ConnectionPoolEntry) -> None:
    # The driver must not begin transactions by itself: it would begin a deferred one.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    # FULL: an acknowledged outcome must survive a power cut, also in WAL mode.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
