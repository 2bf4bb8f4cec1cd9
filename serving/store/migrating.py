"""Bring a database to the tables this version of the program knows, or say that it has others.

SQLite is brought up to date when it is opened. PostgreSQL is by ``zhaoren store upgrade``, run as the role
that owns the tables; whatever works with it only checks.
"""

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from serving.refusals import ExitCode, Refusal

if TYPE_CHECKING:
    from alembic.config import Config

_VERSION_TABLE = "alembic_version"


@cache
def head() -> str:
    """Return the number of the newest step."""
    names = (item.name for item in files("serving.store.migrations.versions").iterdir())
    return max(name[:4] for name in names if name[:4].isdecimal())


def version(read: Connection) -> str | None:
    """Return the number of the step a database has reached; None before the first."""
    if not inspect(read).has_table(_VERSION_TABLE):
        return None
    found: str | None = read.scalar(text(f"SELECT version_num FROM {_VERSION_TABLE}"))
    return found


def upgrade(work: Connection, *, to: str = "head") -> None:
    """Take the steps that are missing, in the caller's transaction."""
    from alembic import command

    command.upgrade(_config(work), to)


def downgrade(work: Connection, *, to: str) -> None:
    """Undo the steps after ``to``, with everything in their tables; ``base`` undoes all."""
    from alembic import command

    command.downgrade(_config(work), to)


def make_ready(work: Connection) -> None:
    """Bring a database of ours up to date.

    Raises:
        Refusal: a newer version of the program made it.
    """
    reached = version(work)
    if reached == head():
        return
    if reached is not None and reached > head():
        raise _other(reached)
    upgrade(work)


def check(read: Connection) -> None:
    """Make sure that the database has the tables this version works with.

    Raises:
        Refusal: it has older or newer ones.
    """
    reached = version(read)
    if reached != head():
        raise _other(reached)


def _other(reached: str | None) -> Refusal:
    is_newer = reached is not None and reached > head()
    return Refusal(
        ExitCode.STORE_OTHER_VERSION,
        found=f"the store has the tables of step {reached or 'none'}, this program those of {head()}.",
        to_do="A newer version made it: install that one."
        if is_newer
        else "Run `zhaoren store upgrade` as the role that owns the tables (see docs/store.md).",
    )


def _config(work: Connection) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "serving.store:migrations")
    config.attributes["connection"] = work
    return config
