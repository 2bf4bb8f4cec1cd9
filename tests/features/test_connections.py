"""Engines by name, and tables kept in either."""

from pathlib import Path
from typing import Any

import ibis
import pytest

from features.connections import KeptWhenAsked, keep, open_named
from features.engine_names import EngineError, check_engine


@pytest.mark.parametrize(
    "name", ["duckdb", "local[1]", "local[16]", "spark://10.0.0.7:7077", "spark://a:7077,b:7077"]
)
def test_these_name_an_engine(name: str) -> None:
    assert check_engine(name) == name


@pytest.mark.parametrize(
    "name", ["", "spark", "DuckDB", "local", "local[*]", "local[0]", "spark://a", "yarn", "duckdb "]
)
def test_anything_else_is_refused_with_what_may_be_written(name: str) -> None:
    with pytest.raises(EngineError, match=r"`duckdb`.*`local\[2\]`.*`spark://host:7077`"):
        check_engine(name)


def test_the_default_is_duckdb_and_a_wrong_name_opens_nothing(tmp_path: Path) -> None:
    with open_named("duckdb", spill=tmp_path / "spill") as engine:
        assert engine.name == "duckdb"
    with pytest.raises(EngineError, match="no engine 'spark'"), open_named("spark", spill=tmp_path):
        raise AssertionError("opened")


def test_a_kept_table_replaces_the_one_before(either_engine: Any) -> None:
    first = keep(either_engine, "kept", ibis.memtable({"n": [1, 2]}))
    assert first.n.sum().execute() == 3
    again = keep(either_engine, "kept", ibis.memtable({"n": [5]}))

    assert again.n.sum().execute() == 5


def test_only_what_is_asked_for_is_computed_and_only_once() -> None:
    with open_named("duckdb") as engine:
        numbers = ibis.memtable({"n": [1, 2]})
        told = KeptWhenAsked(engine, {"asked": numbers, "not_asked": numbers}, prefix="link_")
        assert set(told) == {"asked", "not_asked"}
        assert "not_asked" in told
        assert "nobody" not in told
        assert told["asked"] is told["asked"]

        kept = engine.raw_sql("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall()
    assert kept == [("link_asked",)]


def test_a_table_that_is_part_of_another_is_computed_once(either_engine: Any) -> None:
    numbers = keep(either_engine, "numbers", ibis.memtable({"n": [1, 2, 2]}))
    different = numbers.distinct()
    doubled = different.mutate(twice=different.n * 2)
    both = doubled.join(different, "n").filter(doubled.n > 1)
    told = KeptWhenAsked(
        either_engine, {"both": both, "doubled": doubled, "different": different}, prefix="part_"
    )
    answer = told["both"]
    # Whoever changes the parts from here on does not change the whole, and whoever asks again finds them kept.
    keep(either_engine, "numbers", ibis.memtable({"n": [7]}))

    assert told["different"].order_by("n").n.execute().tolist() == [1, 2]
    assert told["doubled"].order_by("n").twice.execute().tolist() == [2, 4]
    assert answer.execute().to_dict("records") == [{"n": 2, "twice": 4}]


@pytest.mark.spark
def test_spark_keeps_tables_in_the_folder_of_the_session_and_only_the_newest(spark: Any) -> None:
    kept = Path(spark._session.conf.get("spark.zhaoren.kept"))
    for number in (1, 2):
        keep(spark, "kept_twice", ibis.memtable({"n": [number]}))

    assert len(list(kept.glob("kept_twice-*"))) == 1


def test_no_fact_under_an_unknown_condition_is_none_and_not_unknown(either_engine: Any) -> None:
    facts = ibis.memtable(
        {"household": ["a", "b", "b"], "amount": [None, 1.0, 9.0]},
        schema={"household": "string", "amount": "float64"},
    )
    large = facts.group_by("household").agg(large=facts.count(where=facts.amount > 5))

    found = either_engine.to_pandas(large).set_index("household")["large"]
    assert found.to_dict() == {"a": 0, "b": 1}
