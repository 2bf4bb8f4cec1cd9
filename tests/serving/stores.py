"""The same tests on both databases: a module that asks for ``on_both_stores`` runs twice.

On PostgreSQL every test gets a database of its own, copied from a template, and works in it as the serving
role, which owns nothing. The cluster is this process's own and is started by the first test that needs it.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psycopg
from sqlalchemy import create_engine, make_url

from serving.store import Store
from serving.store import open_store as open_at
from serving.store.guards import grants
from serving.store.migrating import make_ready
from tests import postgres

SERVING_ROLE = "zhaoren_serving"
OWNER_ROLE = "zhaoren_owner"
_TEMPLATE = "zhaoren_template"

_URLS: dict[Path, str] = {}
"""Where the store of a home is, for homes whose store is not in them."""


def open_store(home: Path) -> Store:
    """Open the store of a test's home, wherever it is; a file that is not there yet is copied, not made."""
    file = home / "store.db"
    if home not in _URLS and not file.exists():
        home.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_empty())
    return open_at(home, url=_URLS.get(home))


@cache
def _empty() -> bytes:
    """Return the file of a store nothing is in: a copy costs a twentieth of taking all migration steps."""
    with TemporaryDirectory() as folder:
        open_at(Path(folder)).close()
        return (Path(folder) / "store.db").read_bytes()


def settings_of(home: Path) -> dict[str, str]:
    """Return the environment in which commands find a test's home and store."""
    url = {"ZHAOREN_STORE_URL": _URLS[home]} if home in _URLS else {}
    return {"ZHAOREN_HOME": str(home)} | url


@dataclass(frozen=True)
class Cluster:
    """A running PostgreSQL with the two roles and a template with all tables."""

    folder: str

    def url(self, database: str, role: str = SERVING_ROLE) -> str:
        return f"postgresql://{role}@/{database}?host={self.folder}"

    def run(self, *statements: str, database: str = "postgres") -> None:
        with psycopg.connect(
            f"host={self.folder} user=owner dbname={database}", autocommit=True
        ) as connection:
            for statement in statements:
                connection.execute(statement)

    def prepare(self) -> None:
        self.run(
            f"CREATE ROLE {OWNER_ROLE} LOGIN",
            f"CREATE ROLE {SERVING_ROLE} LOGIN",
            f"CREATE DATABASE {_TEMPLATE} OWNER {OWNER_ROLE}",
        )
        engine = create_engine(self.url(_TEMPLATE, OWNER_ROLE))
        with engine.begin() as work:
            make_ready(work)
            for statement in grants(SERVING_ROLE):
                work.exec_driver_sql(statement)
        engine.dispose()

    @contextmanager
    def database(self) -> Iterator[str]:
        """Yield the name of a fresh database with all tables."""
        name = self.create()
        try:
            yield name
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def create(self, *, like: str = _TEMPLATE) -> str:
        name = f"test_{uuid4().hex[:12]}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {like} OWNER {OWNER_ROLE}")
        return name


@contextmanager
def cluster() -> Iterator[Cluster | None]:
    """Run a cluster while the block runs; None where PostgreSQL is not installed."""
    binaries = postgres.programs()
    if binaries is None:
        yield None
        return
    with postgres.running(binaries) as dsn:
        started = Cluster(dict(part.split("=", 1) for part in dsn.split())["host"])
        started.prepare()
        yield started


@contextmanager
def kept_in(home: Path, url: str) -> Iterator[None]:
    """Make :func:`open_store` open ``url`` for ``home`` while the block runs."""
    _URLS[home] = url
    try:
        yield
    finally:
        del _URLS[home]


def copy_home(published: Path, home: Path) -> None:
    """Copy a home and its store; nobody may have the original open."""
    shutil.copytree(published, home, dirs_exist_ok=True)
    if published in _URLS:
        address = make_url(_URLS[published])
        started = Cluster(str(address.query["host"]))
        name = started.create(like=str(address.database))
        _URLS[home] = started.url(name)


def drop_home(home: Path) -> None:
    """Drop the database of a home that :func:`copy_home` made, if it has one."""
    if home in _URLS:
        address = make_url(_URLS.pop(home))
        Cluster(str(address.query["host"])).run(f"DROP DATABASE {address.database} WITH (FORCE)")
