"""One DuckDB for the tests of conflicts."""

from collections.abc import Iterator

import pytest
from ibis.backends.duckdb import Backend

from features.connections import open_engine


@pytest.fixture(scope="session")
def engine() -> Iterator[Backend]:
    with open_engine(memory="1GB") as opened:
        yield opened
