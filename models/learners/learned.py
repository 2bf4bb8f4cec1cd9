"""What every fitted model can do, whatever learned it: rank, explain, say what it is, and be written as text."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import pandas as pd

from models.encoding import Encoding, RowMask
from models.ordering import Floats

BASE = "base_value"


class LearnerError(ValueError):
    """There is nothing to learn from, or what was asked for cannot be learned or kept."""


class Learned(Protocol):
    """A fitted model. Its probabilities are not calibrated yet."""

    @property
    def kind(self) -> str:
        """Name under which :func:`models.learners.reading.read_model` reads its texts again."""
        ...

    @property
    def encoding(self) -> Encoding:
        """The inputs, in order; a frame needs these columns and no others."""
        ...

    def log_odds(self, frame: pd.DataFrame) -> Floats:
        """Return the log-odds of every row; they depend on the row alone."""
        ...

    def predict(self, frame: pd.DataFrame) -> Floats:
        """Return the uncalibrated probability of every row."""
        ...

    def contributions(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return what each input adds to the log-odds of each row, and :data:`BASE`; they add up to it."""
        ...

    def gains(self) -> pd.Series:
        """Return the share of each input in what the model tells apart, largest first."""
        ...

    def facts(self) -> Mapping[str, str]:
        """Return what was settled while learning (rounds, penalty, weights), for a run's parameters."""
        ...

    def texts(self) -> Mapping[str, str]:
        """Return the model as text, by file name.

        Raises:
            LearnerError: the model cannot be written as text, so it can be judged but not promoted.
        """
        ...


def probability(log_odds: Floats) -> Floats:
    """Turn log-odds into uncalibrated probabilities."""
    return np.asarray(1 / (1 + np.exp(-log_odds)), dtype=np.float64)


def labelled(frame: pd.DataFrame, *, label: str, name: str) -> RowMask:
    """Return which rows have a label.

    Raises:
        LearnerError: there are no positives or no negatives among them.
    """
    known: RowMask = frame[label].notna().to_numpy(dtype=bool)
    positives = int((frame[label] == 1).sum())
    if not positives or positives == known.sum():
        raise LearnerError(
            f"the {name} rows hold {positives} positives among {int(known.sum())} labelled of"
            f" {len(frame)}: both classes are needed. Add dates whose label windows hold findings of both"
            " kinds, or look whether the label is what you mean"
        )
    return known


def weights_of(frame: pd.DataFrame, rows: RowMask, *, weight: str | None) -> Floats:
    """Return the weights of some rows, 1 each where no column is named."""
    if weight is None:
        return np.ones(int(rows.sum()))
    return frame[weight].to_numpy(dtype=np.float64, na_value=np.nan)[rows]


def labels_of(frame: pd.DataFrame, rows: RowMask, *, label: str) -> Floats:
    """Return the labels of some rows, 1 or 0."""
    return frame[label].to_numpy(dtype=np.float64, na_value=np.nan)[rows]


def log_loss(log_odds: Floats, labels: Floats, weights: Floats | None = None) -> float:
    """Return the weighted mean log loss (nats) of log-odds."""
    return float(np.average(losses(log_odds, labels), weights=weights))


def losses(log_odds: Floats, labels: Floats) -> Floats:
    """Return the log loss of every row."""
    return np.asarray(np.logaddexp(0, log_odds) - labels * log_odds)
