"""The tree of places as it is and as it was: a row per place and time it lay where it lay."""

from sqlalchemy import Column, Index, String, Table

from serving.store.tables.base import METADATA, PATH, UtcDateTime

PLACES = Table(
    "places",
    METADATA,
    Column("level", String(16), primary_key=True),
    Column("place_id", String(64), primary_key=True),
    Column("valid_from", UtcDateTime, primary_key=True),
    Column("valid_to", UtcDateTime),
    Column("name", String(200), nullable=False),
    Column("parent_id", String(64)),
    Column("path", PATH, nullable=False),
)
Index(
    "one_place_at_a_time",
    PLACES.c.level,
    PLACES.c.place_id,
    unique=True,
    sqlite_where=PLACES.c.valid_to.is_(None),
    postgresql_where=PLACES.c.valid_to.is_(None),
)
