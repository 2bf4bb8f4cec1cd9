"""One small model, trained once and used by every test that needs one."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from models.artefact import Artefact, Band, Fact
from models.artefact_writing import write
from models.calibration import Calibration, calibrate
from models.learners.trees import LearnedModel, LearnerSettings, fit
from tests.models.made_up import FEATURES, households

SETTINGS = LearnerSettings(max_rounds=40, patience_rounds=10, min_rows_per_leaf=20)


@pytest.fixture(scope="session")
def model() -> LearnedModel:
    return fit(
        households(2000, seed=1), households(1000, seed=2), features=FEATURES, settings=SETTINGS
    )


@pytest.fixture(scope="session")
def calibration(model: LearnedModel) -> Calibration:
    later = households(1000, seed=2)
    return calibrate(model.predict(later), later["label"])


@pytest.fixture
def write_artefact(model: LearnedModel, calibration: Calibration) -> Callable[..., Artefact]:
    def written(folder: Path, *, training: dict[str, Fact] | None = None) -> Artefact:
        return write(
            folder,
            name="unmet_need_180d",
            model=model,
            calibration=calibration,
            features=FEATURES,
            reference=households(2000, seed=1),
            bands=[Band("high", 0.3), Band("medium", 0.1), Band("low", 0.0)],
            data_until=date(2024, 3, 1),
            training=training or {"train_rows": 2000},
        )

    return written
