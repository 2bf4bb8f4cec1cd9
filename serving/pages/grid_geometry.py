"""The bureau's own map of its grids: a GeoJSON file (RFC 7946), read and checked once when the server starts.

    {"type": "FeatureCollection", "note": "...", "features": [
      {"type": "Feature", "properties": {"grid_id": "g1"}, "geometry": {"type": "Polygon", "coordinates": [...]}}]}

``note`` is shown under the map: who drew it, its approval number, or that it was made up.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Ring = tuple[tuple[float, float], ...]
"""Longitude and latitude in degrees, the first point again at the end."""

_FEWEST_POINTS = 4
_DEGREES = (180, 90)


class GeometryWrong(Exception):
    """The file is no map of grids; the sentence says what was found, where, and what was expected."""


@dataclass(frozen=True, kw_only=True)
class GridGeometry:
    """Rings of each grid by its id, holes among them, and what is to be said under the map."""

    rings: Mapping[str, Sequence[Ring]] = field(default_factory=dict)
    note: str = ""


def read_geometry(path: Path) -> GridGeometry:
    """Read the map of grids.

    Raises:
        GeometryWrong: the file cannot be read, is no GeoJSON, or one of its shapes cannot be drawn.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise GeometryWrong(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise GeometryWrong(f"{path} is not JSON in UTF-8: {error}") from error
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not features:
        raise GeometryWrong(f"{path}: expected a GeoJSON FeatureCollection with features")
    rings: dict[str, Sequence[Ring]] = {}
    for number, feature in enumerate(features, start=1):
        where = f"{path}, feature {number}"
        if not isinstance(feature, dict):
            raise GeometryWrong(f"{where}: expected a GeoJSON Feature")
        grid_id = _grid_id(feature, where)
        if grid_id in rings:
            raise GeometryWrong(
                f"{where}: grid {grid_id} was drawn before; join its parts into one MultiPolygon"
            )
        rings[grid_id] = _rings(feature.get("geometry"), f"{where} (grid {grid_id})")
    return GridGeometry(rings=rings, note=str(content.get("note", "")))


def _grid_id(feature: Mapping[str, object], where: str) -> str:
    properties = feature.get("properties")
    named = properties.get("grid_id") if isinstance(properties, dict) else None
    grid_id = feature.get("id") if named is None else named
    if not isinstance(grid_id, str) or not grid_id:
        raise GeometryWrong(f"{where}: expected the grid's id as text in properties.grid_id")
    return grid_id


def _rings(geometry: object, where: str) -> list[Ring]:
    match geometry:
        case {"type": "Polygon", "coordinates": list(polygon)}:
            polygons = [polygon]
        case {"type": "MultiPolygon", "coordinates": list(polygons)}:
            pass
        case {"type": kind}:
            raise GeometryWrong(f"{where}: expected a Polygon or MultiPolygon, found {kind}")
        case _:
            raise GeometryWrong(f"{where}: expected a Polygon or MultiPolygon, found none")
    rings = [_ring(ring, where) for polygon in polygons for ring in _list(polygon, where)]
    if not rings:
        raise GeometryWrong(f"{where}: the shape has no points")
    return rings


def _ring(ring: object, where: str) -> Ring:
    points = tuple(_point(point, where) for point in _list(ring, where))
    if len(points) < _FEWEST_POINTS or points[0] != points[-1]:
        raise GeometryWrong(
            f"{where}: a ring needs {_FEWEST_POINTS} points or more, the last equal to the first"
        )
    return points


def _point(point: object, where: str) -> tuple[float, float]:
    match point:
        case [int() | float() as longitude, int() | float() as latitude, *_]:
            pass
        case _:
            raise GeometryWrong(f"{where}: expected points as [longitude, latitude]")
    if not (abs(longitude) <= _DEGREES[0] and abs(latitude) <= _DEGREES[1]):
        raise GeometryWrong(
            f"{where}: {longitude}, {latitude} is not in degrees; give longitude and latitude, not metres"
        )
    return float(longitude), float(latitude)


def _list(value: object, where: str) -> list[object]:
    if not isinstance(value, list):
        raise GeometryWrong(f"{where}: expected coordinates as lists")
    return value
