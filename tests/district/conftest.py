"""One district for all tests of the simulation, written once per worker."""

from pathlib import Path

import pytest

from experiments.district.config import DistrictConfig
from experiments.district.simulate import SimulationSummary, simulate

TUNING_SEED = 950
"""Seeds 900-999 are for building the district; 1-99 are kept for judging models."""


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SimulationSummary]:
    """A district of 4,000 households and 14 months, and what ``simulate`` said of it."""
    out = tmp_path_factory.mktemp("district")
    config = DistrictConfig(households=4_000, months=14, seed=TUNING_SEED)
    return out, simulate(config, out, lambda _: None)


@pytest.fixture(scope="session")
def district(written: tuple[Path, SimulationSummary]) -> Path:
    """The folder of that district."""
    return written[0]


@pytest.fixture(scope="session")
def summary(written: tuple[Path, SimulationSummary]) -> SimulationSummary:
    """The summary of that district."""
    return written[1]
