"""Add or change many rows at once, as publishing a district does: past SQLAlchemy's bookkeeping per row.

On PostgreSQL by COPY into a table of the transaction's own and from there into the real one: COPY itself
is not allowed where row-level security holds, the second step is, and is held to it.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from functools import cache
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Connection, Insert, Table, Update, bindparam, insert, update
from sqlalchemy.exc import DBAPIError

MANY = 500
"""Fewer rows are written the plain way."""

_INSERT = sql.SQL("INSERT INTO {table} ({columns}) SELECT {columns} FROM {passing}")
_UPDATE = sql.SQL("UPDATE {table} AS real SET {changed} FROM {passing} AS passing WHERE {same}")


def add_rows(work: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert ``rows``, which all have the same columns; nothing if there are none."""
    if len(rows) < MANY:
        if rows:
            work.execute(_insert_into(table), [dict(row) for row in rows])
        return
    names = tuple(rows[0])
    values = _values(work, table, rows, names)
    if work.dialect.name == "postgresql":
        _copy(work, table, names, values, then=_INSERT)
        return
    columns, places = ", ".join(names), ", ".join("?" for _ in names)
    work.exec_driver_sql(f"INSERT INTO {table.name} ({columns}) VALUES ({places})", list(values))


def change_rows(work: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Give the rows of ``table`` that have the keys of ``rows`` their other values; nothing if there are none."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    others = [name for name in rows[0] if name not in keys]
    if len(rows) < MANY:
        work.execute(
            _update_of(table, tuple(others)),
            [
                {f"same_{key}": row[key] for key in keys}
                | {f"new_{name}": row[name] for name in others}
                for row in rows
            ],
        )
        return
    values = _values(work, table, rows, (*others, *keys))
    if work.dialect.name == "postgresql":
        _copy(work, table, (*others, *keys), values, then=_UPDATE)
        return
    changed = ", ".join(f"{name} = ?" for name in others)
    found = " AND ".join(f"{key} = ?" for key in keys)
    work.exec_driver_sql(f"UPDATE {table.name} SET {changed} WHERE {found}", list(values))


# Written once and not for every row: SQLAlchemy takes ten times longer to put such a statement together than
# to have it executed.
@cache
def _insert_into(table: Table) -> Insert:
    return insert(table)


@cache
def _update_of(table: Table, others: tuple[str, ...]) -> Update:
    same = [table.c[key.name] == bindparam(f"same_{key.name}") for key in table.primary_key]
    return update(table).where(*same).values({name: bindparam(f"new_{name}") for name in others})


def _values(
    work: Connection, table: Table, rows: Sequence[Mapping[str, Any]], names: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    """Return the rows as the driver takes them; a column at a time, which is several times faster."""
    columns: list[list[Any]] = []
    for name in names:
        values = [row[name] for row in rows]
        kind = table.c[name].type
        convert = kind.dialect_impl(work.dialect).bind_processor(work.dialect)
        if convert is not None:
            values = [convert(value) for value in values]
        elif any(issubclass(found, Enum) for found in set(map(type, values))):
            values = [value.value if isinstance(value, Enum) else value for value in values]
        columns.append(values)
    return zip(*columns, strict=True)


def _copy(
    work: Connection,
    table: Table,
    names: Sequence[str],
    values: Iterator[tuple[Any, ...]],
    *,
    then: sql.SQL,
) -> None:
    connection = work.connection.driver_connection
    if not isinstance(connection, psycopg.Connection):
        raise TypeError(f"not a connection of psycopg: {type(connection).__name__}")
    key_names = [column.name for column in table.primary_key]
    keys = [sql.Identifier(name) for name in key_names]
    others = [sql.Identifier(name) for name in names if name not in key_names]
    parts = {
        "table": sql.Identifier(table.name),
        "passing": sql.Identifier(f"passing_{table.name}"),
        "columns": sql.SQL(", ").join(map(sql.Identifier, names)),
        "changed": sql.SQL(", ").join(sql.SQL("{0} = passing.{0}").format(name) for name in others),
        "same": sql.SQL(" AND ").join(
            sql.SQL("real.{0} = passing.{0}").format(key) for key in keys
        ),
    }
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                sql.SQL(
                    "CREATE TEMP TABLE {passing} ON COMMIT DROP AS"
                    " SELECT {columns} FROM {table} WITH NO DATA"
                ).format(**parts)
            )
            with cursor.copy(
                sql.SQL("COPY {passing} ({columns}) FROM STDIN").format(**parts)
            ) as copied:
                for row in values:
                    copied.write_row(row)
            cursor.execute(then.format(**parts))
            cursor.execute(sql.SQL("DROP TABLE {passing}").format(**parts))
    except psycopg.Error as error:
        # As SQLAlchemy would have told it, for whoever tells errors of the store apart.
        raise DBAPIError.instance(
            f"COPY {table.name}", None, error, psycopg.Error, hide_parameters=True
        ) from error
