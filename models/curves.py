"""What a policy reaches as the list grows: precision, recall and households found at many capacities."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.answers import checked_scores, read_answers
from models.resampling import wilson
from models.top_of_list import Capacity, RankedRows


def precision_curve(
    frame: pd.DataFrame,
    scores: npt.ArrayLike,
    *,
    shares: Sequence[float],
    label: str = "label",
    propensity: str | None = None,
) -> pd.DataFrame:
    """Return ``share, visits, precision, recall, low, high`` at every share, Wilson intervals.

    Args:
        frame: ``as_of_date``, the label and, where asked for, the propensity.
        scores: one per row.
        shares: of the rows of each date, in (0, 1].
        label: column with 1, 0 or null.
        propensity: as in :func:`models.evaluation.evaluate`; intervals are then those of the
            labelled rows themselves, because a weighted row is no more evidence than one.
    """
    answers = read_answers(frame, label=label, propensity=propensity)
    values = checked_scores("curve", scores, rows=len(frame))
    ranked = RankedRows(
        values, positives=answers.positives, labelled=answers.labelled, dates=answers.dates
    )
    seen = ranked
    if propensity is not None:
        known = answers.known.astype(np.float64)
        seen = RankedRows(values, positives=known, labelled=known, dates=answers.dates)
    total = float(answers.positives.sum())
    lines = []
    for share in shares:
        found, labelled = ranked.expected(Capacity(share=share))
        _, visits = seen.expected(Capacity(share=share))
        precision = found / labelled if labelled else float("nan")
        spread = wilson(precision * visits, of=visits)
        recall = found / total if total else float("nan")
        lines.append((share, visits, precision, recall, spread.low, spread.high))
    return pd.DataFrame(lines, columns=["share", "visits", "precision", "recall", "low", "high"])
