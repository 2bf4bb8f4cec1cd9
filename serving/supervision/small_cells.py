"""Counts in which nobody can be found: small cells withheld, also where subtracting would give them away.

Rules (house rule of Amsterdam's published matrices, made stricter): a cell under ten is withheld; so is the
next lowest of its line and of its class until what is withheld there is at least two cells and ten
households; so is a cell that differs from a larger visible one by fewer than ten households. What is left
is rounded to five. Called by :mod:`serving.supervision.figures`, which hands over every table of one report
at once: tables made apart could be subtracted from each other.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

SMALLEST = 10
ROUNDED_TO = 5
ALL = "all"
"""The line or class that is the sum of the others."""

BETWEEN = "/"
"""Stands between the parts of a line that has several; no id of a place holds it."""

Atoms = Mapping[tuple[str, ...], int]
"""Households by everything that tells them apart in the report: each is in exactly one atom."""


@dataclass(frozen=True, order=True)
class Cell:
    """A table, a line of it and a class; :data:`ALL` stands for the sum.

    The sum over the lines is the same in every table: its cells are those of table and line ALL. A line of
    several parts, as ``g1/urgent``, is a part of the lines ``g1`` and ``urgent`` of coarser tables.
    """

    table: str
    line: str
    of: str


class Report:
    """Cells of one report over one set of atoms."""

    def __init__(
        self,
        atoms: Atoms,
        *,
        tables: Mapping[str, Sequence[int]],
        classes: Sequence[int] = (),
        within: Mapping[str, str] | None = None,
    ) -> None:
        """Make the cells.

        Args:
            atoms: households by key.
            tables: which parts of a key are the line of each table.
            classes: which parts of a key each divide all households into classes.
            within: the wider class that a class is a part of, where its sum is told too.
        """
        self._within = within or {}
        keys = sorted(atoms)
        self._counts = [atoms[key] for key in keys]
        self._parts = {ALL: (), **{table: tuple(parts) for table, parts in tables.items()}}
        self._lines: dict[tuple[str, str], tuple[str, ...]] = {}
        self._divided_by = {
            of: part for key in keys for part in classes for of in self._widening(key[part])
        }
        self._members: dict[Cell, int] = defaultdict(int)
        for number, key in enumerate(keys):
            for table, parts in self._parts.items():
                line = BETWEEN.join(key[part] for part in parts) or ALL
                self._lines[table, line] = key
                for of in (ALL, *(of for part in classes for of in self._widening(key[part]))):
                    self._members[Cell(table, line, of)] |= 1 << number
        self._fill()
        self._size = {cell: self._weigh(mask) for cell, mask in self._members.items()}

    def lines(self, table: str) -> list[str]:
        """Return the lines of a table, in order."""
        return sorted(line for known, line in self._lines if known == table)

    def size(self, cell: Cell) -> int:
        """Return the true count: for tests and for deciding, never for showing."""
        return self._size[cell]

    def members(self, cell: Cell) -> int:
        """Return the atoms of a cell as a bit mask."""
        return self._members[cell]

    def visible(self) -> dict[Cell, int]:
        """Return the cells that may be shown, rounded."""
        hidden = {cell for cell, size in self._size.items() if size < SMALLEST}
        while True:
            more = set(self._beside(hidden)) | set(self._subtractable(hidden))
            if not more - hidden:
                break
            hidden |= more
        return {
            cell: ROUNDED_TO * ((size + ROUNDED_TO // 2) // ROUNDED_TO)
            for cell, size in self._size.items()
            if cell not in hidden
        }

    def _beside(self, hidden: set[Cell]) -> Iterable[Cell]:
        """Yield what must go with what is withheld, line by line and class by class."""
        for total, parts in self._sums():
            gone = [cell for cell in parts if cell in hidden]
            if total in hidden:
                # A withheld sum of visible cells would be no secret.
                is_safe = bool(gone)
            else:
                households = sum(self._size[cell] for cell in gone)
                is_safe = not gone or (len(gone) > 1 and households >= SMALLEST)
            if is_safe:
                continue
            left = [cell for cell in parts if cell not in hidden]
            yield min(left, key=lambda cell: (self._size[cell], cell)) if left else total

    def _subtractable(self, hidden: set[Cell]) -> Iterable[Cell]:
        """Yield the smaller of two visible cells that lie so close that their difference is a small cell."""
        seen = sorted(
            (cell for cell in self._size if cell not in hidden), key=lambda cell: self._size[cell]
        )
        for place, small in enumerate(seen):
            for large in seen[place + 1 :]:
                apart = self._size[large] - self._size[small]
                if apart >= SMALLEST:
                    break
                inside = self._members[small] & self._members[large] == self._members[small]
                if apart and inside:
                    yield small
                    break

    def _sums(self) -> Iterable[tuple[Cell, Sequence[Cell]]]:
        """Return every cell that others add up to: classes to wider ones, lines to those they are part of."""
        parts: dict[tuple[object, ...], list[Cell]] = defaultdict(list)
        for cell in self._members:
            if cell.of != ALL:
                total = Cell(cell.table, cell.line, self._within.get(cell.of, ALL))
                parts[total, self._divided_by[cell.of]].append(cell)
            for table, line in self._above(cell):
                parts[Cell(table, line, cell.of), cell.table].append(cell)
        return ((cast(Cell, total), cells) for (total, *_), cells in parts.items())

    def _above(self, cell: Cell) -> Iterable[tuple[str, str]]:
        """Return the lines of coarser tables that the line of a cell is a part of."""
        own = self._parts[cell.table]
        key = self._lines[cell.table, cell.line]
        for table, parts in self._parts.items():
            if {*parts} < {*own}:
                yield table, BETWEEN.join(key[part] for part in parts) or ALL

    def _widening(self, of: str) -> Iterable[str]:
        """Yield a class and those it is a part of, the widest last."""
        yield of
        while of in self._within:
            of = self._within[of]
            yield of

    def _fill(self) -> None:
        """Add the cells in which nobody is: a gap in a table would tell that."""
        for table, line in self._lines:
            for of in self._divided_by:
                self._members.setdefault(Cell(table, line, of), 0)

    def _weigh(self, mask: int) -> int:
        total = 0
        while mask:
            lowest = mask & -mask
            total += self._counts[lowest.bit_length() - 1]
            mask ^= lowest
        return total
