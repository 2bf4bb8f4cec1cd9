"""The answers a frame holds, read once for every way of grading: who is known, with what weight, on which date.

A label nobody knows stays unknown: such a row takes part in the ranking and is never graded.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.ordering import Floats, Positions


class EvaluationError(ValueError):
    """The rows or scores cannot be graded."""


@dataclass(frozen=True)
class Answers:
    """Labels of a frame's rows in its order, NaN where nobody knows, and the weight of each."""

    labels: Floats
    weights: Floats
    """1, or the inverse propensity of the lot; 0 where a lot was drawn and the label is unknown."""
    dates: tuple[Positions, ...]
    """Row positions of each as_of_date: each has a list of its own."""

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Which rows have a label."""
        return ~np.isnan(self.labels)

    @property
    def positives(self) -> Floats:
        """The weight of every positive row, 0 elsewhere."""
        return np.asarray(np.where(self.known, self.labels, 0.0) * self.weights)

    @property
    def labelled(self) -> Floats:
        """The weight of every row with a known label, 0 elsewhere."""
        return np.asarray(self.known * self.weights)


def read_answers(frame: pd.DataFrame, *, label: str, propensity: str | None = None) -> Answers:
    """Read and check the labels of ``frame``.

    Args:
        frame: ``as_of_date``, the label and, where asked for, the propensity.
        label: column with 1, 0 or null.
        propensity: column with the probability that the label was looked at by lot, or None.

    Raises:
        EvaluationError: no rows, no known label, a label other than 1, 0 or null, or a labelled row
            without a propensity in (0, 1].
    """
    if frame.empty:
        raise EvaluationError("there are no rows to grade")
    labels = frame[label].to_numpy(dtype=np.float64, na_value=np.nan)
    known = ~np.isnan(labels)
    strange = set(np.unique(labels[known])) - {0.0, 1.0}
    if strange:
        raise EvaluationError(f"column {label} holds {sorted(strange)}; expected 1, 0 or null")
    if not known.any():
        raise EvaluationError(f"no row of {len(frame)} has a known {label}: nothing to grade")
    weights = np.ones(len(frame))
    if propensity is not None:
        weights = _inverse_propensities(frame, known, label=label, propensity=propensity)
    codes = pd.factorize(frame["as_of_date"])[0]
    dates = tuple(np.flatnonzero(codes == code) for code in range(codes.max() + 1))
    return Answers(labels, weights, dates)


def checked_scores(name: str, values: npt.ArrayLike, *, rows: int) -> Floats:
    """Return the scores of a policy, one per row.

    Raises:
        EvaluationError: there are more or fewer scores than rows.
    """
    scores = np.asarray(values, dtype=np.float64)
    if scores.shape != (rows,):
        raise EvaluationError(f"policy {name}: {scores.shape} scores for {rows} rows")
    return scores


def _inverse_propensities(
    frame: pd.DataFrame, known: npt.NDArray[np.bool_], *, label: str, propensity: str
) -> Floats:
    chances = frame[propensity].to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = known & ~((chances > 0) & (chances <= 1))
    if wrong.any():
        raise EvaluationError(
            f"{int(wrong.sum())} rows have a {label} but no {propensity} in (0, 1]: log the"
            " probability of every random visit"
        )
    return np.asarray(np.where(known, 1 / np.where(known, chances, 1.0), 0.0))
