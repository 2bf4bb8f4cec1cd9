"""The same on Spark: facts with their times, and what the checks say of a dirty file."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from data_contracts.contract import Column
from data_contracts.expectations import run, suite_of
from data_contracts.gate import pass_gate
from data_contracts.lake import Lake
from data_contracts.spark_expectations import run_on_spark
from features.connections import open_engine
from features.point_in_time import Feed, PointInTime
from tests.data_contracts.landing import CONTRACTS, RECEIVED, land, power_bills
from tests.data_contracts.notes import FAR, FEED, contracts

pytestmark = pytest.mark.spark


def _column(name: str, logical_type: str) -> Column:
    return Column(name, logical_type, False, (), "one", "S2", "Trying a type.")


EVERY_TYPE = replace(
    contracts()[FEED],
    columns=(
        *contracts()[FEED].columns,
        _column("count", "integer"),
        _column("flag", "boolean"),
        _column("told_at", "timestamp"),
    ),
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Two nights with nulls in every type, a correction back, and a delivery that came late."""
    rows = pd.DataFrame(
        {
            "note_id": ["a", "b", "c"],
            "person_id": ["p1", "p2", "p3"],
            "event_date": ["2024-01-01", "1900-01-01", "2024-02-29"],
            "amount": ["0.1", "1e15", "-3.25"],
            "remark": ["𠮷甲", None, "x"],
            "count": ["9007199254740993", None, "-1"],
            "flag": ["true", None, "false"],
            "told_at": ["2024-08-04 23:59:59.123456", None, "1999-12-31 16:00:00"],
        }
    )
    changed = rows.assign(amount=["0.2", "1e15", "-3.25"], flag=["true", "true", None])
    for hour, file in ((0, rows), (2, changed), (1, rows.assign(remark=["y", None, "x"]))):
        land(tmp_path, FEED, file, name=f"{hour}.csv", received_at=RECEIVED + timedelta(hours=hour))
        pass_gate(
            tmp_path, {FEED: EVERY_TYPE}, before=FAR, progress=lambda line: None, keyring=None
        )
    return tmp_path


def _rows(con: Any, table: Any) -> pd.DataFrame:
    found = con.to_pyarrow(table.order_by(["note_id", "known_from"])).to_pandas()
    return found.astype(object).where(found.notna(), None)


def test_facts_are_the_same_rows_on_spark_and_on_duckdb(spark: Any, home: Path) -> None:
    with open_engine() as engine:
        expected = _rows(engine, Lake(home).facts(engine, EVERY_TYPE))
    found = _rows(spark, Lake(home).facts(spark, EVERY_TYPE))

    assert len(expected) == 7
    assert expected["known_until"].notna().sum() == 4
    pd.testing.assert_frame_equal(found, expected)


def test_a_night_sees_the_same_on_spark(spark: Any, home: Path) -> None:
    """The point-in-time join, with its times, dates and nulls."""
    day = date(2024, 8, 6)

    def seen(con: Any) -> pd.DataFrame:
        spine = ibis.memtable(
            {"household_id": ["h1", "h2"], "as_of_date": [day, day]},
            schema={"household_id": "string", "as_of_date": "date"},
        )
        links = ibis.memtable(
            {"household_id": ["h1", "h2"], "as_of_date": [day, day], "entity_id": ["p1", "p3"]},
            schema={"household_id": "string", "as_of_date": "date", "entity_id": "string"},
        )
        facts = Lake(home).facts(con, EVERY_TYPE)
        joined = PointInTime(spine, {FEED: Feed(EVERY_TYPE, facts)}, {"person": links})
        known = joined.facts(FEED, days=3650)
        per_household = known.group_by("household_id").agg(
            total=known.amount.sum(), newest=known.event_date.max(), flags=known.flag.sum()
        )
        found = con.to_pyarrow(per_household.order_by("household_id")).to_pandas()
        return found.astype(object).where(found.notna(), None)

    with open_engine() as engine:
        expected = seen(engine)
    assert expected["household_id"].tolist() == ["h1", "h2"]
    pd.testing.assert_frame_equal(seen(spark), expected)


def test_a_dirty_file_breaks_the_same_checks_in_the_same_rows(spark: Any) -> None:
    contract = CONTRACTS["utility_bills"]
    suite = suite_of(contract)
    bills = power_bills(60)
    bills.loc[3, "service"] = "steam"
    bills.loc[[4, 17], "usage"] = -1.0
    bills.loc[9, "paid_on"] = pd.NaT
    bills.loc[11, "due_date"] = pd.Timestamp("2020-01-01")
    bills["amount_due"] *= 1000
    frame = bills[[name for name in suite.columns if name in bills]].reset_index(drop=True)

    on_pandas = run(suite, [frame])[0]
    table = pa.Table.from_pandas(frame, preserve_index=False)
    dates = [name for name in table.column_names if pa.types.is_timestamp(table[name].type)]
    for name in dates:
        table = table.set_column(
            table.column_names.index(name), name, table[name].cast(pa.date32(), safe=False)
        )
    table = table.append_column("row", pa.array(np.arange(len(frame))))
    on_spark = run_on_spark(suite, spark._session.createDataFrame(table), position="row")

    assert len(on_pandas) >= 3
    assert _told(on_spark) == _told(on_pandas)


def _told(breaches: list[Any]) -> list[tuple[Any, ...]]:
    return sorted(
        (one.check_id, one.column, one.severity, one.rows, one.detail) for one in breaches
    )
