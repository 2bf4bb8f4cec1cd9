"""Every feature of every group is the same on Spark as on DuckDB: to 1e-9, and in every null.

Copies of the village, each with other random facts, are one district: a query on Spark costs seconds however
small its tables are, so both engines are asked once, for the whole matrix. Spark is given everything that was
ever told, DuckDB only what had been told by TODAY: whatever becomes known later changes nothing on Spark either.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from features.disputes import DISPUTES, disputed_feeds, withhold
from features.district import DISTRICT
from features.matrix import Arrivals, build_matrix
from features.point_in_time import Feed
from features.registry import FeatureGroup
from tests.features.later_news import KINDS
from tests.features.random_facts import MIDNIGHT, random_news, reported, told
from tests.features.records import TODAY, typed
from tests.features.village import FACTS
from tests.tables import table

pytestmark = pytest.mark.spark

DISTRICTS = 16
FACTS_PER_FEED = 24
TOLERANCE = 1e-9


def copies() -> Mapping[str, pa.Table]:
    """Return the village as it is, and copies of it with random facts, under ids of their own."""
    village = {
        name: typed(contract, table(FACTS[name]) if name in FACTS else pd.DataFrame())
        for name, contract in DISTRICT.contracts.items()
    }
    districts = [village]
    for number in range(DISTRICTS - 1):
        chance = Random(number)
        news = {
            name: [
                reported(DISTRICT.contracts[name], row, days_late=chance.choice((0, 1, 20, 60)))
                for row in rows
            ]
            for name, rows in random_news(chance, most=FACTS_PER_FEED).items()
        }
        districts.append(told(village, news))
    districts += [told(village, news(village), MIDNIGHT) for news in KINDS.values()]
    return {
        name: pa.concat_tables(
            [_renamed(facts[name], number) for number, facts in enumerate(districts)]
        )
        for name in village
    }


def by_today(facts: pa.Table) -> pa.Table:
    """Return the facts as a home held them that received nothing on TODAY or since."""
    kept = facts.filter(pc.less(facts["known_from"], MIDNIGHT))
    ends = kept["known_until"]
    place = kept.schema.get_field_index("known_until")
    told_later = pc.fill_null(pc.greater_equal(ends, MIDNIGHT), False)
    open_again = pc.if_else(told_later, pa.scalar(None, ends.type), ends)
    return kept.set_column(place, kept.schema.field(place), open_again)


def _renamed(facts: pa.Table, number: int) -> pa.Table:
    for place, field in enumerate(facts.schema):
        if field.name.endswith("_id"):
            ids = pc.binary_join_element_wise(facts[field.name], str(number), "_")
            facts = facts.set_column(place, field, ids)
    return facts


@dataclass(frozen=True)
class Written:
    path: Path
    rows: pd.DataFrame


def written(engine: Any, facts: Mapping[str, pa.Table], folder: Path) -> Written:
    """Build the matrix of TODAY on ``engine`` from facts it reads as Parquet, as it reads a lake."""
    folder.mkdir()
    feeds = {}
    for name, contract in DISTRICT.contracts.items():
        file = folder / f"{name}.parquet"
        pq.write_table(facts[name], file)
        feeds[name] = Feed(contract, engine.read_parquet(str(file)))
    disputes = feeds[DISPUTES].facts
    feeds = withhold(feeds, disputes, names=disputed_feeds(disputes))
    yesterday = datetime.combine(TODAY, time()) - timedelta(days=1)
    made = build_matrix(
        engine,
        feeds,
        Arrivals({name: [yesterday] for name in DISTRICT.contracts}),
        DISTRICT,
        as_of_date=TODAY,
        out=folder / "matrix.parquet",
    )
    return Written(made.path, pd.read_parquet(made.path).set_index("household_id"))


@pytest.fixture(scope="module")
def facts() -> Mapping[str, pa.Table]:
    return copies()


@pytest.fixture(scope="module")
def on_duckdb(
    engine: Any, facts: Mapping[str, pa.Table], tmp_path_factory: pytest.TempPathFactory
) -> Written:
    then = {name: by_today(rows) for name, rows in facts.items()}
    return written(engine, then, tmp_path_factory.mktemp("either") / "duckdb")


@pytest.fixture(scope="module")
def on_spark(
    spark: Any, facts: Mapping[str, pa.Table], tmp_path_factory: pytest.TempPathFactory
) -> Written:
    return written(spark, facts, tmp_path_factory.mktemp("either") / "spark")


def test_both_speak_of_the_same_households_in_one_sorted_file(
    on_duckdb: Written, on_spark: Written
) -> None:
    assert len(on_duckdb.rows) > 60
    assert on_spark.path.is_file()
    assert list(on_spark.rows.index) == list(on_duckdb.rows.index)
    assert list(on_spark.rows.columns) == list(on_duckdb.rows.columns)
    pd.testing.assert_series_equal(on_spark.rows["area_id"], on_duckdb.rows["area_id"])


@pytest.mark.parametrize("group", DISTRICT.groups, ids=lambda group: group.name)
def test_every_column_of_a_group_is_the_same(
    on_duckdb: Written, on_spark: Written, group: FeatureGroup
) -> None:
    expected, found = (one.rows[list(group.columns)] for one in (on_duckdb, on_spark))

    assert expected.notna().any().any()
    pd.testing.assert_frame_equal(found.isna(), expected.isna())
    for name in expected:
        known = expected[name].notna()
        ours, theirs = found.loc[known, name], expected.loc[known, name]
        if pd.api.types.is_float_dtype(expected[name]):
            pd.testing.assert_series_equal(ours, theirs, rtol=TOLERANCE, atol=TOLERANCE)
        else:
            assert ours.tolist() == theirs.tolist(), name


def test_much_of_what_spark_was_given_was_told_later(facts: Mapping[str, pa.Table]) -> None:
    given = sum(rows.num_rows for rows in facts.values())
    by_then = sum(by_today(rows).num_rows for rows in facts.values())

    assert given - by_then > given / 20
