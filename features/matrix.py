"""Spine plus all feature groups, checked against their declarations: the feature matrix."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import ibis
import ibis.expr.types as ir

from data_contracts.engines import Engine
from data_contracts.lake import Lake
from features.connections import Shelf, keep
from features.deployment import Deployment, Feeds
from features.disputes import DISPUTES, disputed_feeds, withhold
from features.matrix_contract import AREA, matrix_schema, require_file
from features.matrix_files import move_over, write_rows
from features.point_in_time import Feed, PointInTime, side_by_side
from features.refusals import build_group
from features.registry import KEYS, Feature, FeatureGroup

_TYPES = {"number": "float64", "integer": "int64", "boolean": "boolean", "category": "string"}


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
    return {
        name: Feed(contract, lake.facts(engine, contract))
        for name, contract in deployment.contracts.items()
    }


def open_spine(
    engine: Engine, feeds: Feeds, deployment: Deployment, *, as_of_date: date
) -> tuple[ir.Table, dict[str, ir.Table]]:
    """Return the spine of one date and its links, both computed once and kept in the engine."""
    dates = ibis.memtable({"as_of_date": [as_of_date]}, schema={"as_of_date": "date"})
    spine = keep(engine, "spine", deployment.cohort(feeds, dates))
    links = {
        entity: keep(engine, f"link_{entity}", table)
        for entity, table in deployment.links(spine, feeds).items()
    }
    return spine, links


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
    """Write the feature matrix of one date to ``out``.

    Columns: ``household_id``, ``as_of_date``, ``area_id``, every declared feature, every evidence
    date. Nulls mean unknown; a feature declared ``missing="zero"`` is null only where one of its
    sources was silent for the whole window.

    Raises:
        GroupRefused: a group asks for a feed, a link or a column that is not there.
        MatrixError: a group lacks a declared column, adds one, or returns a household twice.
        MatrixRefused: what was written does not keep the contract of the declarations.
    """
    spine, links = open_spine(engine, feeds, deployment, as_of_date=as_of_date)
    view = PointInTime(spine, feeds, links, dates=(as_of_date,), shelf=Shelf(engine))

    areas = deployment.area(spine, feeds, links).select(*KEYS, AREA)
    rows = side_by_side(spine.select(*KEYS), areas)
    for group in deployment.groups:
        progress(f"{as_of_date}: {group.title}")
        built = keep(engine, f"group_{group.name}", build_group(group, view, deployment.contracts))
        _check(group, built)
        rows = side_by_side(rows, built)
        declared = {
            feature.name: _declared(
                rows[feature.name],
                feature,
                reporting=all(
                    arrivals.reporting(feed, as_of_date=as_of_date, days=feature.window_days)
                    for feed in group.sources_of(feature)
                ),
            )
            for feature in group.features
        }
        rows = rows.mutate(**declared, **{name: rows[name].cast("date") for name in group.evidence})
    out.parent.mkdir(parents=True, exist_ok=True)
    staged = out.with_suffix(".tmp")
    rows = rows.select(matrix_schema(deployment.groups).names).order_by("household_id")
    write_rows(engine, rows, staged)
    require_file(staged, deployment.groups)
    move_over(staged, out)
    return Matrix(as_of_date, out, int(spine.count().execute()))


def _declared(column: ir.Value, feature: Feature, *, reporting: bool) -> ir.Value:
    """Give ``column`` its declared type and its declared meaning of missing."""
    typed = column.cast(_TYPES[feature.dtype])
    if not reporting:
        return ibis.null(_TYPES[feature.dtype])
    if feature.missing == "unknown":
        return typed
    return typed.fill_null(False if feature.dtype == "boolean" else 0)


def _check(group: FeatureGroup, built: ir.Table) -> None:
    expected, found = {*KEYS, *group.columns}, set(built.columns)
    if expected != found:
        raise MatrixError(
            f"feature group {group.name}: missing columns {sorted(expected - found)},"
            f" undeclared columns {sorted(found - expected)}; declare them in GROUP or drop them"
        )
    sizes = built.group_by(list(KEYS)).agg(rows=built.count())
    repeated = int(sizes.filter(sizes.rows > 1).count().execute())
    if repeated:
        raise MatrixError(
            f"feature group {group.name}: {repeated} households come more than once; it must return"
            " one row per household and as_of_date (is a join missing its group_by?)"
        )
