"""A backtest read per stream and by lot: whose answers count, and whose lead is whose."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from experiments.label_streams import by_stream, stream_table
from experiments.random_slice import slice_table
from models.top_of_list import Capacity

NAN = float("nan")
COUNT = 400
_RNG = np.random.default_rng(1)
_NEED = (np.arange(COUNT) % 4 == 0).astype(float)
_DRAWN = np.arange(COUNT) % 3 == 0
_FOUND = np.arange(COUNT) < 200


def backtest(**changed: object) -> SimpleNamespace:
    """The model knows discovered need and nothing of reported need; calls know it the other way."""
    noise = _RNG.random(COUNT)
    rows = pd.DataFrame(
        {
            "household_id": [f"h{place}" for place in range(COUNT)],
            "as_of_date": pd.Timestamp("2025-11-01"),
            "label": _NEED,
            "discovered_label": np.where(_FOUND, _NEED, NAN),
            "self_reported_label": np.where(_FOUND, NAN, _NEED),
            "random_label": np.where(_DRAWN, _NEED, NAN),
            "random_propensity": np.where(_DRAWN, 1 / 3, NAN),
        }
    ).assign(**changed)
    scores = {
        "model": np.where(_FOUND, _NEED + noise, noise) / 3,
        "calls": np.where(_FOUND, noise, _NEED + noise),
    }
    return SimpleNamespace(
        rows=rows,
        scores=scores,
        capacities=(Capacity(share=0.1),),
        config=SimpleNamespace(seed=7),
    )


def test_each_stream_is_judged_by_its_own_answers() -> None:
    table = stream_table(backtest(), draws=50).set_index(["stream", "policy"])

    assert set(table["answers"]) == {200}
    assert table.loc[("discovered", "model"), "precision"] == 1
    assert table.loc[("self_reported", "calls"), "precision"] == 1
    assert table.loc[("discovered", "calls"), "lead_low"] > 0
    assert table.loc[("self_reported", "calls"), "lead_high"] < 0
    assert table.loc[("discovered", "model"), "lead"] == 0


def test_a_stream_with_one_class_only_is_left_out() -> None:
    assert set(by_stream(backtest(self_reported_label=1.0), draws=5)) == {"discovered"}
    nothing = {"discovered_label": NAN, "self_reported_label": NAN}
    assert stream_table(backtest(**nothing), draws=5).empty


def test_by_lot_every_policy_has_intervals_and_the_lead_over_it() -> None:
    table = slice_table(backtest()).set_index("policy")

    assert list(table["answered"]) == [134, 134]
    assert table.loc["model", "base_rate_low"] < 0.25 < table.loc["model", "base_rate_high"]
    assert table.loc["calls", "precision"] == pytest.approx(1)
    assert table.loc["model", "lead"] == 0


def test_without_a_random_slice_there_is_no_table() -> None:
    assert slice_table(backtest(random_label=NAN)).empty
