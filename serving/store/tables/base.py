"""What every table is made of: the metadata, moments, closed lists of states."""

from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    MetaData,
    String,
    TypeDecorator,
)

METADATA = MetaData()


class UtcDateTime(TypeDecorator[datetime]):
    """A moment. Stored as UTC without zone, returned with it; naive values are refused."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without zone: the store keeps moments; attach a zone first")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Attach UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


def one_of(column: str, states: type[StrEnum]) -> CheckConstraint:
    """Return the check that ``column`` holds one of ``states``."""
    allowed = ", ".join(f"'{state.value}'" for state in states)
    return CheckConstraint(f"{column} IN ({allowed})", name=f"{column}_is_known")


PATH = String(300).with_variant(String(300, collation="C"), "postgresql")
"""A path of a place. Compared byte by byte, so that what lies under a place is a range of an index."""


def area_path_column(*, index: bool = True) -> Column[str]:
    """Return the column that says where a row's grid lies now: ``district/street/community/grid``.

    Who may see the row follows from it (:mod:`serving.store.guards`); the night moves it when the tree
    changes, provided that the table has ``grid_id`` as well.
    """
    return Column(
        "area_path",
        PATH,
        CheckConstraint("area_path <> ''", name="area_path_is_not_empty"),
        nullable=False,
        index=index,
    )
