"""Which part of the place tree a transaction may see; :class:`~serving.store.Store` hands it to PostgreSQL.

A scope is a tuple of paths of places (``d/s1/c1``); everything under them is in it.
"""

from sqlalchemy import ColumnElement, false, or_, true

Scope = tuple[str, ...]

WHOLE: Scope = ("",)
"""The engine's own: every row. No person has it."""

NOTHING: Scope = ()
"""What a transaction of a request sees before it has said for whom it works."""

SETTING = "zhaoren.scope"
_SEPARATOR = ","
_AFTER_SLASH = chr(ord("/") + 1)


def as_setting(scope: Scope) -> str:
    """Return ``scope`` as the policies read it: prefixes with a slash at both ends.

    Raises:
        ValueError: a path that would read as two, or as everything.
    """
    for path in scope:
        if scope != WHOLE and (not path or _SEPARATOR in path or path != path.strip("/")):
            raise ValueError(f"{path!r} is no path of a place")
    return "/" if scope == WHOLE else _SEPARATOR.join(f"/{path}/" for path in scope)


def within(area_path: ColumnElement[str], scope: Scope) -> ColumnElement[bool]:
    """Return the condition that ``area_path`` lies in ``scope``: the same rule, without PostgreSQL.

    What lies under a path is written as a range: PostgreSQL looks LIKE up in no index where row-level
    security holds, since it might leak, but does so with comparisons.
    """
    if scope == WHOLE:
        return true()
    parts = [
        (area_path == path) | ((area_path >= f"{path}/") & (area_path < f"{path}{_AFTER_SLASH}"))
        for path in scope
    ]
    return or_(false(), *parts)
