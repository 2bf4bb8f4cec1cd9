"""Columns in a few hundred bytes: how often each code comes, how large numbers are. No cell, no person.

Numbers are counted in bins a tenth of a decade wide, with their sign; zeros by themselves. Two sketches add up
bin by bin, so that deliveries can be pooled without being read again.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

PER_DECADE = 10
"""Bins per decade: neighbours differ by a quarter, finer than any shift worth telling."""
_LEAST, _MOST = -6 * PER_DECADE, 12 * PER_DECADE
"""Sizes from 1e-6 to 1e12 are told apart; what lies outside is counted in the outermost bin."""
ZERO = 0
_FIRST = 1 - _LEAST
"""Added to a size's exponent, so that every bin of a positive number is a positive whole number."""


@dataclass(frozen=True)
class NumberSketch:
    """How large the numbers of a column are.

    ``bins`` counts rows by bin: positive bins are positive numbers, negative ones negative numbers, 0 is zero.
    ``median`` and ``quartiles`` are of the positive numbers, None without any; ``positive`` says how many.
    """

    rows: int
    nulls: int
    positive: int
    median: float | None
    quartiles: tuple[float, float] | None
    bins: Mapping[int, int]


def sketch_numbers(cells: pa.ChunkedArray) -> NumberSketch:
    """Return the sketch of a numeric column; what is not finite counts as null."""
    # A whole number beyond 2^53 loses its last digits here, which no sketch notices.
    numbers = pc.drop_null(cells).cast(pa.float64(), safe=False).to_numpy()
    numbers = numbers[np.isfinite(numbers)]
    positive = numbers[numbers > 0]
    negative = numbers[numbers < 0]
    bins = Counter(_binned(positive))
    bins.update({-place: count for place, count in _binned(-negative).items()})
    if zeros := numbers.size - positive.size - negative.size:
        bins[ZERO] = zeros
    low, median, high = (
        (float(one) for one in np.quantile(positive, [0.25, 0.5, 0.75]))
        if positive.size
        else (0.0, 0.0, 0.0)
    )
    return NumberSketch(
        rows=len(cells),
        nulls=len(cells) - numbers.size,
        positive=int(positive.size),
        median=median if positive.size else None,
        quartiles=(low, high) if positive.size else None,
        bins=dict(bins),
    )


def _binned(sizes: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> dict[int, int]:
    exponents = np.floor(np.log10(sizes) * PER_DECADE + 1e-9).clip(_LEAST, _MOST).astype(np.int64)
    counts = np.bincount(exponents + _FIRST) if sizes.size else np.empty(0, np.int64)
    return {int(place): int(counts[place]) for place in np.flatnonzero(counts)}


def bin_start(place: int) -> float:
    """Return the number a bin begins with: for a negative bin the one nearest to zero."""
    if place == ZERO:
        return 0.0
    return float(np.sign(place) * 10 ** ((abs(place) - _FIRST) / PER_DECADE))


def sketch_codes(cells: pa.ChunkedArray, codes: Iterable[str]) -> dict[str, int]:
    """Return rows per code that comes; cells that are none of the codes are left out."""
    known = list(codes)
    places = pc.drop_null(pc.index_in(cells, value_set=pa.array(known, cells.type)))
    counts = np.bincount(places.to_numpy(), minlength=len(known))
    return {code: int(count) for code, count in zip(known, counts, strict=True) if count}


def sketch_pairs(
    cells: pa.ChunkedArray, codes: Iterable[str], companion: pa.ChunkedArray | None
) -> dict[str, dict[str, int]]:
    """Return rows per code and cell of the companion column.

    Numbers of the companion are taken by thirds of a decade, text as it is; without a companion there is one
    cell. Rows without a code are left out, rows without a companion value counted under ``""``.
    """
    known = list(codes)
    places = pc.fill_null(pc.index_in(cells, value_set=pa.array(known, cells.type)), -1).to_numpy()
    kinds, kind_names = _cells_of(companion, len(cells))
    chosen = places >= 0
    together = places[chosen].astype(np.int64) * len(kind_names) + kinds[chosen]
    counts = np.bincount(together, minlength=len(known) * len(kind_names))
    table = counts.reshape(len(known), len(kind_names))
    return {
        code: {kind_names[at]: int(row[at]) for at in np.flatnonzero(row)}
        for code, row in zip(known, table, strict=True)
        if row.any()
    }


def _cells_of(
    companion: pa.ChunkedArray | None, rows: int
) -> "tuple[np.ndarray[tuple[int], np.dtype[np.int64]], list[str]]":
    if companion is None:
        return np.zeros(rows, np.int64), [""]
    if pa.types.is_string(companion.type) or pa.types.is_boolean(companion.type):
        encoded = companion.cast(pa.string()).combine_chunks().dictionary_encode()
        names = ["", *encoded.dictionary.to_pylist()]
        return pc.fill_null(encoded.indices, -1).to_numpy().astype(np.int64) + 1, names
    numbers = pc.fill_null(companion.cast(pa.float64()), 0.0).to_numpy()
    sizes = np.zeros(rows, np.int64)
    positive = numbers > 0
    sizes[positive] = np.floor(np.log10(numbers[positive]) * 3).clip(-18, 36).astype(np.int64) + 19
    return sizes, ["", *(f"1e{place / 3:.1f}" for place in range(-18, 37))]
