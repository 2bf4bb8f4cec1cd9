"""Any estimator that keeps scikit-learn's conventions, by its import path: judged beside the others, never promoted.

Models are kept as text and nothing is unpickled, so what such an estimator learned lasts as long as the process.
"""

import importlib
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from models.encoding import Encoding, Matrix
from models.learners.drawn import draw
from models.learners.learned import BASE, LearnerError, probability
from models.learners.shapley import shares_by_permutation
from models.ordering import Floats

if TYPE_CHECKING:
    from features.registry import Feature

_EDGE = 1e-9
_BACKGROUND_ROWS = 50


@dataclass(frozen=True, kw_only=True)
class EstimatorSettings:
    """``path``: ``module.Class`` of a classifier with ``predict_proba``; ``parameters`` go to its constructor.

    It sees the inputs as numbers, unknown as NaN where it says that it takes them; otherwise unknown numbers are
    filled by the median with a column that says so, numbers are standardised and categories get a column each.
    ``most_rows``: rows learned from at most, every positive among them.
    """

    kind: Literal["estimator"] = "estimator"
    path: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    most_rows: int = 200_000
    seed: int = 7


@dataclass(frozen=True)
class EstimatorModel:
    """A fitted estimator with what prepares its inputs, if it needs any preparation."""

    path: str
    encoding: Encoding
    estimator: Any
    preparation: Any
    background: Matrix
    """Rows mixed column by column from the training ones: what contributions are measured against."""
    kind: str = "estimator"

    def log_odds(self, frame: pd.DataFrame) -> Floats:
        """Return the log-odds of every row; certainty is kept a billionth away from 0 and 1."""
        return self._of_matrix(self.encoding.matrix(frame))

    def predict(self, frame: pd.DataFrame) -> Floats:
        """Return the uncalibrated probability of every row."""
        return probability(self.log_odds(frame))

    def contributions(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return Shapley values by drawn orders (see :mod:`models.learners.shapley`), and :data:`BASE`."""
        found, base = shares_by_permutation(
            self._of_matrix, self.encoding.matrix(frame), background=self.background
        )
        named = pd.DataFrame(found, columns=list(self.encoding.names), index=frame.index)
        named[BASE] = base
        return named

    def gains(self) -> pd.Series:
        """Return the share of each input in the mean absolute contribution over mixed training rows."""
        found, _ = shares_by_permutation(
            self._of_matrix, self.background, background=self.background[::-1]
        )
        sizes = np.abs(found).mean(axis=0)
        shares = sizes / sizes.sum() if sizes.sum() else sizes
        return pd.Series(shares, index=list(self.encoding.names)).sort_values(
            ascending=False, kind="stable"
        )

    def facts(self) -> Mapping[str, str]:
        """Return what was learned with."""
        return {"path": self.path}

    def texts(self) -> Mapping[str, str]:
        """Refuse: there is no text that holds it.

        Raises:
            LearnerError: always.
        """
        raise LearnerError(
            f"{self.path} can be judged and compared but not written or promoted: models are kept as text"
            " and nothing is ever unpickled. Promote a scorecard, logistic or lightgbm learner, or a blend of"
            " those"
        )

    def _of_matrix(self, matrix: Matrix) -> Floats:
        inputs = matrix if self.preparation is None else self.preparation.transform(matrix)
        positive = np.asarray(self.estimator.predict_proba(inputs), dtype=np.float64)[:, 1]
        inside = np.clip(positive, _EDGE, 1 - _EDGE)
        return np.asarray(np.log(inside / (1 - inside)))


def fit_estimator(
    train: pd.DataFrame,
    later: pd.DataFrame,
    *,
    features: "Sequence[Feature]",
    settings: EstimatorSettings,
    label: str,
    weight: str | None,
) -> EstimatorModel:
    """Learn from the labelled rows of ``train``; ``later`` plays no part, but must be there as for all others.

    Raises:
        LearnerError: one class only; the path names nothing, or no classifier with ``predict_proba``; a
            parameter is unknown to it; or rows have weights and it takes none.
    """
    estimator = _made(settings)
    encoding, rows, _ = draw(
        train, later,
        features=features, label=label, weight=weight, most=settings.most_rows, seed=settings.seed,
    )  # fmt: skip
    preparation = None if _takes_unknown(estimator) else _preparation(encoding)
    inputs = rows.matrix if preparation is None else preparation.fit_transform(rows.matrix)
    try:
        if bool((rows.weights == rows.weights[0]).all()):
            estimator.fit(inputs, rows.labels.astype(np.int64))
        elif "sample_weight" in inspect.signature(estimator.fit).parameters:
            estimator.fit(inputs, rows.labels.astype(np.int64), sample_weight=rows.weights)
        else:
            raise LearnerError(
                f"{settings.path} takes no row weights, and here the rows have some: set unseen_weight to 0"
                " or 1 and most_rows above the number of rows, or choose another estimator"
            )
    except (TypeError, ValueError) as error:
        if isinstance(error, LearnerError):
            raise
        raise LearnerError(
            f"{settings.path} could not be fitted: {error}. Look at learner.parameters"
        ) from error
    generator = np.random.default_rng((settings.seed, 41))
    mixed = np.column_stack(
        [
            rows.matrix[generator.integers(0, len(rows.matrix), _BACKGROUND_ROWS), at]
            for at in range(rows.matrix.shape[1])
        ]
    )
    return EstimatorModel(settings.path, encoding, estimator, preparation, mixed)


def _made(settings: EstimatorSettings) -> Any:
    module, _, name = settings.path.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise LearnerError(
            f"learner.path {settings.path!r} names nothing ({error}): write module.Class, for example"
            " sklearn.ensemble.HistGradientBoostingClassifier"
        ) from error
    if not hasattr(found, "predict_proba") or not hasattr(found, "fit"):
        raise LearnerError(
            f"learner.path {settings.path!r} has no predict_proba, so it gives no probabilities: name a"
            " classifier that does, or wrap it in sklearn.calibration.CalibratedClassifierCV"
        )
    parameters = dict(settings.parameters)
    try:
        known = inspect.signature(found).parameters
        if "random_state" in known:
            parameters.setdefault("random_state", settings.seed)
        return found(**parameters)
    except TypeError as error:
        raise LearnerError(f"learner.parameters do not suit {settings.path}: {error}") from error


def _takes_unknown(estimator: Any) -> bool:
    tags = getattr(estimator, "__sklearn_tags__", None)
    return bool(tags().input_tags.allow_nan) if tags is not None else False


def _preparation(encoding: Encoding) -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    classes = list(encoding.categorical)
    numbers = [at for at in range(len(encoding.columns)) if at not in classes]
    filled = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    return ColumnTransformer(
        [
            ("numbers", make_pipeline(filled, StandardScaler()), numbers),
            ("classes", OneHotEncoder(handle_unknown="ignore", sparse_output=False), classes),
        ]
    )
