"""Policies against each other on the same rows: which differences are noise.

Differences are paired: the same households are redrawn for both, with all their dates. Each subset is
ranked and cut again as a population of its own.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from models.answers import EvaluationError
from models.evaluation import Evaluation, evaluate
from models.list_overlap import Rows
from models.ordering import Floats
from models.resampling import LEVEL, Interval
from models.top_of_list import Capacity

Verdict = Literal["better", "worse", "noise", "cannot tell"]

FEWEST_GRADED = 30
"""Graded visits of both policies together below which a difference is not judged."""


def verdict(difference: Interval, *, graded: float) -> Verdict:
    """Say what a paired difference shows: ``noise`` if its interval holds 0.

    ``cannot tell``: fewer than :data:`FEWEST_GRADED` graded visits, or no interval.
    """
    if graded < FEWEST_GRADED or np.isnan(difference.low) or np.isnan(difference.high):
        return "cannot tell"
    if difference.low > 0:
        return "better"
    return "worse" if difference.high < 0 else "noise"


def subset_figures(
    frame: pd.DataFrame,
    scores: Mapping[str, Floats],
    *,
    subsets: Mapping[str, Rows],
    capacities: Sequence[Capacity],
    seed: int,
    label: str = "label",
    propensity: str | None = None,
    draws: int = 500,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Grade every policy in every subset, and the first policy against each other one.

    Args:
        frame: rows a list could hold, as of :func:`models.evaluation.evaluate`.
        scores: one score per row and policy; the first is compared with the others.
        subsets: rows of each subset, by name; in order.
        capacities: where to cut, as shares of the subset or numbers.
        seed: of the draws of households.
        label: column with 1, 0 or null.
        propensity: column with the chance that a label was looked at by lot, or None.
        draws: of households, for the intervals.

    Returns:
        Two tables. Figures: one row per subset, policy and capacity with precision and recall, intervals,
        and precision in the luckiest and unluckiest order of ties. Differences: one row per subset, other
        policy and capacity with the difference of precision (first minus other), its interval, the ratio,
        and the verdict. A subset without a known answer has one line that says so in ``note``.
    """
    figures, differences = [], []
    first, *others = scores
    for name, rows in subsets.items():
        try:
            found = evaluate(
                frame.loc[rows],
                {policy: values[rows] for policy, values in scores.items()},
                capacities=capacities,
                seed=seed,
                label=label,
                propensity=propensity,
                draws=draws,
            )
        except EvaluationError as error:
            figures.append({"subset": name, "rows": int(rows.sum()), "note": str(error)})
            continue
        figures += _figures(name, found, capacities)
        differences += [
            _difference(name, found, first, other, capacity, weighted=propensity is not None)
            for other in others
            for capacity in capacities
        ]
    return pd.DataFrame(figures), pd.DataFrame(differences)


def expected_by_chance(differences: pd.DataFrame) -> float:
    """Return how many of the judged differences would look real if all were noise."""
    judged = 0 if differences.empty else int((differences["verdict"] != "cannot tell").sum())
    return judged * (1 - LEVEL)


def _figures(
    subset: str, found: Evaluation, capacities: Sequence[Capacity]
) -> list[dict[str, object]]:
    lines: list[dict[str, object]] = []
    for policy, result in found.results.items():
        for capacity in capacities:
            at = result.at[capacity.name]
            lines.append(
                {
                    "subset": subset,
                    "rows": found.rows,
                    "labelled": found.labelled,
                    "positives": found.positives,
                    "policy": policy,
                    "capacity": capacity.name,
                    "visits": at.visits,
                    "graded_visits": at.visits - at.unlabelled,
                    "precision": at.precision.value,
                    "precision_low": at.precision.low,
                    "precision_high": at.precision.high,
                    "precision_best": at.best,
                    "precision_worst": at.worst,
                    "recall": at.recall.value,
                    "recall_low": at.recall.low,
                    "recall_high": at.recall.high,
                    "note": "",
                }
            )
    return lines


def _difference(
    subset: str, found: Evaluation, first: str, other: str, capacity: Capacity, *, weighted: bool
) -> dict[str, object]:
    compared = found.compare(first, other, capacity=capacity)
    mine, theirs = found[first].at[capacity.name], found[other].at[capacity.name]
    # Of a random slice only the labelled were looked at, and they are few: their number decides.
    graded = (
        float(found.labelled) if weighted else 2 * mine.visits - mine.unlabelled - theirs.unlabelled
    )
    return {
        "subset": subset,
        "capacity": capacity.name,
        "policy": first,
        "other": other,
        "precision": mine.precision.value,
        "other_precision": theirs.precision.value,
        "difference": compared.difference.value,
        "low": compared.difference.low,
        "high": compared.difference.high,
        "ratio": compared.ratio.value,
        "ratio_low": compared.ratio.low,
        "ratio_high": compared.ratio.high,
        "graded": graded,
        "verdict": verdict(compared.difference, graded=graded),
    }
