"""A trigger's yield counts its own alerts with a known answer, and nobody else's."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from experiments.yields import need_without_trigger, trigger_yields

BACKTEST = SimpleNamespace(
    truth=object(),
    rows=pd.DataFrame({"truth": [1.0, 0.0, 1.0, 1.0, np.nan]}),
    scores={
        "trigger:two_alerts": np.array([1.5, 1.2, 0.0, 0.0, 1.1]),
        "trigger:silent": np.zeros(5),
        "signal:our_own": np.ones(5),
        "model": np.ones(5),
    },
)


def test_only_fired_rows_with_a_known_answer_count() -> None:
    [only] = trigger_yields(BACKTEST)

    assert (only.trigger, only.alerts, only.confirmed.value) == ("trigger:two_alerts", 2, 0.5)


def test_need_that_only_our_own_signals_see_fires_no_published_trigger() -> None:
    missed = need_without_trigger(BACKTEST)

    assert missed.value == pytest.approx(2 / 3)
