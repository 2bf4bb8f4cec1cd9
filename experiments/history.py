"""The past as training sees it: one matrix and one set of labels per as_of_date, put together."""

import hashlib
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import features
from data_contracts.engines import Engine
from data_contracts.lake import Lake
from features.connections import open_named
from features.deployment import Deployment, Feeds
from features.engine_names import DUCKDB
from features.jobs import side_by_side
from features.labels import Outcome, label_spine
from features.matrix import Arrivals, build_matrices, load_feeds, open_spine
from features.matrix_contract import require_file
from features.policy import names, values_of
from features.refusals import require_grains
from features.registry import KEYS

_LABELLED_AT_ONCE = 600_000
"""Households times dates labelled together: their rows are held in memory beside those of the matrices."""


def build_history(
    home: Path,
    *,
    deployment: Deployment,
    outcome: Outcome,
    dates: Sequence[date],
    engine_name: str = DUCKDB,
    progress: Callable[[str], None] = lambda _: None,
) -> pd.DataFrame:
    """Return features, evidence dates and labels of every household on every date, one row each.

    Returns and raises as :func:`dated_history`, whose frames are put together.
    """
    frames = dated_history(
        home,
        deployment=deployment,
        outcome=outcome,
        dates=dates,
        evidence=True,
        engine_name=engine_name,
        progress=progress,
    )
    return pd.concat([frame for _, frame in frames], ignore_index=True)


def dated_history(
    home: Path,
    *,
    deployment: Deployment,
    outcome: Outcome,
    dates: Sequence[date],
    evidence: bool,
    engine_name: str = DUCKDB,
    jobs: int = 1,
    progress: Callable[[str], None] = lambda _: None,
) -> Iterator[tuple[date, pd.DataFrame]]:
    """Yield each date with one row per household: features and labels, households in order.

    Each date's features are what the night of that date would have built, as many dates in one pass as fit. Matrices
    are kept under ``home/matrices`` and reused while neither the facts known by then nor the
    feature definitions have changed.

    Args:
        home: folder with a lake.
        deployment: whose households.
        outcome: what is labelled.
        dates: as_of_dates wanted.
        evidence: whether the dates that word reasons are wanted too; a third of the memory.
        engine_name: what builds the matrices.
        jobs: see :func:`build_from_lake`.
        progress: is told one line per step.

    Yields:
        ``household_id``, ``as_of_date``, ``area_id``, features, evidence dates, ``label``,
        ``label_source``, ``random_label``, ``random_propensity``. Each date's labels are as they
        were known ``closed_after_days`` later, so nothing that arrived after a test date of the same
        split reaches its training labels.

    Raises:
        GroupRefused: a feed tells facts more than once, or a group asks for what is not there.
        MatrixRefused: a kept matrix is not what the declarations promise.
    """
    lake = Lake(home)
    with open_named(engine_name, spill=home / "spill") as engine:
        require_grains(load_feeds(engine, lake, deployment), deployment.groups)
    code = definitions_digest(deployment)
    paths = {}
    for as_of_date in dates:
        facts = lake.digest(before=datetime.combine(as_of_date, datetime.min.time()))
        name = f"{as_of_date}_{facts[:12]}_{code[:12]}.parquet"
        paths[as_of_date] = home / "matrices" / deployment.name / name
    missing = {day: path for day, path in paths.items() if not path.exists()}
    build_from_lake(
        home, deployment, out=missing, engine_name=engine_name, jobs=jobs, progress=progress
    )
    for path in paths.values():
        require_file(path, deployment.groups)

    def labelled(some: Sequence[date]) -> list[tuple[date, pd.DataFrame]]:
        progress(f"{_span(some)}: labels")
        with open_named(engine_name, spill=home / "spill") as engine:
            feeds = load_feeds(engine, lake, deployment)
            return list(
                labels_of_dates(engine, feeds, deployment=deployment, outcome=outcome, dates=some)
            )

    # Spark builds dates one by one as well: see build_matrices.
    together = list(_together(paths, rows=_LABELLED_AT_ONCE if engine_name == DUCKDB else 0))
    unread = set() if evidence else {name for one in deployment.groups for name in one.evidence}
    at_once = jobs if engine_name == DUCKDB else 1
    for start in range(0, len(together), at_once):
        for some in side_by_side(labelled, together[start : start + at_once], jobs=at_once):
            for as_of_date, labels in some:
                yield as_of_date, _joined(_matrix(paths[as_of_date], unread), labels)


def build_from_lake(
    home: Path,
    deployment: Deployment,
    *,
    out: Mapping[date, Path],
    engine_name: str = DUCKDB,
    jobs: int = 1,
    progress: Callable[[str], None] = lambda _: None,
) -> None:
    """Write the matrices of some dates, each to its own file; raises as :func:`build_matrices`.

    With several ``jobs``, neighbouring dates are shared out to as many engines, each with the memory of one: much
    of what one engine does with a few dates keeps no second core busy. The files are the same. Spark shares out
    its own work.
    """
    if not out:
        return
    days = sorted(out)
    parts = min(jobs, len(days)) if engine_name == DUCKDB else 1
    shares = [days[len(days) * k // parts : len(days) * (k + 1) // parts] for k in range(parts)]

    def build(share: Sequence[date]) -> None:
        lake = Lake(home)
        with open_named(engine_name, spill=home / "spill") as engine:
            build_matrices(
                engine, load_feeds(engine, lake, deployment), Arrivals(lake.arrivals()), deployment,
                out={day: out[day] for day in share}, progress=progress,
            )  # fmt: skip

    side_by_side(build, shares, jobs=parts)


def labels_of_dates(
    engine: Engine,
    feeds: Feeds,
    *,
    deployment: Deployment,
    outcome: Outcome,
    dates: Sequence[date],
) -> Iterator[tuple[date, pd.DataFrame]]:
    """Yield each date with the labels of its households, as known when its own window is closed.

    Who lives together is found out once for all ``dates``, and so is what happened to them.
    """
    spine, links = open_spine(engine, feeds, deployment, as_of_dates=dates)
    labels = label_spine(
        spine, feeds, links,
        outcome=outcome, known_before=timedelta(days=outcome.closed_after_days),
    ).to_pandas()  # fmt: skip
    days = pd.to_datetime(labels["as_of_date"])
    for day in dates:
        yield day, labels.loc[days == pd.Timestamp(day)].reset_index(drop=True)


def _together(paths: Mapping[date, Path], *, rows: int) -> Iterator[tuple[date, ...]]:
    """Yield dates in order, as many at once as their matrices hold at most ``rows``, and one at least."""
    some: list[date] = []
    counted = 0
    for day, path in paths.items():
        here = pq.read_metadata(path).num_rows
        if some and counted + here > rows:
            yield tuple(some)
            some, counted = [], 0
        some.append(day)
        counted += here
    if some:
        yield tuple(some)


def _span(days: Sequence[date]) -> str:
    return str(days[0]) if len(days) == 1 else f"{days[0]} to {days[-1]}"


def _matrix(path: Path, unread: Collection[str]) -> pd.DataFrame:
    """Read a matrix without turning dates and booleans into objects, which cost more than all the rest."""
    kept = [name for name in pq.read_schema(path).names if name not in unread]
    table = pq.read_table(path, columns=kept)
    frame: pd.DataFrame = table.to_pandas(
        date_as_object=False, types_mapper={pa.bool_(): pd.BooleanDtype()}.get, split_blocks=True
    )
    return frame


def _joined(features: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    for frame in (features, labels):
        frame["as_of_date"] = pd.to_datetime(frame["as_of_date"]).astype("datetime64[s]")
    return features.merge(labels, on=list(KEYS), how="inner", validate="one_to_one").sort_values(
        "household_id"
    )


def definitions_digest(deployment: Deployment) -> str:
    """Return a hash of what turns facts into features: engine, groups and policy parameters."""
    digest = hashlib.sha256()
    for package in ("features", deployment.groups_package):
        for module_info in pkgutil.iter_modules(importlib.import_module(package).__path__):
            if not module_info.ispkg:
                module = importlib.import_module(f"{package}.{module_info.name}")
                digest.update(inspect.getsource(module).encode())
    for function in (deployment.cohort, deployment.links, deployment.area):
        digest.update(inspect.getsource(inspect.getmodule(function) or function).encode())
    for parameters in sorted((Path(features.__file__).parent / "parameters").glob("*.yaml")):
        digest.update(parameters.read_bytes())
    # Some figures stand in a region's file and are only named in the files above.
    digest.update(repr([values_of(name) for name in names()]).encode())
    digest.update(deployment.name.encode())
    return digest.hexdigest()
