"""An experiment file says exactly what it means, or is refused with the key named."""

from datetime import date
from pathlib import Path

import pytest

from experiments.command_line import CONFIGS
from experiments.config import ConfigError, ExperimentConfig, load_config
from features.district import DISTRICT
from features.outcomes.unmet_need import UNMET_NEED_180D

PLAIN = """
name: plain
title: Plain
origin: simulated district
deployment: features.district:DISTRICT
outcome: features.outcomes.unmet_need:UNMET_NEED_180D
train_dates: [2025-01-01, 2025-02-01]
test_dates: [2025-09-01]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "experiment.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_experiment_is_complete(path: Path) -> None:
    config = load_config(path)

    assert config.load_deployment().contracts
    assert config.load_outcome().window_days > 0


def test_names_become_the_objects_they_name(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, PLAIN))

    assert config.load_deployment() is DISTRICT
    assert config.load_outcome() is UNMET_NEED_180D
    assert config.dates == (date(2025, 1, 1), date(2025, 2, 1), date(2025, 9, 1))


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("capacity_share: [0.01]", "capacity_share"),
        ("learner: {leavs: 31}", "leavs"),
        ("unseen_weight: 1.5", "unseen_weight"),
        ("calibration_span: 0", "calibration_span"),
    ],
)
def test_a_misspelt_or_impossible_key_is_named(tmp_path: Path, line: str, named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        load_config(written(tmp_path, PLAIN + line))


def test_dates_must_rise(tmp_path: Path) -> None:
    falling = PLAIN.replace("[2025-01-01, 2025-02-01]", "[2025-02-01, 2025-01-01]")

    with pytest.raises(ConfigError, match="train_dates"):
        load_config(written(tmp_path, falling))


def test_a_path_that_names_nothing_is_refused(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, PLAIN.replace(":DISTRICT", ":DISTRIKT")))

    with pytest.raises(ConfigError, match="DISTRIKT"):
        config.load_deployment()


def test_a_missing_file_lists_what_there_is() -> None:
    with pytest.raises(ConfigError, match="district"):
        load_config(CONFIGS / "no_such_experiment.yaml")


def test_identity_changes_with_any_value_and_only_then(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, PLAIN))
    again = load_config(written(tmp_path, PLAIN + "\n# a remark\n"))
    other = ExperimentConfig.model_validate({**config.model_dump(), "seed": 8})

    assert config.identity == again.identity
    assert config.identity != other.identity
