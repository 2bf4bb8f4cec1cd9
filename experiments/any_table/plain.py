"""What somebody would do without a model: random order, the best single column, the past rate of each group."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from experiments.any_table.alarms import single_columns
from experiments.any_table.columns import Inputs, Matrix
from experiments.any_table.folds import Fold
from experiments.any_table.reading import WideTable
from models.ordering import Floats

RANDOM = "random"


def plain_scores(table: WideTable, inputs: Inputs, fold: Fold, *, seed: int) -> dict[str, Floats]:
    """Return a score per judged row of ``fold`` and plain policy, learned from its other rows."""
    labels = table.labels[fold.train]
    found = {RANDOM: np.random.default_rng((seed, 41)).random(len(fold.test))}
    numbers = [place for place, one in enumerate(inputs.inputs) if one.kind == "number"]
    if numbers:
        kept = Inputs(
            matrix=inputs.matrix[fold.train][:, numbers],
            inputs=tuple(inputs.inputs[place] for place in numbers),
            left_out={},
        )
        alone = single_columns(kept, labels, np.arange(len(labels)), seed=seed)
        best = max(alone, key=alone.__getitem__)
        place = inputs.names.index(best)
        learned, judged = inputs.matrix[fold.train, place], inputs.matrix[fold.test, place]
        rises = _mean(learned, labels == 1) >= _mean(learned, labels == 0)
        found["best single column"] = np.nan_to_num(judged if rises else -judged, nan=-1e30).astype(
            float
        )
    for name in table.groups.columns:
        learned_groups = table.groups[name].iloc[fold.train].reset_index(drop=True)
        sums = (
            pd.Series(labels).groupby(learned_groups.to_numpy(dtype=object)).agg(["sum", "count"])
        )
        rate = (sums["sum"] + 20 * labels.mean()) / (sums["count"] + 20)
        here = table.groups[name].iloc[fold.test].map(rate).fillna(labels.mean())
        found[f"past rate of {name}"] = here.to_numpy(dtype=np.float64)
    return found


def _mean(values: Matrix, rows: npt.NDArray[np.bool_]) -> float:
    known = values[rows & ~np.isnan(values)]
    return float(known.mean()) if len(known) else 0.0
