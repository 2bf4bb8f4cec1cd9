"""Grids as shapes a browser draws by itself: no tiles, no script, nothing fetched.

Degrees become plane by an equirectangular projection true to length at the middle of the map, which is off by
less than a hundredth within a district (Snyder 1987, USGS Professional Paper 1395, p. 90).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import cos, radians

from serving.pages.grid_geometry import Ring

WIDTH = 360
"""Width of the drawing; a phone shows it at about one pixel a unit."""
_TALLEST = 480
_MARGIN = 4
_LABEL = (16, 13)
"""The smallest shape that has room for a number of two digits."""

_Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One grid: the path of an SVG, and where its number fits; None where it does not."""

    grid_id: str
    path: str
    label: _Point | None


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """Shapes in one system of coordinates, ``width`` by ``height``."""

    width: int
    height: int
    shapes: Sequence[Shape]


def draw(rings: Mapping[str, Sequence[Ring]], grids: Iterable[str]) -> Drawing | None:
    """Return ``grids`` drawn as large as they fit; None if none of them has a shape."""
    wanted = {grid_id: rings[grid_id] for grid_id in grids if grid_id in rings}
    points = [point for shape in wanted.values() for ring in shape for point in ring]
    if not points:
        return None
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    narrower = cos(radians((south + north) / 2))
    across, along = max((east - west) * narrower, 1e-9), max(north - south, 1e-9)
    scale = min((WIDTH - 2 * _MARGIN) / across, (_TALLEST - 2 * _MARGIN) / along)
    left = (WIDTH - across * scale) / 2

    def place(point: _Point) -> _Point:
        x, y = point
        return (
            round(left + (x - west) * narrower * scale, 1),
            round(_MARGIN + (north - y) * scale, 1),
        )

    shapes = [
        _shape(grid_id, [[place(point) for point in ring] for ring in shape])
        for grid_id, shape in wanted.items()
    ]
    return Drawing(width=WIDTH, height=round(along * scale) + 2 * _MARGIN, shapes=shapes)


def _shape(grid_id: str, rings: Sequence[Sequence[_Point]]) -> Shape:
    kept = [_without_repeats(ring) for ring in rings]
    path = "".join(f"M{' '.join(f'{x:g},{y:g}' for x, y in ring)}Z" for ring in kept)
    return Shape(grid_id=grid_id, path=path, label=_room_for_a_label(rings))


def _without_repeats(ring: Sequence[_Point]) -> list[_Point]:
    """Return the ring without points that fall on the one before: a surveyor's file has thousands."""
    following = [*ring[1:], ring[0]]
    kept = [point for point, after in zip(ring, following, strict=True) if point != after]
    return kept or [ring[0]]


def _room_for_a_label(rings: Sequence[Sequence[_Point]]) -> _Point | None:
    """Return the middle of the widest stretch inside the shape, halfway up its largest ring."""
    ring = max(rings, key=_extent)
    heights = [y for _, y in ring]
    if max(heights) - min(heights) < _LABEL[1]:
        return None
    # A hair beside the middle: a line through a corner would be counted twice.
    halfway = (max(heights) + min(heights)) / 2 + 0.01
    crossings = sorted(
        x1 + (halfway - y1) * (x2 - x1) / (y2 - y1)
        for each in rings
        for (x1, y1), (x2, y2) in pairwise(each)
        if (y1 > halfway) != (y2 > halfway)
    )
    inside = list(zip(crossings[::2], crossings[1::2], strict=True))
    start, end = max(inside, key=lambda stretch: stretch[1] - stretch[0])
    return (round((start + end) / 2, 1), round(halfway, 1)) if end - start >= _LABEL[0] else None


def _extent(ring: Sequence[_Point]) -> float:
    xs, ys = zip(*ring, strict=True)
    return float((max(xs) - min(xs)) * (max(ys) - min(ys)))
