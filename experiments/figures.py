"""The figures of one experiment, from its backtest, by file name."""

from typing import TYPE_CHECKING, TypedDict

import numpy as np

from experiments.backtest import TRUTH, Backtest
from experiments.fitting import LEARNED, best_of
from models import plots
from models.artefact import Band
from models.curves import precision_curve

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHARES = tuple(float(share) for share in np.geomspace(0.002, 1.0, 40))
_EXPLAINED_ROWS = 1000


class _Titles(TypedDict):
    outcome: str
    origin: str


def figures(backtest: Backtest) -> "dict[str, Figure]":
    """Return every figure of a backtest; judged by its most trustworthy answer."""
    config = backtest.config
    answer, evaluation = backtest.headline
    label = TRUTH if backtest.truth is not None else "label"
    titles: _Titles = {
        "outcome": f"{config.load_outcome().name}, judged by {answer}",
        "origin": config.origin,
    }
    rows, scores = backtest.rows, backtest.scores
    capacity = backtest.capacities[0]
    shown = _shown(backtest, capacity.name)
    curves = {
        policy: precision_curve(rows, scores[policy], shares=_SHARES, label=label)
        for policy in shown
    }
    base_rate = evaluation.base_rate
    share = config.capacity_shares[0]
    drawn = {
        "precision_at_capacity.png": plots.precision_at_capacity(
            curves, capacity_share=share, base_rate=base_rate, **titles
        ),
        "policies.png": plots.policies(evaluation, capacity=capacity.name, **titles),
        "gain_and_lift.png": plots.gain(curves, base_rate=base_rate, **titles),
        "score_distribution.png": plots.score_distribution(
            scores[LEARNED],
            rows[label].to_numpy(dtype=np.float64, na_value=np.nan),
            bands=[Band(name, start) for name, start in config.bands.items()],
            **titles,
        ),
        "split_plan.png": plots.split_plan(
            [judged.fitted.split for judged in backtest.judged], **titles
        ),
        "top_features.png": _top_features(backtest, titles),
    }
    reliability = {
        name: one[LEARNED].reliability
        for name, one in (("truth", backtest.truth), ("observed", backtest.observed))
        if one is not None and one[LEARNED].reliability
    }
    if reliability:
        drawn["calibration.png"] = plots.calibration(reliability, **titles)
    return drawn


def _shown(backtest: Backtest, capacity: str) -> list[str]:
    """Return the policies worth a curve: the model, the best of each kind, area and random."""
    table = backtest.headline[1].table()
    best = []
    for prefix in ("rule:", "trigger:"):
        try:
            best.append(str(best_of(table, prefix, capacity=capacity)["policy"]))
        except LookupError:
            continue
    return [LEARNED, *best, "area_mean", "random"]


def _top_features(backtest: Backtest, titles: _Titles) -> "Figure":
    last = backtest.judged[-1]
    highest = np.argsort(-last.scores[LEARNED], kind="stable")[:_EXPLAINED_ROWS]
    model = last.fitted.model
    return plots.top_features(model.gains(), model.contributions(last.rows.iloc[highest]), **titles)
