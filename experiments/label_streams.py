"""A backtest read apart by how answers came to light: need we discovered, and need that was reported to us.

A list exists for households that would never come by themselves. A model that shines on self-reported need and not on
discovered need finds those who need no finding.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from experiments.backtest import Backtest
from experiments.fitting import LEARNED
from features.labels import STREAM_COLUMNS
from models.evaluation import Evaluation, evaluate
from models.resampling import Interval

STREAMS = {column.removesuffix("_label"): column for column in STREAM_COLUMNS}
_DRAWS = 200


def by_stream(
    backtest: Backtest, *, policies: Sequence[str] | None = None, draws: int = _DRAWS
) -> Mapping[str, Evaluation]:
    """Return the evaluation of every policy per stream; a stream with one class only is left out.

    ``policies`` are those wanted; all of them otherwise, which takes a while on a long walk.

    Lists are cut among everybody, as for the observed answer; a household whose answer came to light the other way
    counts as unknown here.
    """
    rows = backtest.rows
    found = {}
    for stream, column in STREAMS.items():
        if column in rows and rows[column].nunique() == 2:
            found[stream] = evaluate(
                rows[["household_id", "as_of_date", column]],
                {name: backtest.scores[name] for name in policies or backtest.scores},
                capacities=backtest.capacities,
                seed=backtest.config.seed,
                label=column,
                probabilities=(LEARNED,),
                draws=draws,
            )
    return found


def stream_table(
    backtest: Backtest, *, policies: Sequence[str] | None = None, draws: int = _DRAWS
) -> pd.DataFrame:
    """Return one row per stream and policy at the first capacity, with the model's lead over the policy.

    Columns: ``stream, policy, answers, positives, precision, recall`` and ``roc_auc`` with ``_low`` and ``_high``,
    ``lead`` (precision of the model less the policy's, paired) with ``_low`` and ``_high``.
    """
    lines = []
    capacity = backtest.capacities[0]
    for stream, evaluation in by_stream(backtest, policies=policies, draws=draws).items():
        for policy, result in evaluation.results.items():
            at = result.at[capacity.name]
            lead = evaluation.compare(LEARNED, policy, capacity=capacity).difference
            lines.append(
                {
                    "stream": stream,
                    "policy": policy,
                    "answers": evaluation.labelled,
                    "positives": evaluation.positives,
                    **_spread("precision", at.precision),
                    **_spread("recall", at.recall),
                    **_spread("roc_auc", result.roc_auc),
                    **_spread("lead", lead),
                }
            )
    table = pd.DataFrame(lines)
    if table.empty:
        return table
    order = np.lexsort((-table["precision"].fillna(-1), table["stream"]))
    return table.iloc[order].reset_index(drop=True)


def _spread(name: str, found: Interval) -> dict[str, float]:
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
