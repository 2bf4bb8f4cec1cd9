"""Open the store: SQLite beside the lists by default, PostgreSQL where ``ZHAOREN_STORE_URL`` says so.

Called by commands (:mod:`serving.commands.edge`) and the API. On SQLite there is one writer at a time and
readers never wait; on PostgreSQL writers run side by side and every transaction says which part of the
place tree it may see.
"""

import select
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from serving.refusals import ExitCode, Refusal
from serving.store.migrating import check, make_ready
from serving.store.roles import check_role
from serving.store.scopes import NOTHING, SETTING, WHOLE, Scope, as_setting

BUSY_TIMEOUT_MS = 30_000
POOL = 20
_WRITES = "writes"
_WRITERS = 0x7A68616F
"""Number of the advisory lock that writers share and a lone writer holds alone (the letters 'zhao')."""

_SAY_SCOPE = f"set_config('{SETTING}', :scope, true)"
_BEGIN_READING = text(f"SELECT {_SAY_SCOPE}")
_BEGIN_WRITING = text(f"SELECT {_SAY_SCOPE}, pg_advisory_xact_lock_shared({_WRITERS})")
_BEGIN_ALONE = text(f"SELECT {_SAY_SCOPE}, pg_advisory_xact_lock({_WRITERS})")


class _Cursor(Protocol):
    def execute(self, statement: str) -> object: ...

    def close(self) -> None: ...


class _Connection(Protocol):
    isolation_level: str | None

    def cursor(self) -> _Cursor: ...


class StoreUnavailable(OSError):
    """The database cannot be used now: full, read-only, locked for too long, damaged, or not there."""


class Store:
    """A database handle. ``read()`` sees one consistent moment; ``write()`` commits all or nothing."""

    def __init__(self, engine: Engine, *, scope: Scope = WHOLE) -> None:
        self.engine = engine
        self._scope = scope
        self._writing = engine.execution_options(**{_WRITES: True})
        self._reading = self._glancing = engine
        if self.is_postgresql:
            self._reading = engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            self._glancing = engine.execution_options(isolation_level="AUTOCOMMIT")

    def for_requests(self) -> "Store":
        """Return the same database for people's requests: on PostgreSQL nothing is seen without a scope."""
        return Store(self.engine, scope=NOTHING)

    @property
    def is_postgresql(self) -> bool:
        """Whether writers run side by side here."""
        return self.engine.dialect.name == "postgresql"

    @contextmanager
    def read(self, scope: Scope | None = None) -> Iterator[Connection]:
        """Open a transaction that only reads ``scope``; without one, what the store was opened for."""
        with _told_apart(), self._reading.connect() as connection, connection.begin():
            if self.is_postgresql:
                connection.execute(_BEGIN_READING, {"scope": self._setting(scope)})
            yield connection

    @contextmanager
    def glance(self) -> Iterator[Connection]:
        """Open for one statement that reads what has no place (who holds a token): no scope, nothing to commit.

        On PostgreSQL it is one trip to the database, where a transaction of its own takes four.
        """
        with _told_apart(), self._glancing.connect() as connection:
            yield connection

    @contextmanager
    def write(self, scope: Scope | None = None, *, alone: bool = False) -> Iterator[Connection]:
        """Open a writing transaction; it commits on leaving and rolls back on an error.

        On SQLite the write lock is taken at the start (``BEGIN IMMEDIATE``): taken later, two writers
        that both read first could each refuse the other. On PostgreSQL writers run side by side
        (see :func:`serving.store.turns.take_turn`), except beside one that asked to be ``alone``: it
        begins when those before it have committed, and those after it wait.
        """
        with _told_apart(), self._writing.connect() as connection, connection.begin():
            if self.is_postgresql:
                begin = _BEGIN_ALONE if alone else _BEGIN_WRITING
                connection.execute(begin, {"scope": self._setting(scope)})
            yield connection

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()

    def _setting(self, scope: Scope | None) -> str:
        return as_setting(self._scope if scope is None else scope)


def open_store(home: Path, *, url: str | None = None) -> Store:
    """Open the store at ``url`` (PostgreSQL), else ``home/store.db``, which is created if need be.

    Raises:
        Refusal: the address is of no database we can use, its tables are of another version, or its
            policies would not hold for us.
    """
    store = open_unchecked(home, url=url)
    if not store.is_postgresql:
        with store.write() as work:
            make_ready(work)
        return store
    with store.read() as read:
        check_role(read)
        check(read)
    return store


def open_unchecked(home: Path, *, url: str | None) -> Store:
    """Open the store whatever is in it: for ``zhaoren store upgrade``."""
    if url is not None:
        return _open_postgresql(url)
    home.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        URL.create("sqlite", database=str(home / "store.db")),
        connect_args={"timeout": BUSY_TIMEOUT_MS / 1000},
        pool_size=POOL,
        max_overflow=POOL,
        # Parameters are about households; an error must not carry them into a log.
        hide_parameters=True,
    )
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return Store(engine)


def _open_postgresql(url: str) -> Store:
    try:
        address = make_url(url)
    except ArgumentError:
        address = None
    if address is None or address.get_backend_name() != "postgresql":
        # The address is not quoted: it may hold a password.
        raise Refusal(
            ExitCode.SETTINGS_WRONG,
            found="ZHAOREN_STORE_URL is not the address of a PostgreSQL database.",
            to_do="Write postgresql://<role>@<host>/<database>; leave it out for SQLite.",
        )
    engine = create_engine(
        address.set(drivername="postgresql+psycopg"),
        connect_args={"options": f"-c lock_timeout={BUSY_TIMEOUT_MS}"},
        pool_size=POOL,
        max_overflow=POOL,
        # Parameters are about households; an error must not carry them into a log.
        hide_parameters=True,
    )
    event.listen(engine, "checkout", _require_standing)
    return Store(engine)


@contextmanager
def _told_apart() -> Iterator[None]:
    """Turn the driver's complaint about the database itself into one without SQL and parameters."""
    try:
        yield
    except OperationalError as error:
        raise StoreUnavailable(f"the store: {error.orig}") from error


def _require_standing(
    connection: psycopg.Connection, _entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection
) -> None:
    """Have a connection that was cut while nobody used it opened anew.

    The server says good-bye on a connection it ends, so there is something to read on one that should be
    silent. Only then is it asked whether it still stands: that trip to the database would cost every request
    twice.
    """
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if not waiting.poll(0):
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except psycopg.OperationalError as error:
        raise DisconnectionError("the database ended this connection") from error


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
