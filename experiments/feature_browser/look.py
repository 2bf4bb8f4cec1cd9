"""One feature in the matrices of a home: how its values lie, where it is unknown, how it moves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from experiments.feature_browser.matrices import NothingToShow
from features.deployment import Deployment
from features.drift import Drift, column_of, drift_of, missing_share
from features.matrix import Arrivals
from features.matrix_contract import near
from features.registry import Feature, FeatureGroup

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


@dataclass(frozen=True, kw_only=True)
class Source:
    """A feed a feature rests on, at one date. ``missing`` is the mean share of unknown values of all
    features that rest on its department; ``spoke`` whether it delivered within the feature's window."""

    feed: str
    department: str
    spoke: bool | None
    missing: float


@dataclass(frozen=True, kw_only=True)
class Era:
    """One date of one feature."""

    as_of_date: date
    rows: int
    missing: float
    zeros: float | None
    mean: float | None
    quantiles: tuple[float, ...]
    classes: Mapping[str, int]
    sources: tuple[Source, ...]
    drift: Drift


def eras(
    feature: Feature,
    group: FeatureGroup,
    matrices: Mapping[date, Path],
    *,
    deployment: Deployment,
    arrivals: Arrivals | None,
    reference: date,
) -> list[Era]:
    """Return what each matrix says of ``feature``; drift is against the matrix of ``reference``.

    Matrices built before the feature was declared are left out. Without ``arrivals`` nobody knows which
    feeds spoke.
    """
    here = {
        day: path for day, path in matrices.items() if feature.name in pq.read_schema(path).names
    }
    if not here:
        return []
    start = here.get(reference, next(iter(here.values())))
    then = column_of(start, feature.name)
    return [
        _era(feature, group, day, path, then, deployment=deployment, arrivals=arrivals)
        for day, path in here.items()
    ]


def _era(
    feature: Feature,
    group: FeatureGroup,
    day: date,
    path: Path,
    then: pa.ChunkedArray,
    *,
    deployment: Deployment,
    arrivals: Arrivals | None,
) -> Era:
    column = column_of(path, feature.name)
    by_department = missing_by_department(path, deployment)
    sources = []
    for feed in group.sources_of(feature):
        department = deployment.contracts[feed].department
        spoke = None
        if arrivals is not None:
            spoke = arrivals.reporting(feed, as_of_date=day, days=feature.window_days)
        sources.append(
            Source(feed=feed, department=department, spoke=spoke, missing=by_department[department])
        )
    numbers, classes = spread(column, feature)
    return Era(
        as_of_date=day,
        rows=len(column),
        missing=missing_share(column),
        zeros=float(np.mean(numbers == 0)) if len(numbers) else None,
        mean=float(numbers.mean()) if len(numbers) else None,
        quantiles=tuple(map(float, np.quantile(numbers, QUANTILES))) if len(numbers) else (),
        classes=classes,
        sources=tuple(sources),
        drift=drift_of(feature, group.name, then, column),
    )


def spread(column: pa.ChunkedArray, feature: Feature) -> tuple["np.ndarray", Mapping[str, int]]:
    """Return the known numbers of a column and, of a class or yes/no, how many rows each value has."""
    known = pc.drop_null(column)
    if feature.dtype in ("category", "boolean"):
        counted = {str(row["values"]): row["counts"] for row in pc.value_counts(known).to_pylist()}
        return np.array([]), dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))
    return known.to_numpy().astype(np.float64), {}


def missing_by_department(matrix: Path, deployment: Deployment) -> dict[str, float]:
    """Return the mean share of unknown values over the features that rest on each department.

    Read from the counts of nulls in the footer of the file: no value is looked at.
    """
    unknown, rows = _null_counts(matrix)
    shares: dict[str, list[float]] = {}
    for group in deployment.groups:
        for feature in group.features:
            if feature.name not in unknown or not rows:
                continue
            departments = {
                deployment.contracts[feed].department for feed in group.sources_of(feature)
            }
            for department in departments:
                shares.setdefault(department, []).append(unknown[feature.name] / rows)
    return {department: float(np.mean(found)) for department, found in shares.items()}


def _null_counts(matrix: Path) -> tuple[dict[str, int], int]:
    footer = pq.read_metadata(matrix)
    counts: dict[str, int] = {}
    for part in range(footer.num_row_groups):
        rows = footer.row_group(part)
        for place in range(rows.num_columns):
            chunk = rows.column(place)
            nulls = chunk.statistics.null_count if chunk.statistics is not None else 0
            counts[chunk.path_in_schema] = counts.get(chunk.path_in_schema, 0) + (nulls or 0)
    return counts, footer.num_rows


def find(deployment: Deployment, name: str) -> tuple[Feature, FeatureGroup]:
    """Return a feature and its group by name.

    Raises:
        NothingToShow: there is none; names the nearest.
    """
    known: list[str] = []
    for group in deployment.groups:
        for feature in group.features:
            if feature.name == name:
                return feature, group
            known.append(feature.name)
    raise NothingToShow(
        f"no feature {name!r} in deployment {deployment.name}{near(name, known)}"
        " (`zhaoren-lab features list` names them all)"
    )
