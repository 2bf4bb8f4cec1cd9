"""The learner in an experiment file: a choice by its kind, and a wrong key is named with its place."""

from pathlib import Path

import pytest

from experiments.config import ConfigError, ExperimentConfig, load_config
from models.learners.scorecard import ScorecardSettings
from models.learners.settings import MixedSettings, as_parameters, name_of
from models.learners.trees import LearnerSettings
from tests.experiments.test_config import PLAIN, written

BLEND = """
learner:
  kind: blend
  candidates:
    - {kind: scorecard, bins: 4}
    - {leaves: 6}
    - {kind: estimator, path: sklearn.naive_bayes.GaussianNB}
"""


def test_the_kind_decides(tmp_path: Path) -> None:
    assert isinstance(load_config(written(tmp_path, PLAIN)).learner, LearnerSettings)
    card = load_config(written(tmp_path, PLAIN + "learner: {kind: scorecard, bins: 3}"))
    assert card.learner == ScorecardSettings(bins=3)
    blend = load_config(written(tmp_path, PLAIN + BLEND)).learner
    assert isinstance(blend, MixedSettings)
    assert [name_of(one) for one in blend.candidates] == ["scorecard", "lightgbm", "GaussianNB"]
    parameters = as_parameters(blend)
    assert parameters["learner"] == "blend"
    assert '"bins": 4' in parameters["candidate_0"]


def test_trees_keep_their_identity_with_or_without_their_kind(tmp_path: Path) -> None:
    without = load_config(written(tmp_path, PLAIN + "learner: {leaves: 6}"))
    named = load_config(written(tmp_path, PLAIN + "learner: {kind: lightgbm, leaves: 6}"))

    assert without.identity == named.identity == "765225328a0c"


def test_a_configuration_survives_being_written(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, PLAIN + BLEND))

    assert ExperimentConfig.model_validate(config.model_dump(mode="json")) == config


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("learner: {kind: forest}", "learner: kind must be one of lightgbm, scorecard, logistic"),
        ("learner: {kind: scorecard, binz: 3}", "learner.scorecard.binz: no such key"),
        ("learner: {leavs: 3}", "learner.lightgbm.leavs: no such key"),
        ("learner: {kind: estimator}", "learner.estimator.path"),
        (
            BLEND.replace("leaves", "leavs"),
            "learner.blend.candidates.1.lightgbm.leavs: no such key",
        ),
        (
            BLEND.replace("kind: scorecard, bins: 4", "kind: blend"),
            "learner.blend.candidates.0: kind",
        ),
        ("calibration: stairs", "calibration: input should be"),
        ("uncertainty: {refit: 5}", "uncertainty.refit: no such key"),
    ],
)
def test_a_wrong_key_is_named_with_its_place_and_file(
    tmp_path: Path, lines: str, told: str
) -> None:
    path = written(tmp_path, PLAIN + lines)

    with pytest.raises(ConfigError) as refused:
        load_config(path)

    assert told in str(refused.value)
    assert str(refused.value).startswith(str(path))
    assert "http" not in str(refused.value)
