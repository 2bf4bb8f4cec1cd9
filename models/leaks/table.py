"""The rows a leak is looked for in, as numbers: whatever they were before, the checks see only this."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from models.ordering import Floats
from models.resampling import Codes

Matrix = npt.NDArray[np.float32]
Rows = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class LeakTable:
    """Rows with a known label, in the order they are stored.

    ``matrix``: rows times columns; unknown is NaN, classes are codes from 0. ``categorical``: places of the class
    columns. ``labels``: 1 or 0. ``units`` and ``times``: whose row it is and of which date, as numbers from 0; without
    ``times`` the rows are of one date. ``groups``: columns that come and go together; columns in none stand alone.
    ``decisions``: groups made of earlier decisions about help (benefits, applications, visits): the first to doubt.
    """

    matrix: Matrix
    names: tuple[str, ...]
    labels: Floats
    units: Codes
    times: Codes | None = None
    categorical: tuple[int, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    decisions: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.matrix.shape != (len(self.labels), len(self.names)):
            raise ValueError(
                f"a matrix of {self.matrix.shape} for {len(self.labels)} labels and {len(self.names)} names"
            )

    @property
    def positives(self) -> int:
        """Rows whose label is 1."""
        return int(self.labels.sum())

    def column(self, place: int) -> Floats:
        """Return one column as 64-bit numbers."""
        return self.matrix[:, place].astype(np.float64)

    def taken(self, rows: Rows) -> "LeakTable":
        """Return the table of some of the rows."""
        return replace(
            self,
            matrix=self.matrix[rows],
            labels=self.labels[rows],
            units=self.units[rows],
            times=None if self.times is None else self.times[rows],
        )

    def sampled(self, *, most: int, seed: int) -> "LeakTable":
        """Return at most about ``most`` rows, whole units drawn by lot, in their order."""
        if len(self.labels) <= most:
            return self
        kept = _drawn(self.units, share=most / len(self.labels), seed=seed)
        return self.taken(np.flatnonzero(kept))

    def with_all_positives(self, *, most: int, seed: int) -> "LeakTable":
        """Return at most about ``most`` rows, rows of units that are ever positive first.

        A ROC-AUC does not depend on how many of each class are looked at, so nothing is lost but work.
        """
        if len(self.labels) <= most:
            return self
        ever = np.bincount(self.units, weights=self.labels)[self.units] > 0
        first = min(1.0, most / 2 / max(1, int(ever.sum())))
        others = (most - first * ever.sum()) / max(1, int((~ever).sum()))
        kept = np.where(
            ever,
            _drawn(self.units, share=first, seed=seed),
            _drawn(self.units, share=others, seed=seed),
        )
        return self.taken(np.flatnonzero(kept))

    def members(self) -> dict[str, tuple[str, ...]]:
        """Return every group with its columns here; a column in no group is a group of its own name."""
        here = set(self.names)
        found = {
            name: tuple(column for column in columns if column in here)
            for name, columns in self.groups.items()
        }
        grouped = {column for columns in found.values() for column in columns}
        found |= {name: (name,) for name in self.names if name not in grouped}
        return {name: columns for name, columns in found.items() if columns}


def halves(units: Codes, *, seed: int) -> Mask:
    """Return per row whether its unit fell into the first of two halves drawn by lot."""
    return _drawn(units, share=0.5, seed=seed, lot=1)


def _drawn(units: Codes, *, share: float, seed: int, lot: int = 0) -> Mask:
    """Lots are drawn apart: units that got into a sample by a low ticket must not share a half for it."""
    tickets = np.random.default_rng((seed, 29, lot)).random(
        int(units.max()) + 1 if len(units) else 0
    )
    return np.asarray(tickets[units] < share, dtype=np.bool_)
