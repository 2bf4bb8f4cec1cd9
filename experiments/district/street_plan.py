"""A map of the simulated grids, made up like everything else, for pages that draw the bureau's own map.

Blocks of a town whose corners are shared by neighbours and moved a little at random; grids of a community,
and communities of a street, lie beside each other. It is placed in the open sea so that nobody takes it for
a real town.
"""

import json
from pathlib import Path

import numpy as np

from experiments.district.deliver import pseudonyms
from experiments.district.feeds import GRID
from experiments.district.months import Floats
from experiments.district.streams import Streams

FILE = "grids.geojson"
NOTE = "模拟的街区图，虚构，不是真实地图。Made up with the simulated district; no real place."
WEST, NORTH = 126.0, 30.0
BLOCK = 0.004
"""Degrees from corner to corner: about 400 metres."""
UNEVEN = 0.28
"""How far a corner may move, in blocks."""


def write_street_plan(out: Path, streams: Streams, *, grids: int, seed: int) -> Path:
    """Write a shape for each of the first ``grids`` grids and return the file's path."""
    columns = int(np.ceil(np.sqrt(1.6 * grids)))
    corners = _corners(streams, rows=-(-grids // columns), columns=columns)
    grid_ids = pseudonyms(np.arange(grids, dtype=np.int64), prefix=GRID.prefix, seed=seed)
    features = [
        {
            "type": "Feature",
            "properties": {"grid_id": grid_id},
            "geometry": {"type": "Polygon", "coordinates": [_block(corners, number)]},
        }
        for number, grid_id in enumerate(grid_ids.to_pylist())
    ]
    path = out / FILE
    path.write_text(
        json.dumps(
            {"type": "FeatureCollection", "note": NOTE, "features": features},
            ensure_ascii=False,
            indent=1,
        )
        + "\n",
        encoding="utf-8",
    )
    return path


def _corners(streams: Streams, *, rows: int, columns: int) -> Floats:
    """Return longitude and latitude of every corner, by row and column."""
    rng = streams.at("street_plan")
    moved = rng.uniform(-UNEVEN, UNEVEN, (rows + 1, columns + 1, 2))
    row, column = np.mgrid[0 : rows + 1, 0 : columns + 1]
    longitude = WEST + BLOCK * (column + moved[..., 0])
    latitude = NORTH - BLOCK * (row + moved[..., 1])
    return np.round(np.stack([longitude, latitude], axis=-1), 6)


def _block(corners: Floats, number: int) -> list[list[float]]:
    """Return the ring of one grid; rows are walked to and fro, so that the next number lies next door."""
    columns = corners.shape[1] - 1
    row, step = divmod(number, columns)
    column = columns - 1 - step if row % 2 else step
    around = [(row + 1, column), (row + 1, column + 1), (row, column + 1), (row, column)]
    return [corners[at].tolist() for at in (*around, around[0])]
