"""Homes in memory where the machine has such a place: these tests commit thousands of times."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

_IN_MEMORY = Path("/dev/shm")


@pytest.fixture
def home() -> Iterator[Path]:
    """Return an empty home folder."""
    with tempfile.TemporaryDirectory(
        prefix="zhaoren-", dir=_IN_MEMORY if _IN_MEMORY.is_dir() else None
    ) as folder:
        yield Path(folder)
