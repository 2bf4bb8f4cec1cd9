"""The leak alarm on rows of a district: presumed negatives are no labels, decisions are doubted first, proofs count."""

from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace
from typing import cast

import numpy as np
import pandas as pd
import pytest

from experiments.config import ExperimentConfig
from experiments.leak_check import NothingToCheck, leaks_of_rows, with_proof
from experiments.proving import Difference, Proof
from features.registry import Feature, FeatureGroup
from models.leaks.findings import COSTS_TOO_MUCH, NOT_AS_STORED, LeakReport


def number(name: str) -> Feature:
    return Feature(name=name, unit="yuan", missing="unknown", description="made up")


def group(name: str, sources: tuple[str, ...], *columns: str) -> FeatureGroup:
    return FeatureGroup(
        name=name, title=name, sensitivity="S2", sources=sources, build=lambda view: view.spine,
        features=tuple(number(column) for column in columns),
    )  # fmt: skip


GROUPS = (
    group("bills", ("utility_bills",), "debt"),
    group("benefits", ("benefits",), "paid"),
    group("housing", ("housing_tenure",), "rent"),
    group("care", ("medical",), "spent"),
)


@dataclass(frozen=True)
class Asked:
    """As much of an experiment as the check reads."""

    name: str = "made_up"
    seed: int = 7
    untrained_sources: tuple[str, ...] = ("admission",)

    def load_deployment(self) -> SimpleNamespace:
        return SimpleNamespace(groups=GROUPS)

    def model_features(self) -> tuple[Feature, ...]:
        return tuple(feature for one in GROUPS for feature in one.features)


CONFIG = cast("ExperimentConfig", Asked())


def rows(day: str, *, leak: float = 0.0, households: int = 1200) -> pd.DataFrame:
    draw = np.random.default_rng(5)
    debt = draw.normal(size=households)
    label = (draw.random(households) < 1 / (1 + np.exp(2 - 0.8 * debt))).astype(float)
    return pd.DataFrame(
        {
            "household_id": [f"h{place}" for place in range(households)],
            "as_of_date": pd.Timestamp(day),
            "debt": debt,
            "paid": leak * label + draw.normal(size=households),
            "rent": draw.normal(size=households),
            "spent": draw.normal(size=households),
            "label": pd.array(label, dtype="Int64"),
            "label_source": "visit",
        }
    )


def looked(past: pd.DataFrame, night: pd.DataFrame) -> LeakReport:
    return leaks_of_rows(past, night, config=CONFIG, ceiling=0.91)


def test_a_group_of_decisions_that_carries_the_ranking_rings_and_an_honest_one_does_not() -> None:
    honest = looked(rows("2025-01-01"), rows("2025-09-01"))
    assert honest.leaks == ()
    assert set(honest.losses) == {"bills", "benefits", "housing", "care"}
    leaking = looked(rows("2025-01-01", leak=1.3), rows("2025-09-01"))
    assert [(one.kind, one.column) for one in leaking.leaks] == [(COSTS_TOO_MUCH, "benefits")]
    assert "earlier decisions" in leaking.leaks[0].sentence


def test_labels_nobody_gave_are_not_looked_at_and_none_at_all_gets_a_sentence() -> None:
    past = rows("2025-01-01")
    past.loc[:99, "label_source"] = "admission"
    past.loc[100:149, "label"] = pd.NA
    assert looked(past, rows("2025-09-01")).rows == 1200 - 150
    with pytest.raises(NothingToCheck, match="choose training dates"):
        looked(past.assign(label=pd.array([pd.NA] * 1200, dtype="Int64")), rows("2025-09-01"))


def test_what_its_night_did_not_know_is_a_leak_counted_once_per_date() -> None:
    report = looked(rows("2025-01-01"), rows("2025-09-01"))
    day = date(2025, 1, 1)
    proof = Proof(
        dates=(day,), stored=(day,), households=200, values=4000, set_aside={},
        differences=tuple(
            Difference(as_of_date=day, against=against, group="benefits", column="paid", households=50)
            for against in ("stored", "training")
        ),
    )  # fmt: skip
    (found,) = with_proof(report, proof).leaks
    assert (found.kind, found.column, found.seen) == (NOT_AS_STORED, "paid", 0.25)
    assert "features prove" in found.advice
