"""One DuckDB for all feature tests; drawings are in-memory tables of their own."""

from collections.abc import Iterator
from typing import Any

import pytest
from ibis.backends.duckdb import Backend

from features.connections import open_engine
from tests.features.village import Stage


@pytest.fixture(scope="session")
def engine() -> Iterator[Backend]:
    with open_engine(memory="1GB") as opened:
        yield opened


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """The village with every group compiled once, for tests that change facts under it."""
    with open_engine(memory="1GB") as opened:
        opened.raw_sql("SET threads = 1")
        yield Stage(opened)


@pytest.fixture(params=["duckdb", pytest.param("spark", marks=pytest.mark.spark)])
def either_engine(request: pytest.FixtureRequest) -> Any:
    """DuckDB, then Spark where that is installed: one definition must say the same on both."""
    return request.getfixturevalue("engine" if request.param == "duckdb" else "spark")
