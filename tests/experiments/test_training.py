"""`zhaoren-lab train` on made-up rows: intervals are kept, and what cannot be kept as text is judged all the same."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import yaml

from experiments import backtest as walking
from experiments import logged
from experiments import train as training
from experiments.assembled import Assembled
from experiments.cli import REFUSED, main
from experiments.command_line import GATE_SAYS_NO
from experiments.config import ExperimentConfig
from experiments.model_card.page import card
from experiments.promotion import from_a_run
from experiments.train import Trained, train
from models.learners.learned import LearnerError
from models.tracking import Tracking
from tests.experiments import made_up_rows as made_up

AT = datetime(2026, 1, 1)  # noqa: DTZ001 the bureau's own clock
SAID = made_up.CONFIG.model_dump(mode="json")
ESTIMATOR = {
    **SAID,
    "name": "any_estimator",
    "learner": {"kind": "estimator", "path": "sklearn.naive_bayes.GaussianNB"},
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def made_up_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Assembled(
        made_up.CONFIG, made_up.rows(), made_up.few_rules(), dict.fromkeys(made_up.DATES, "0" * 16)
    )
    monkeypatch.setattr(
        walking, "assemble", lambda _, config, *__, **___: replace(source, config=config)
    )
    monkeypatch.setattr(logged, "figures", lambda _: {})
    for slow in ("_log_groups", "_log_splits", "_log_policies"):  # see test_logged_runs.py
        monkeypatch.setattr(logged, slow, lambda *_: None)
    monkeypatch.setattr(from_a_run, "_who_is_missed", lambda *_: None)


def test_intervals_and_the_facts_of_the_card_are_kept_with_a_model(home: Path) -> None:
    config = ExperimentConfig.model_validate({**SAID, "uncertainty": {"refits": 5}})
    found = train(home, config, truth=None, at=AT, by="t", promote_as_champion=False)

    rows, judged = found.backtest.rows, found.backtest.judged[0].fitted.spread
    kept = found.artefact.spread()
    assert kept is not None
    assert judged is not None
    assert np.allclose(kept.deviation(rows), judged.deviation(rows), atol=1e-12)
    assert found.registered is not None
    written = card(home, found.artefact, languages=("zh", "en"), as_of_date=AT.date())
    assert found.artefact.artefact_id in written


@pytest.mark.parametrize(("command", "code"), [(["run"], 0), (["train", "--promote"], REFUSED)])
def test_what_cannot_be_promoted_is_judged_and_logged_and_then_says_so(
    command: list[str], code: int, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "any_estimator.yaml"
    file.write_text(yaml.safe_dump({**ESTIMATOR, "name": command[0]}), "utf-8")

    assert main([*command, "--home", str(home), "--config", str(file)]) == code

    told = capsys.readouterr()
    assert "last_years_list" in told.out
    assert "mlflow ui" in told.out
    sentence = "GaussianNB can be judged and compared but not written or promoted"
    said = " ".join(told.err.split()), " ".join(told.out.split())
    assert (sentence in said[0], sentence in said[1]) == (code == REFUSED, code == 0)
    [ended] = Tracking(home).best(command[0], metric="observed_precision_10pct")["status"]
    assert ended == "FINISHED"


@pytest.mark.parametrize("promoted", [True, False])
def test_the_exit_code_says_whether_the_gate_let_it_through(
    promoted: bool,
    home: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = train(home, made_up.CONFIG, truth=None, at=AT, by="t", promote_as_champion=False)
    monkeypatch.setattr(Trained, "promoted", property(lambda _: promoted))
    monkeypatch.setattr(training, "train", lambda *_, **__: found)
    file = tmp_path / "asked.yaml"
    file.write_text(yaml.safe_dump(SAID), "utf-8")
    asked = ["--home", str(home), "--config", str(file)]

    assert main(["train", "--promote", *asked]) == (0 if promoted else GATE_SAYS_NO)
    assert "mlflow ui" in capsys.readouterr().out
    assert main(["train", *asked]) == 0


def test_a_model_that_is_not_kept_has_no_artefact_to_ask_for(home: Path) -> None:
    config = ExperimentConfig.model_validate(ESTIMATOR)
    found = train(home, config, truth=None, at=AT, by="t", promote_as_champion=True)

    assert found.registered is None
    assert not found.promoted
    with pytest.raises(LearnerError, match="not written or promoted"):
        _ = found.artefact
