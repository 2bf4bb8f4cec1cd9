"""From inputs to the numbers a linear learner wants: classes by value, numbers scaled or cut into tenths.

Every column fills one cell per row (two where it is cut as well), so the sparse design is written down in one go.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from experiments.any_table.columns import FEW_VALUES, Input, Matrix
from models.ordering import Floats

_BINS = 10
_FAR = 4.0
"""Standard deviations beyond which a number pulls no harder: one typing error must not tilt a line."""
_OUTER = (0.005, 0.995)

Places = npt.NDArray[np.int32]


@dataclass(frozen=True)
class _Column:
    """One input. ``values`` are told apart one by one; where there are ``cuts`` or neither, the rest is a number.

    ``start`` is the first of its columns in the design: a column per value, one for unknown, then one for the number
    and one per tenth.
    """

    place: int
    start: int
    values: Floats
    number: bool
    cuts: Floats
    middle: float
    spread: float

    @property
    def width(self) -> int:
        return (
            len(self.values) + 1 + int(self.number) + (len(self.cuts) + 1 if len(self.cuts) else 0)
        )

    @property
    def cells(self) -> int:
        return 2 if len(self.cuts) else 1

    def fill(self, column: Floats, places: Places, sizes: Floats) -> None:
        """Write the cells of some rows: which column of the design, and how much."""
        unknown = np.isnan(column)
        where = np.searchsorted(self.values, column)
        where[where == len(self.values)] = 0
        listed = ~unknown & (self.values[where] == column if len(self.values) else False)
        place = np.where(listed, where, len(self.values))
        size = np.where(listed | unknown, 1.0, 0.0)
        if self.number:
            rest = ~listed & ~unknown
            scaled = np.clip((column - self.middle) / self.spread, -_FAR, _FAR)
            place = np.where(rest, len(self.values) + 1, place)
            size = np.where(rest, scaled, size)
            if len(self.cuts):
                tenth = np.searchsorted(self.cuts, column, side="right") + len(self.values) + 2
                places[:, 1] = self.start + np.where(rest, tenth, len(self.values))
                sizes[:, 1] = rest
        places[:, 0] = self.start + place
        sizes[:, 0] = size


@dataclass(frozen=True)
class Design:
    """What was learned about the inputs of some rows: values, cuts, middles."""

    columns: tuple[_Column, ...]

    @classmethod
    def learn(cls, inputs: tuple[Input, ...], matrix: Matrix, *, binned: bool) -> "Design":
        """Look at the rows to learn from; values that appear only elsewhere will count as nothing."""
        columns: list[_Column] = []
        start = 0
        for place, one in enumerate(inputs):
            values = matrix[:, place].astype(np.float64)
            known = values[~np.isnan(values)]
            columns.append(_column(place, start, one, known, binned=binned))
            start += columns[-1].width
        return cls(tuple(columns))

    @property
    def width(self) -> int:
        """Columns of the design."""
        return self.columns[-1].start + self.columns[-1].width if self.columns else 0

    def of(self, matrix: Matrix) -> csr_matrix:
        """Return the sparse design of some rows."""
        rows, cells = len(matrix), sum(column.cells for column in self.columns)
        places = np.empty((rows, cells), dtype=np.int32)
        sizes = np.empty((rows, cells))
        first = 0
        for column in self.columns:
            last = first + column.cells
            column.fill(
                matrix[:, column.place].astype(np.float64),
                places[:, first:last],
                sizes[:, first:last],
            )
            first = last
        ends = np.arange(0, rows * cells + 1, max(cells, 1), dtype=np.int64)
        return csr_matrix((sizes.ravel(), places.ravel(), ends), shape=(rows, self.width))


def _column(place: int, start: int, one: Input, known: Floats, *, binned: bool) -> _Column:
    nothing = np.empty(0)
    values = np.unique(known)
    if one.kind == "class" or len(values) <= FEW_VALUES:
        return _Column(place, start, values, False, nothing, 0.0, 1.0)
    codes = np.asarray(one.unknown_codes, dtype=np.float64)
    numbers = known[~np.isin(known, codes)] if len(codes) else known
    cuts = np.unique(np.quantile(numbers, np.linspace(0, 1, _BINS + 1)[1:-1]))
    inside = np.clip(numbers, *np.quantile(numbers, _OUTER))
    spread = float(inside.std()) or 1.0
    return _Column(
        place, start, codes, True, cuts if binned else nothing, float(inside.mean()), spread
    )
