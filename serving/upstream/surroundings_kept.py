"""Grids, capacity and addresses of a night, kept beside its matrix for lists drawn up during the day.

Finding them in the lake takes as long as a part of the night; a list for a typhoon has seconds.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from serving.folders import write
from serving.refusals import ExitCode, Refusal
from serving.upstream.protocol import Grid, Surroundings


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What a night knew of places. ``addresses`` is a file: one ``address_id`` per ``household_id``."""

    grids: Mapping[str, Grid]
    capacity: Mapping[tuple[str, str], int]
    addresses: Path


def keep_surroundings(surroundings: Surroundings, *, matrix: Path) -> None:
    """Write what lists of the day need of ``surroundings`` beside ``matrix``; the same again, the same bytes."""
    first = surroundings.addresses.groupby("household_id", as_index=False)["address_id"].min()
    table = pa.Table.from_pandas(first[["household_id", "address_id"]], preserve_index=False)
    pq.write_table(table, _addresses(matrix), compression="zstd")
    content = {
        "grids": [asdict(surroundings.grids[grid]) for grid in sorted(surroundings.grids)],
        "capacity": [
            {"grid_id": grid, "role": role, "visits": visits}
            for (grid, role), visits in sorted(surroundings.capacity.items())
        ],
    }
    write(_places(matrix), json.dumps(content, ensure_ascii=False, sort_keys=True).encode())


def kept_surroundings(*, matrix: Path) -> Kept:
    """Return what was kept beside ``matrix``.

    Raises:
        Refusal: nothing was; the night is older than this way of keeping.
    """
    try:
        content = json.loads(_places(matrix).read_bytes())
        pq.read_metadata(_addresses(matrix))
    except (OSError, ValueError) as error:
        raise Refusal(
            ExitCode.NOT_FOUND,
            found=f"grids and addresses are not kept beside {matrix.name}.",
            to_do="They are from the next night on: run `zhaoren nightly` for a later date.",
        ) from error
    grids = [Grid(**grid) for grid in content["grids"]]
    return Kept(
        grids={grid.grid_id: grid for grid in grids},
        capacity={(one["grid_id"], one["role"]): one["visits"] for one in content["capacity"]},
        addresses=_addresses(matrix),
    )


def _addresses(matrix: Path) -> Path:
    return matrix.with_suffix(".addresses.parquet")


def _places(matrix: Path) -> Path:
    return matrix.with_suffix(".places.json")
