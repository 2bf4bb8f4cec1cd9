"""Taking turns where two writers could decide the same thing: called by whoever reads and then writes.

SQLite has one writer at a time, so there a turn is always ours. PostgreSQL has many: a turn is an advisory
lock that ends with the transaction, whatever becomes of it.
"""

from sqlalchemy import Connection, bindparam, func, select

_WAIT = select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("what"), 0)))


def take_turn(work: Connection, what: str) -> None:
    """Wait until no other transaction is in the middle of ``what`` (``lease``, ``alert/<id>``)."""
    if work.dialect.name == "postgresql":
        work.execute(_WAIT, {"what": what})
