"""Homes in memory where the machine has such a place: these tests commit thousands of times."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.postgres import ABSENT
from tests.serving.stores import Cluster, cluster, kept_in
from tests.serving.village import run

_IN_MEMORY = Path("/dev/shm")


@pytest.fixture
def home() -> Iterator[Path]:
    """Return an empty home folder."""
    with tempfile.TemporaryDirectory(
        prefix="zhaoren-", dir=_IN_MEMORY if _IN_MEMORY.is_dir() else None
    ) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def running_cluster() -> Iterator[Cluster | None]:
    """PostgreSQL, started by the first test of this process that needs it; None where there is none."""
    with cluster() as started:
        yield started


@pytest.fixture(scope="session")
def postgresql(running_cluster: Cluster | None) -> Cluster:
    """PostgreSQL, or the test is skipped."""
    if running_cluster is None:
        pytest.skip(ABSENT)
    return running_cluster


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def published_on_both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """A home with a night of the village, once with its store in it and once in PostgreSQL."""
    home = tmp_path_factory.mktemp("published")
    with ExitStack() as stack:
        if request.param == "postgresql":
            started: Cluster = request.getfixturevalue("postgresql")
            stack.enter_context(kept_in(home, started.url(stack.enter_context(started.database()))))
        run(home)
        yield home


@pytest.fixture(params=["sqlite", "postgresql"])
def on_both_stores(request: pytest.FixtureRequest, home: Path) -> Iterator[str]:
    """Run the test once with the store in ``home`` and once with it in PostgreSQL."""
    if request.param == "sqlite":
        yield "sqlite"
        return
    started: Cluster = request.getfixturevalue("postgresql")
    with started.database() as name, kept_in(home, started.url(name)):
        yield "postgresql"
