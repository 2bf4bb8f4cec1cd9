"""What the published triggers' own alerts were worth, however many there were."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from experiments.backtest import TRUTH, Backtest
from models.resampling import Interval, wilson

PUBLISHED = "trigger:"


@dataclass(frozen=True)
class TriggerYield:
    """One trigger: rows it fired for with a known answer, and the share of them in need.

    The interval is Wilson's over rows; a household judged on two dates counts twice, so it is
    somewhat narrow.
    """

    trigger: str
    alerts: int
    confirmed: Interval


def trigger_yields(backtest: Backtest) -> list[TriggerYield]:
    """Return the yield of every published trigger that fired, most alerts first."""
    labels, known = _answers(backtest)
    found = []
    for policy, scores in backtest.scores.items():
        fired = (scores > 0) & known
        if policy.startswith(PUBLISHED) and fired.any():
            confirmed = wilson(float(labels[fired].sum()), of=float(fired.sum()))
            found.append(TriggerYield(policy, int(fired.sum()), confirmed))
    return sorted(found, key=lambda one: (-one.alerts, one.trigger))


def need_without_trigger(backtest: Backtest) -> Interval:
    """Return the share of rows in need for which no published trigger fired."""
    labels, known = _answers(backtest)
    fired = np.zeros(len(labels), dtype=bool)
    for policy, scores in backtest.scores.items():
        if policy.startswith(PUBLISHED):
            fired |= scores > 0
    in_need = known & (labels == 1)
    return wilson(float((in_need & ~fired).sum()), of=float(in_need.sum()))


def _answers(
    backtest: Backtest,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    label = TRUTH if backtest.truth is not None else "label"
    labels = backtest.rows[label].to_numpy(dtype=np.float64, na_value=np.nan)
    return labels, ~np.isnan(labels)
