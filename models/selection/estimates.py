"""Precision and recall at capacity and ROC-AUC of everybody, estimated from the households drawn by lot.

Labels of households that staff chose say what staff are good at choosing. Here every answered draw counts for the
households it stands for, 1 / its chance, so the estimates are of all rows, visited or not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.ordering import Floats
from models.probability_metrics import auc_parts
from models.resampling import Interval
from models.selection.lots import Flags, Lot, share_on_list
from models.selection.survey import logit_interval, plain_interval, share_interval, variance
from models.top_of_list import Capacity

Estimator = Literal["hajek", "horvitz_thompson"]
"""How precision is divided: by the estimated length of the list, or by its known length.

Hajek's has less variance and does not need the chances' scale; Horvitz-Thompson's is unbiased to the last digit, if
the chances are those of the whole label window (:func:`models.selection.importance.chance_over`). Recall and ROC-AUC
divide by estimates either way.
"""


@dataclass(frozen=True, kw_only=True)
class SliceEstimates:
    """One policy at one capacity, judged by lot; NaN where no answered draw says anything.

    ``drawn`` and ``answered`` rows; ``answered_on_list`` are those answered that the list could hold;
    ``positives`` answered draws in need.
    """

    capacity: str
    drawn: int
    answered: int
    answered_on_list: int
    positives: int
    base_rate: Interval
    precision: Interval
    recall: Interval
    roc_auc: Interval

    def line(self) -> Mapping[str, object]:
        """Return the estimates as one row of a table, three columns each."""
        counts = {
            name: getattr(self, name)
            for name in ("capacity", "drawn", "answered", "answered_on_list", "positives")
        }
        shares: dict[str, object] = {}
        for name in ("base_rate", "precision", "recall", "roc_auc"):
            found: Interval = getattr(self, name)
            shares |= {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
        return {**counts, **shares}


def at_capacity(
    lot: Lot, scores: Floats, *, capacity: Capacity, estimator: Estimator = "hajek"
) -> SliceEstimates:
    """Estimate one policy's precision, recall and ROC-AUC among all rows, each with a 95 % interval.

    Args:
        lot: the rows and what the lot found.
        scores: one per row, higher is visited first; each date is cut on its own.
        capacity: where to cut.
        estimator: what precision is divided by.

    Raises:
        ValueError: another number of scores than rows.
    """
    listed = _listed(lot, scores, capacity)
    answered = _Answered.of(lot)
    labels, on_list = answered.labels, listed[lot.answered]
    if estimator == "hajek":
        precision = answered.share(labels * on_list, among=on_list)
        base_rate = answered.share(labels, among=np.ones_like(labels))
    else:
        precision = answered.share_of_known(
            labels * on_list, among=on_list, size=float(listed.sum())
        )
        base_rate = answered.share_of_known(
            labels, among=np.ones_like(labels), size=float(len(listed))
        )
    return SliceEstimates(
        capacity=capacity.name,
        drawn=int(lot.drawn.sum()),
        answered=len(labels),
        answered_on_list=int((on_list > 0).sum()),
        positives=int(labels.sum()),
        base_rate=base_rate,
        precision=precision,
        recall=answered.share(labels * on_list, among=labels),
        roc_auc=answered.roc_auc(scores[lot.answered]),
    )


def precision_difference(
    lot: Lot, scores: Floats, others: Floats, *, capacity: Capacity
) -> Interval:
    """Return the precision of ``scores`` less that of ``others`` at ``capacity``, both judged by the same draws.

    What a draw says of both lists cancels, so the interval is narrower than the two apart suggest.
    """
    answered = _Answered.of(lot)
    first, second = (
        answered.linearised(answered.labels * listed[lot.answered], among=listed[lot.answered])
        for listed in (_listed(lot, one, capacity) for one in (scores, others))
    )
    parts = first[1] - second[1]
    return plain_interval(
        first[0] - second[0], answered.spread(parts), units=answered.units(parts != 0)
    )


def _listed(lot: Lot, scores: Floats, capacity: Capacity) -> Floats:
    if scores.shape != lot.labels.shape:
        raise ValueError(f"{scores.shape} scores for {len(lot.labels)} rows")
    return share_on_list(scores, dates=lot.dates, capacity=capacity)


@dataclass(frozen=True)
class _Answered:
    """The answered draws alone, with their weights; ``chances`` are of being drawn and met."""

    lot: Lot
    labels: Floats
    weights: Floats
    chances: Floats

    @classmethod
    def of(cls, lot: Lot) -> "_Answered":
        kept = lot.answered
        weights = lot.weights()[kept]
        return cls(lot, lot.labels[kept], weights, 1 / weights)

    def linearised(self, counted: Floats, *, among: Floats) -> tuple[float, Floats]:
        """Return a ratio of weighted sums, and what each row adds to its error."""
        size = float((self.weights * among).sum())
        if not size:
            return float("nan"), np.zeros_like(self.labels)
        share = float((self.weights * counted).sum()) / size
        return share, self.weights * (counted - share * among) / size

    def share(self, counted: Floats, *, among: Floats) -> Interval:
        share, parts = self.linearised(counted, among=among)
        return self._interval(share, parts, among)

    def share_of_known(self, counted: Floats, *, among: Floats, size: float) -> Interval:
        parts = self.weights * counted / size
        return self._interval(float(parts.sum()), parts, among)

    def roc_auc(self, scores: Floats) -> Interval:
        parts = auc_parts(scores, self.labels, weights=self.weights)
        errors, fewest = np.zeros_like(self.labels), []
        for side in (parts.positives, parts.negatives):
            count = self.units(side > 0)
            if count < 2:
                return Interval(parts.auc, float("nan"), float("nan"))
            # DeLong, DeLong and Clarke-Pearson (1988): each class has its own degrees of freedom.
            freedom = (count / (count - 1)) ** 0.5
            errors += freedom * side / side.sum() * (parts.shares - parts.auc)
            fewest.append(count)
        return logit_interval(parts.auc, self.spread(errors), units=min(fewest))

    def spread(self, parts: Floats) -> float:
        kept = self.lot.answered
        return variance(
            parts,
            chances=self.chances,
            households=self.lot.households[kept],
            strata=self.lot.strata[kept] if self.lot.counted else None,
        )

    def units(self, rows: Flags) -> int:
        return len(np.unique(self.lot.households[self.lot.answered][rows]))

    def _interval(self, share: float, parts: Floats, among: Floats) -> Interval:
        inside = among > 0
        return share_interval(
            share,
            self.spread(parts),
            weights=(self.weights * among)[inside],
            chances=self.chances[inside],
            units=self.units(inside),
        )
