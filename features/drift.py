"""How far the features of one matrix have moved from those of another, in the numbers offices know.

The population stability index (PSI) compares how rows spread over classes: for each class
``(share now - share then) * ln(share now / share then)``, summed. Numbers are put into the deciles of the
reference (fewer where many rows share a value), categories and yes/no are their own classes. Only known
values are compared; how many are unknown is compared apart, because a feed that falls silent is another
trouble than households that change.

A PSI is never exactly 0: between two samples of ``n`` rows of the same population it is about
``2 * (classes - 1) / n``, so small matrices drift by chance alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.matrix_files import schema_of
from features.registry import Feature, FeatureGroup

PSI_WARN = 0.2
"""Above it somebody should look. Reliability plan of this engine, drift monitors; the rule of thumb of
credit scoring, where the index comes from, is 0.1 for some and 0.25 for a great shift."""
PSI_BLOCK = 0.3
"""Above it nothing should be published before somebody looked. Same plan."""
MISSING_JUMP_BLOCK = 0.10
"""A share of unknown values that rises or falls by more than this, in points. Same plan."""

CLASSES = 10
_EMPTY = 1e-4
"""Share an empty class counts as: without it one household in a new class would be infinite drift."""

Verdict = Literal["steady", "warn", "block"]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Drift:
    """What moved in one feature. ``psi`` is None where either matrix knows no value at all."""

    feature: str
    group: str
    psi: float | None
    missing_then: float
    missing_now: float

    @property
    def missing_jump(self) -> float:
        """By how much the share of unknown values rose (negative: fell)."""
        return self.missing_now - self.missing_then

    @property
    def verdict(self) -> Verdict:
        """What the bars above say."""
        psi = 0.0 if self.psi is None else self.psi
        if psi > PSI_BLOCK or abs(self.missing_jump) > MISSING_JUMP_BLOCK:
            return "block"
        return "warn" if psi > PSI_WARN else "steady"

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the verdict is not ``steady``, in words; empty if it is."""
        said = []
        if self.psi is not None and self.psi > PSI_WARN:
            bar = PSI_BLOCK if self.psi > PSI_BLOCK else PSI_WARN
            said.append(f"PSI {self.psi:.2f} is above {bar}")
        if abs(self.missing_jump) > MISSING_JUMP_BLOCK:
            said.append(f"unknown went from {self.missing_then:.0%} to {self.missing_now:.0%}")
        return tuple(said)


def drift_list(reference: Path, now: Path, groups: Sequence[FeatureGroup]) -> list[Drift]:
    """Return the drift of every declared feature that both matrices have, the worst first.

    One column of each is in memory at a time.
    """
    shared = set(schema_of(reference).names) & set(schema_of(now).names)
    found = list(_drifts(reference, now, groups, shared))
    severity = {"block": 0, "warn": 1, "steady": 2}
    return sorted(found, key=lambda one: (severity[one.verdict], -(one.psi or 0), one.feature))


def _drifts(
    reference: Path, now: Path, groups: Sequence[FeatureGroup], shared: set[str]
) -> Iterator[Drift]:
    for group in groups:
        for feature in group.features:
            if feature.name in shared:
                then, later = (column_of(path, feature.name) for path in (reference, now))
                yield drift_of(feature, group.name, then, later)


def column_of(matrix: Path, name: str) -> pa.ChunkedArray:
    """Return one column of a matrix."""
    return pq.read_table(matrix, columns=[name]).column(name)


def drift_of(feature: Feature, group: str, then: pa.ChunkedArray, now: pa.ChunkedArray) -> Drift:
    """Return the drift of one feature between two columns."""
    return Drift(
        feature=feature.name,
        group=group,
        psi=psi(then, now, is_class=feature.dtype in ("category", "boolean")),
        missing_then=missing_share(then),
        missing_now=missing_share(now),
    )


def missing_share(column: pa.ChunkedArray) -> float:
    """Return the share of unknown values; 0 for a column without rows."""
    return column.null_count / len(column) if len(column) else 0.0


def psi(then: pa.ChunkedArray, now: pa.ChunkedArray, *, is_class: bool) -> float | None:
    """Return the population stability index of the known values; None if one side has none."""
    known_then, known_now = pc.drop_null(then), pc.drop_null(now)
    if not len(known_then) or not len(known_now):
        return None
    spread = _over_classes if is_class else _over_deciles
    share_then, share_now = (_shares(counts) for counts in spread(known_then, known_now))
    return float(np.sum((share_now - share_then) * np.log(share_now / share_then)))


def _shares(counts: Floats) -> Floats:
    return np.asarray(np.maximum(counts / counts.sum(), _EMPTY), dtype=np.float64)


def _over_classes(then: pa.ChunkedArray, now: pa.ChunkedArray) -> tuple[Floats, Floats]:
    counted = [
        {row["values"]: row["counts"] for row in pc.value_counts(column).to_pylist()}
        for column in (then, now)
    ]
    classes = sorted({*counted[0], *counted[1]})
    first, second = (
        np.array([count.get(one, 0) for one in classes], dtype=np.float64) for count in counted
    )
    return first, second


def _over_deciles(then: pa.ChunkedArray, now: pa.ChunkedArray) -> tuple[Floats, Floats]:
    first, second = (column.to_numpy().astype(np.float64) for column in (then, now))
    # An observed value as edge: between two, interpolation would part equal values by rounding.
    steps = np.linspace(0, 1, CLASSES + 1)[1:-1]
    edges = np.unique(np.quantile(first, steps, method="lower"))
    return _in_classes(first, edges), _in_classes(second, edges)


def _in_classes(values: Floats, edges: Floats) -> Floats:
    # The class of an edge ends with it, so that a value many rows share (often 0) is a class of its own.
    places = np.searchsorted(edges, values, side="left")
    return np.bincount(places, minlength=len(edges) + 1).astype(np.float64)
