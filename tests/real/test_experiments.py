"""The two experiment files say what docs/real_households.md says."""

from pathlib import Path

import pytest

import experiments
from experiments.config import ExperimentConfig, load_config
from experiments.real.hps.deliver import as_of_date
from models.rules.triggers import load_triggers
from models.splits import given_split

CONFIGS = Path(experiments.__file__).parent / "configs"


@pytest.fixture(params=["hps_food", "hps_housing"])
def config(request: pytest.FixtureRequest) -> ExperimentConfig:
    return load_config(CONFIGS / f"{request.param}.yaml")


def test_waves_1_to_7_train_8_calibrates_9_to_11_judge(config: ExperimentConfig) -> None:
    split = given_split(
        train_dates=config.train_dates,
        test_dates=config.test_dates,
        label_window_days=config.load_outcome().window_days,
        calibration_span=config.calibration_span,
    )
    assert split.train_dates == tuple(as_of_date(wave) for wave in range(1, 8))
    assert split.calibration_dates == (as_of_date(8),)
    assert split.test_dates == tuple(as_of_date(wave) for wave in (9, 10, 11))
    assert split.labels_closed_on <= split.test_dates[0]


def test_a_household_nobody_asked_again_is_not_presumed_fine(config: ExperimentConfig) -> None:
    assert config.unseen_weight == 0
    assert config.origin == "real households"


def test_its_deployment_loads_with_every_group_and_rule(config: ExperimentConfig) -> None:
    deployment = config.load_deployment()
    assert {group.name for group in deployment.groups} == {"answers", "before", "state"}
    rules = load_triggers(
        deployment.triggers, features=deployment.features, region=deployment.region
    )
    assert {"food_confidence_low", "payment_confidence_low"} <= set(rules.trigger_ids)


def test_nobody_is_sought_out_for_race_or_origin(config: ExperimentConfig) -> None:
    columns = {
        column
        for contract in config.load_deployment().contracts.values()
        for column in contract.column_names
    }
    assert "curfoodsuf" in columns
    assert not columns & {"rrace", "rhispanic", "arace", "ahispanic"}
