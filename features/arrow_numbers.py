"""Numbers between Arrow and numpy, without the pandas that pyarrow would load to hand them over.

pandas takes up to a second to load: more than a small reduction.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

_HELD_AS = {pa.int64(): np.int64, pa.float64(): np.float64, pa.date32(): np.int32}


def numbers(column: pa.ChunkedArray) -> npt.NDArray[Any]:
    """Return a column as it lies in memory, or with NaN for nulls."""
    array = column.combine_chunks()
    found: npt.NDArray[Any] = (
        array.to_numpy(zero_copy_only=False) if array.null_count else np.from_dlpack(array)
    )
    return found


def array_of(
    values: npt.NDArray[Any], type_: pa.DataType, told: npt.NDArray[np.bool_] | None = None
) -> pa.Array:
    """Return ``values`` as ``type_`` (whole numbers, floats, dates), copied only where the type changes.

    Null where not ``told``; None is told everywhere.
    """
    bits = None
    if told is not None and not told.all():
        bits = pa.py_buffer(np.packbits(told, bitorder="little"))
        values = np.where(told, values, 0)
    held = np.ascontiguousarray(values, dtype=_HELD_AS[type_])
    return pa.Array.from_buffers(type_, len(held), [bits, pa.py_buffer(held)])
