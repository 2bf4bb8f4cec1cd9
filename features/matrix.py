"""Spine plus all feature groups, checked against their declarations: the feature matrix."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend as DuckDB

from data_contracts.engines import Engine
from data_contracts.lake import Lake
from features.assembly import Assembly, Declared, assembly
from features.connections import KeptWhenAsked, Shelf, drop, keep
from features.deployment import Deployment, Feeds
from features.disputes import DISPUTES, disputed_feeds, withhold
from features.jobs import side_by_side
from features.matrix_contract import AREA, matrix_schema, require_file
from features.matrix_files import move_over
from features.point_in_time import Feed, PointInTime
from features.refusals import build_group
from features.registry import KEYS, Feature, FeatureGroup
from features.seen_feeds import SeenFeeds

_TYPES = {"number": "float64", "integer": "int64", "boolean": "boolean", "category": "string"}


ROWS_AT_ONCE = 1_200_000
"""Households times dates built together. What does not fit into the 3 GB of an engine spills; still a walk of 100,000
households over 21 dates took 9 min 28 s where half as many together took 10 min 39 s (one run each)."""


class MatrixError(ValueError):
    """A group returned something its declaration does not promise."""


@dataclass(frozen=True)
class Matrix:
    """A written matrix: one Parquet file, one row per household, sorted by ``household_id``."""

    as_of_date: date
    path: Path
    rows: int


class Arrivals:
    """When each feed delivered something; tells silence apart from nothing having happened."""

    def __init__(self, arrivals: Mapping[str, list[datetime]]) -> None:
        self._arrivals = {feed: sorted(times) for feed, times in arrivals.items()}

    def reporting(self, feed: str, *, as_of_date: date, days: int | None) -> bool:
        """Whether ``feed`` delivered within ``days`` before ``as_of_date`` (ever, if None)."""
        midnight = datetime.combine(as_of_date, datetime.min.time())
        earlier = [time for time in self._arrivals.get(feed, ()) if time < midnight]
        if days is None:
            return bool(earlier)
        return any(time >= midnight - timedelta(days=days) for time in earlier)


def load_feeds(engine: Engine, lake: Lake, deployment: Deployment) -> dict[str, Feed]:
    """Return every feed of ``deployment`` as an Ibis table over the verified files of the lake.

    Facts under dispute are left out from the night that is known until they are settled.
    """
    feeds = read_feeds(engine, lake, deployment)
    if DISPUTES not in feeds:
        return feeds
    disputes = feeds[DISPUTES].facts
    return withhold(feeds, disputes, names=disputed_feeds(disputes))


def read_feeds(engine: Engine, lake: Lake, deployment: Deployment) -> dict[str, Feed]:
    """Return every feed with the facts under dispute in it: for who judges them, not for features."""
    told = {name: lake.told(engine, one) for name, one in deployment.contracts.items()}
    return {
        name: Feed(contract, told[name].dated(), told[name])
        for name, contract in deployment.contracts.items()
    }


def open_spine(
    engine: Engine, feeds: Feeds, deployment: Deployment, *, as_of_dates: Sequence[date]
) -> tuple[ir.Table, Mapping[str, ir.Table]]:
    """Return the spine of some dates and its links, each computed once and kept in the engine."""
    if len(as_of_dates) != 1 or not isinstance(engine, DuckDB):
        spine = keep(engine, "spine", deployment.cohort(feeds, _dates(as_of_dates)))
        return spine, KeptWhenAsked(engine, deployment.links(spine, feeds), prefix="link_")
    # What is seen of a feed on the date is forgotten at once, so all links are computed before.
    seen = SeenFeeds(engine, feeds, as_of_date=as_of_dates[0])
    spine = keep(engine, "spine", deployment.cohort(seen, _dates(as_of_dates)))
    links = dict(KeptWhenAsked(engine, deployment.links(spine, seen), prefix="link_"))
    seen.forget()
    return spine, links


def _dates(as_of_dates: Sequence[date]) -> ir.Table:
    return ibis.memtable({"as_of_date": list(as_of_dates)}, schema={"as_of_date": "date"})


def build_matrix(
    engine: Engine,
    feeds: Feeds,
    arrivals: Arrivals,
    deployment: Deployment,
    *,
    as_of_date: date,
    out: Path,
    progress: Callable[[str], None] = lambda _: None,
) -> Matrix:
    """Write the feature matrix of one date to ``out``; see :func:`build_matrices`."""
    (matrix,) = _build(engine, feeds, arrivals, deployment, {as_of_date: out}, progress)
    return matrix


def build_matrices(
    engine: Engine,
    feeds: Feeds,
    arrivals: Arrivals,
    deployment: Deployment,
    *,
    out: Mapping[date, Path],
    progress: Callable[[str], None] = lambda _: None,
) -> list[Matrix]:
    """Write the feature matrices of some dates, each to its own file, in one pass over the facts.

    Columns: ``household_id``, ``as_of_date``, ``area_id``, every declared feature, every evidence
    date. Nulls mean unknown; a feature declared ``missing="zero"`` is null only where one of its
    sources was silent for the whole window. A file is the same whichever dates were built beside it.
    Dates go together as long as their rows stay below :data:`ROWS_AT_ONCE`; on Spark one by one.

    Raises:
        GroupRefused: a group asks for a feed, a link or a column that is not there.
        MatrixError: a group lacks a declared column, adds one, or returns a household twice.
        MatrixRefused: what was written does not keep the contract of the declarations.
    """
    days = sorted(out)
    if not days:
        return []
    together = 1
    if engine.name == "duckdb" and len(days) > 1:
        households = int(deployment.cohort(feeds, _dates(days[-1:])).count().execute())
        together = max(1, ROWS_AT_ONCE // max(households, 1))
    matrices = []
    for start in range(0, len(days), together):
        some = {day: out[day] for day in days[start : start + together]}
        matrices += _build(engine, feeds, arrivals, deployment, some, progress)
    return matrices


def _build(
    engine: Engine,
    feeds: Feeds,
    arrivals: Arrivals,
    deployment: Deployment,
    out: Mapping[date, Path],
    progress: Callable[[str], None],
) -> list[Matrix]:
    days = tuple(out)
    when = str(days[0]) if len(days) == 1 else f"{days[0]} to {days[-1]}"
    shelf = Shelf(engine)
    progress(f"{when}: households")
    spine, links = open_spine(engine, feeds, deployment, as_of_dates=days)
    view = PointInTime(spine, feeds, links, dates=days, shelf=shelf)
    with assembly(engine, spine, out[days[0]].with_suffix(".columns")) as rows:
        areas = deployment.area(spine, feeds, links).select(*KEYS, AREA)
        _check_rows("area", rows.add("_areas", areas, lambda joined: {AREA: joined[AREA]}))
        for group in deployment.groups:
            progress(f"{when}: {group.title}")
            built = build_group(group, view, deployment.contracts)
            _check_columns(group, built)
            silent = {
                feature.name: [
                    day for day in days if not _reporting(group, feature, arrivals, as_of_date=day)
                ]
                for feature in group.features
            }
            repeated = rows.add(group.name, built, _declared(group, days, silent))
            _check_rows(f"feature group {group.name}", repeated)
        if isinstance(engine, DuckDB):
            drop(engine, *shelf.computed, *(f"link_{entity}" for entity in links))
        progress(f"{when}: writing")
        side_by_side(
            lambda day: _write(rows, day, out[day], deployment.groups), days, jobs=rows.writers
        )
        return [Matrix(day, path, rows.rows.get(day, 0)) for day, path in out.items()]


def _write(rows: Assembly, day: date, out: Path, groups: Sequence[FeatureGroup]) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    staged = out.with_name(f"{out.name}.tmp")
    rows.write(day, matrix_schema(groups).names, staged)
    require_file(staged, groups)
    move_over(staged, out)


def _reporting(
    group: FeatureGroup, feature: Feature, arrivals: Arrivals, *, as_of_date: date
) -> bool:
    return all(
        arrivals.reporting(feed, as_of_date=as_of_date, days=feature.window_days)
        for feed in group.sources_of(feature)
    )


def _declared(
    group: FeatureGroup, days: Sequence[date], silent: Mapping[str, Sequence[date]]
) -> Declared:
    """Return what gives columns their declared type and their declared meaning of missing.

    ``silent`` are the dates of ``days`` on which the sources of a feature were not reporting.
    """

    def declared(rows: ir.Table) -> dict[str, ir.Value]:
        values: dict[str, ir.Value] = {}
        for feature in group.features:
            typed = rows[feature.name].cast(_TYPES[feature.dtype])
            if feature.missing == "zero":
                typed = typed.fill_null(False if feature.dtype == "boolean" else 0)
            unknown = ibis.null(_TYPES[feature.dtype])
            not_told = [ibis.date(day.isoformat()) for day in silent[feature.name]]
            if len(not_told) == len(days):
                typed = unknown
            elif not_told:
                typed = rows.as_of_date.isin(not_told).ifelse(unknown, typed)
            values[feature.name] = typed
        return values | {name: rows[name].cast("date") for name in group.evidence}

    return declared


def _check_columns(group: FeatureGroup, built: ir.Table) -> None:
    expected, found = {*KEYS, *group.columns}, set(built.columns)
    if expected != found:
        raise MatrixError(
            f"feature group {group.name}: missing columns {sorted(expected - found)},"
            f" undeclared columns {sorted(found - expected)}; declare them in GROUP or drop them"
        )


def _check_rows(what: str, repeated: int) -> None:
    if repeated:
        raise MatrixError(
            f"{what}: {repeated} households come more than once; it must return one row per household"
            " and as_of_date (is a join missing its group_by?)"
        )
