"""Visits by lot after a model was frozen, told apart by whose list the household was on."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd

from experiments.promotion.by_lot import frozen_on, months, prospective
from experiments.promotion.from_a_run import hygiene_of
from models.gate.decisions import append
from models.gate.evidence import Arm, LabelHygiene, Prospective
from models.gate.on_the_slice import calibration_on_slice

FIRST, SECOND = date(2026, 1, 1), date(2026, 2, 1)
NEW, OLD = SimpleNamespace(artefact_id="new"), SimpleNamespace(artefact_id="old")
LISTS = {
    ("new", FIRST): {"a", "b"}, ("old", FIRST): {"b", "c"},
    ("new", SECOND): {"a"}, ("old", SECOND): {"z"},
}  # fmt: skip
VISITS = {
    FIRST: pd.DataFrame({"household_id": ["a", "b", "c", "d"], "found": [1, 0, 1, 0]}),
    SECOND: pd.DataFrame({"household_id": ["a", "d"], "found": [1, 0]}),
}


class Lists:
    """The tops of two models on two nights."""

    def of(self, model: SimpleNamespace, night: date) -> Collection[str]:
        return LISTS[model.artefact_id, night]


def test_visits_count_for_the_lists_the_household_was_on() -> None:
    found = prospective(Lists(), NEW, OLD, nights=[FIRST, SECOND], visits=VISITS.__getitem__)  # type: ignore[arg-type]

    assert found == Prospective(
        challenger=Arm(visits=3, found=2),
        champion=Arm(visits=2, found=1),
        random=Arm(visits=6, found=3),
    )


def test_without_a_champion_or_visits_there_is_no_such_arm() -> None:
    alone = prospective(Lists(), NEW, None, nights=[FIRST], visits=VISITS.__getitem__)  # type: ignore[arg-type]
    assert alone is not None
    assert alone.champion is None

    nobody = VISITS[FIRST].iloc[:0]
    assert prospective(Lists(), NEW, OLD, nights=[FIRST], visits=lambda _: nobody) is None  # type: ignore[arg-type]


def test_months_begin_when_the_model_was_frozen_and_end_before_today(tmp_path: Path) -> None:
    for back in range(100):
        day = FIRST + timedelta(days=back)
        (tmp_path / "lists" / str(day)).mkdir(parents=True)
        (tmp_path / "lists" / str(day) / "manifest.json").touch()
        (tmp_path / "matrices").mkdir(exist_ok=True)
        (tmp_path / "matrices" / f"{day}.parquet").touch()

    since = FIRST + timedelta(days=5)
    assert months(tmp_path, since=since, until=since + timedelta(days=29)) == ()
    assert months(tmp_path, since=since, until=since + timedelta(days=60)) == (
        since,
        since + timedelta(days=30),
    )
    (tmp_path / "matrices" / f"{since}.parquet").unlink()
    assert months(tmp_path, since=since, until=since + timedelta(days=31))[0] == since + timedelta(
        days=1
    )


def test_a_model_is_frozen_when_the_gate_first_heard_of_it(tmp_path: Path) -> None:
    assert frozen_on(tmp_path, NEW) is None  # type: ignore[arg-type]
    for day in ("2026-02-03T10:00", "2026-03-01T10:00"):
        append(
            tmp_path, "refusal", at=datetime.fromisoformat(day), by="x", artefact_id="new",
            said="", details={},
        )  # fmt: skip
    assert frozen_on(tmp_path, NEW) == date(2026, 2, 3)  # type: ignore[arg-type]
    assert frozen_on(tmp_path, OLD) is None  # type: ignore[arg-type]


def test_negatives_nobody_answered_for_are_counted() -> None:
    trained_on = pd.DataFrame(
        {
            "trained_on": pd.array([0, 0, 0, 0, 0, 1, None], dtype="Int64"),
            "label_source": ["visit", "unseen", "unreached", "refused", "moved", "unreached", "moved"],
        }
    )  # fmt: skip
    assert hygiene_of(trained_on) == LabelHygiene(negatives=5, unreachable=1, refused=1, moved=1)


class TestCalibrationOnTheSlice:
    def test_true_probabilities_stay_under_what_chance_shows(self) -> None:
        drawn = np.random.default_rng(11)
        probabilities = drawn.beta(1, 9, 1000)
        labels = (drawn.random(1000) < probabilities).astype(float)

        found = calibration_on_slice(probabilities, labels, seed=1)
        assert found is not None
        assert found.visits == 1000
        assert found.error <= found.by_chance < 0.06
        assert found.top_observed.low < found.top_predicted < found.top_observed.high

        doubled = calibration_on_slice(np.minimum(1, probabilities * 2), labels, seed=1)
        assert doubled is not None
        assert doubled.error > doubled.by_chance
        assert doubled.top_predicted > doubled.top_observed.high

    def test_without_visits_there_is_nothing(self) -> None:
        assert calibration_on_slice(np.array([]), np.array([]), seed=1) is None
