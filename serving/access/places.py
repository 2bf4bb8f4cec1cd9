"""The tree of places through time: written by each night, asked for whenever somebody's reach is worked out.

A place whose parent changed gets a new row and the old one ends: what it was part of on any day stays
known. What is stored about a grid carries the path the grid has now, so that whoever is responsible for
it now sees its past, and whoever no longer is does not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import unquote

from sqlalchemy import Connection, Row, insert, select, update

from serving.store.schema import METADATA, PLACES
from serving.store.scopes import Scope
from serving.upstream.protocol import Grid

NOWHERE = "-"
"""The path of what no known grid has: in nobody's reach."""


class Level(StrEnum):
    """The levels of the tree, smallest first."""

    GRID = "grid"
    COMMUNITY = "community"
    STREET = "street"
    DISTRICT = "district"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place and where it lies."""

    level: Level
    place_id: str
    name: str
    parent_id: str | None
    path: str


def places_of(grids: Iterable[Grid]) -> dict[tuple[Level, str], Place]:
    """Return every place that ``grids`` lie in, and the grids themselves."""
    found: dict[tuple[Level, str], Place] = {}
    for grid in grids:
        line = (
            (Level.DISTRICT, grid.district_id, grid.district_id),
            (Level.STREET, grid.street_id, grid.street_name),
            (Level.COMMUNITY, grid.community_id, grid.community_name),
            (Level.GRID, grid.grid_id, grid.grid_name),
        )
        steps, parent_id = grid.path.split("/"), None
        for depth, (level, place_id, name) in enumerate(line, start=1):
            found[level, place_id] = Place(
                level=level,
                place_id=place_id,
                name=name,
                parent_id=parent_id,
                path="/".join(steps[:depth]),
            )
            parent_id = place_id
    return found


def write_places(work: Connection, grids: Mapping[str, Grid], *, now: datetime) -> int:
    """Bring the stored tree to ``grids``; return how many places began, moved, were renamed or ended.

    Rows of grids that moved get the new path, so that they are seen from where the grid lies now.
    """
    wanted = places_of(grids.values())
    stored = {(Level(row.level), row.place_id): row for row in _current(work)}
    ended = [
        key
        for key, row in stored.items()
        if key not in wanted
        or (wanted[key].path, wanted[key].name, wanted[key].parent_id)
        != (row.path, row.name, row.parent_id)
    ]
    begun = [place for key, place in wanted.items() if key not in stored or key in ended]
    for level, place_id in ended:
        work.execute(
            update(PLACES)
            .where(
                PLACES.c.level == level,
                PLACES.c.place_id == place_id,
                PLACES.c.valid_to.is_(None),
            )
            .values(valid_to=now)
        )
    if begun:
        work.execute(insert(PLACES), [_row(place, now=now) for place in begun])
    for level, place_id in ended:
        moved = wanted.get((level, place_id))
        if level is Level.GRID and moved is not None:
            _move_rows(work, grid_id=place_id, path=moved.path)
    return len(begun) + sum(key not in wanted for key in ended)


def current_path(read: Connection, *, level: Level, place_id: str) -> str | None:
    """Return where a place lies now; None if there is no such place (any more)."""
    path: str | None = read.scalar(
        select(PLACES.c.path).where(
            PLACES.c.level == level, PLACES.c.place_id == place_id, PLACES.c.valid_to.is_(None)
        )
    )
    return path


def path_on(read: Connection, *, level: Level, place_id: str, at: datetime) -> str | None:
    """Return where a place lay at a moment; None if there was no such place then."""
    path: str | None = read.scalar(
        select(PLACES.c.path).where(
            PLACES.c.level == level,
            PLACES.c.place_id == place_id,
            PLACES.c.valid_from <= at,
            PLACES.c.valid_to.is_(None) | (PLACES.c.valid_to > at),
        )
    )
    return path


def depth_under(scope: Scope) -> int:
    """Return at which depth of a path (from 0) lie the places that ``scope`` is told apart by: the next smaller ones."""
    widest = min((path.count("/") + 1 for path in scope if path), default=1)
    return min(widest, len(Level) - 1)


def place_at(area_path: str, *, depth: int) -> str:
    """Return the id of the place at a depth of a grid's path; :data:`NOWHERE` for what lies in no grid."""
    return NOWHERE if area_path == NOWHERE else unquote(area_path.split("/")[depth])


def names_of_places(read: Connection) -> dict[str, str]:
    """Return what every place is called now, by id. Ids are unique across levels in a tree that was published."""
    return {row.place_id: row.name for row in _current(read)}


def _current(read: Connection) -> Sequence[Row[tuple[Any, ...]]]:
    return read.execute(select(PLACES).where(PLACES.c.valid_to.is_(None))).all()


def _row(place: Place, *, now: datetime) -> dict[str, object]:
    return {
        "level": place.level.value,
        "place_id": place.place_id,
        "valid_from": now,
        "name": place.name,
        "parent_id": place.parent_id,
        "path": place.path,
    }


def _move_rows(work: Connection, *, grid_id: str, path: str) -> None:
    """Give every stored row of a grid its new path."""
    for table in METADATA.sorted_tables:
        if {"grid_id", "area_path"} <= set(table.c.keys()):
            work.execute(
                update(table)
                .where(table.c.grid_id == grid_id, table.c.area_path != path)
                .values(area_path=path)
            )
