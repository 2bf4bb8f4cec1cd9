"""A desk: a store with one published night in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving.cases.desk import Desk, night
from tests.serving.stores import open_store


@pytest.fixture
def desk(home: Path) -> Iterator[Desk]:
    """Return a desk after the first night."""
    store = open_store(home)
    night(store, home)
    yield Desk(store)
    store.close()
