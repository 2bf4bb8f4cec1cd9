"""Rows that repeat another unit's row in every column: kept on one side, or a copy would be judged by its original."""

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from experiments.any_table.columns import Matrix
from experiments.any_table.folds import Codes
from models.ordering import Floats

_MOSTLY_OWN = 0.4
"""Where fewer rows say something of their own, equal rows are people alike in a few coarse columns, and no copies."""
_LARGEST = 0.05
"""Share of the rows that may hang together: chains of units that share a row must not swallow the table."""
_MULTIPLIER = np.uint64(0x100000001B3)


def copies_together(units: Codes, matrix: Matrix, labels: Floats) -> tuple[Codes, int]:
    """Return the units with those joined that share a row, label included, and how many rows were copies.

    Args:
        units: whose row it is, from 0.
        matrix: what is learned from.
        labels: 1 or 0.
    """
    content = np.unique(_digests(matrix, labels), return_inverse=True)[1]
    rows = len(units)
    contents = int(content.max()) + 1
    if contents == rows or contents < _MOSTLY_OWN * rows:
        return units, 0
    first = int(units.max()) + 1
    size = first + contents
    links = coo_matrix((np.ones(rows), (units, first + content)), shape=(size, size))
    joined = np.unique(connected_components(links, directed=False)[1][units], return_inverse=True)[
        1
    ]
    owners = np.unique(np.column_stack([content, units]), axis=0)[:, 0]
    copied = np.bincount(owners, minlength=contents)[content] > 1
    if not copied.any() or np.bincount(joined).max() > max(
        _LARGEST * rows, np.bincount(units).max()
    ):
        return units, 0
    return np.asarray(joined, dtype=np.intp), int(copied.sum())


def _digests(matrix: Matrix, labels: Floats) -> npt.NDArray[np.uint64]:
    """Return a number per row that equal rows share; column by column, for a second copy may not fit into memory."""
    found = labels.astype(np.uint64)
    for place in range(matrix.shape[1]):
        column = np.ascontiguousarray(matrix[:, place])
        found = found * _MULTIPLIER + column.view(np.uint32)
    return found
