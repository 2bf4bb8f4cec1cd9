"""The figures of one experiment, from its backtest, by file name."""

from typing import TYPE_CHECKING, TypedDict

import numpy as np
import pandas as pd
import pyarrow as pa

from experiments.backtest import Backtest
from experiments.fitting import LEARNED
from experiments.yields import trigger_yields
from features.drift import psi
from models import plots
from models.artefact import Band
from models.capacity_value import PERFECT, CapacityValue, capacity_value, found_curve
from models.curves import precision_curve
from models.list_overlap import listed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHARES = tuple(float(share) for share in np.geomspace(0.002, 1.0, 40))
_STEPS = 30
_DOTS = 1000
_TRIGGERS = 30


class _Titles(TypedDict):
    outcome: str
    origin: str


def figures(backtest: Backtest) -> "dict[str, Figure]":
    """Return every figure of a backtest; judged by its most trustworthy answer."""
    config, evaluation = backtest.config, backtest.headline[1]
    titles: _Titles = {
        "outcome": f"{config.load_outcome().name}, judged by {backtest.headline[0]}",
        "origin": config.origin,
    }
    rows, scores = backtest.rows, backtest.scores
    capacity, share = backtest.capacities[0], config.capacity_shares[0]
    curves = {
        policy: precision_curve(rows, values, shares=_SHARES, label=backtest.label)
        for policy, values in scores.items()
    }
    shown = {policy: curves[policy] for policy in backtest.shown}
    others = {policy: curve for policy, curve in curves.items() if policy not in shown}
    by_lot = {} if backtest.by_lot is None else backtest.by_lot[LEARNED].at
    base_rate = evaluation.base_rate
    drawn = {
        "precision_and_recall.png": plots.precision_and_recall(
            shown,
            others=others,
            by_lot=by_lot,
            capacity_share=share,
            base_rate=base_rate,
            **titles,
        ),
        "policies.png": plots.policies(evaluation, capacity=capacity.name, **titles),
        "gain_and_lift.png": plots.gain(shown, base_rate=base_rate, **titles),
        "score_distribution.png": plots.score_distribution(
            scores[LEARNED],
            rows[backtest.label].to_numpy(dtype=np.float64, na_value=np.nan),
            bands=[Band(name, start) for name, start in config.bands.items()],
            **titles,
        ),
        "capacity_value.png": _capacity_value(backtest, titles),
        "score_drift.png": plots.score_drift(score_drift(backtest), **titles),
        "split_plan.png": plots.split_plan(backtest.splits, **titles),
        **_influence(backtest, titles),
    }
    reliability = {
        name: one[LEARNED].reliability
        for name, one in backtest.answers.items()
        if one[LEARNED].reliability
    }
    if reliability:
        drawn["calibration.png"] = plots.calibration(reliability, **titles)
    yields = {
        one.trigger: (one.confirmed, one.alerts) for one in trigger_yields(backtest)[:_TRIGGERS]
    }
    if yields:
        at = evaluation[LEARNED].at[capacity.name]
        model = f"{LEARNED}, best {capacity.name}"
        drawn["trigger_yields.png"] = plots.yields(
            {**yields, model: (at.precision, at.visits)},
            base_rate=base_rate,
            highlighted=model,
            **titles,
        )
    return drawn


def worth_of_capacity(backtest: Backtest) -> CapacityValue:
    """Return what more visits and a better model would each find at the headline capacity."""
    return capacity_value(
        backtest.rows,
        backtest.scores[LEARNED],
        policy=LEARNED,
        capacity=backtest.capacities[0],
        seed=backtest.config.seed,
        label=backtest.label,
    )


def score_drift(backtest: Backtest) -> pd.DataFrame:
    """Return one row per test date: quantiles and mean of the model's scores, the observed rate, the PSI.

    ``observed`` is null where nobody's answer is known; ``psi`` is against the first test date.
    """
    rows = backtest.rows[["as_of_date"]].assign(
        score=backtest.scores[LEARNED],
        label=backtest.rows[backtest.label].to_numpy(dtype=np.float64, na_value=np.nan),
    )
    lines, first = [], None
    for day, here in rows.groupby("as_of_date", sort=True):
        now = pa.chunked_array([here["score"].to_numpy()])
        first = now if first is None else first
        quantiles = {f"q{share}": here["score"].quantile(share / 100) for share in (50, 90, 99)}
        lines.append(
            {
                "as_of_date": day,
                **quantiles,
                "mean": here["score"].mean(),
                "observed": here["label"].mean(),
                "psi": psi(first, now, is_class=False),
            }
        )
    return pd.DataFrame(lines)


def _capacity_value(backtest: Backtest, titles: _Titles) -> "Figure":
    best = max(
        (policy for policy in backtest.shown if policy != LEARNED),
        key=lambda policy: (
            backtest.headline[1][policy].at[backtest.capacities[0].name].precision.value
        ),
    )
    top = min(1.0, 3.2 * backtest.config.capacity_shares[0])
    found = found_curve(
        backtest.rows,
        {policy: backtest.scores[policy] for policy in dict.fromkeys((LEARNED, best, "random"))},
        shares=[float(share) for share in np.linspace(top / _STEPS, top, _STEPS)],
        label=backtest.label,
    )
    return plots.capacity_value(found, worth_of_capacity(backtest), perfect=PERFECT, **titles)


def _influence(backtest: Backtest, titles: _Titles) -> "dict[str, Figure]":
    """What moves scores on the list of the last date; only for a learner that can say so."""
    last = backtest.judged[-1]
    model = last.fitted.model
    day = last.rows["as_of_date"].max()
    here = np.flatnonzero((last.rows["as_of_date"] == day).to_numpy())
    on_list = listed(
        last.rows.iloc[here],
        last.scores[LEARNED][here],
        capacity=backtest.capacities[0],
        seed=backtest.config.seed,
    )
    rows = last.rows.iloc[here[on_list]].head(_DOTS)
    names = list(model.encoding.names)
    contributions = model.contributions(rows)[names]
    return {
        "top_features.png": plots.top_features(model.gains(), contributions, **titles),
        "list_beeswarm.png": plots.beeswarm(contributions, rows[names], **titles),
    }
