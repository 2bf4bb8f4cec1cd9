"""What somebody would use instead, on the same rows: each alone, default and tuned, for the table of comparison.

Tuning looks at the same inner folds the project's own blend is chosen on. XGBoost and CatBoost take part where they
are installed; the project does not depend on them, and says so rather than guess what they would have reached.
"""

import importlib
import importlib.util
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import ParameterGrid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from experiments.any_table.columns import FEW_VALUES, Inputs, Matrix
from experiments.any_table.folds import Codes, Fold, inner_folds
from models.learners.trees import plain_classifier
from models.ordering import Floats

OPTIONAL = {"XGBoost": "xgboost", "CatBoost": "catboost"}
"""Peers the project does not depend on, and the package each comes from."""

_Make = Callable[[Matrix], Any]
_Grid = Mapping[str, Sequence[Any]]


def not_installed() -> list[str]:
    """Return the peers that cannot take part because their package is not there."""
    return [name for name, package in OPTIONAL.items() if not importlib.util.find_spec(package)]


def peer_scores(
    inputs: Inputs,
    labels: Floats,
    units: Codes,
    times: Codes | None,
    folds: Sequence[Fold],
    *,
    seed: int,
    progress: Callable[[str], None] = lambda _: None,
) -> dict[str, Floats]:
    """Return probabilities of every peer for the judged rows, in the order of ``folds``."""
    found: dict[str, list[Floats]] = {}
    for name, (make, grid) in _peers(inputs, seed).items():
        for fold in folds:
            progress(f"{name}: {fold.name}")
            train, known = inputs.matrix[fold.train], labels[fold.train]
            own_times = None if times is None else times[fold.train]
            own_units = np.unique(units[fold.train], return_inverse=True)[1]
            parts = inner_folds(own_units, known, own_times, seed=seed) if grid else []
            settings = min(
                ParameterGrid(dict(grid)),
                key=partial(_loss, make, train, known, parts),
            )
            model = make(train).set_params(**settings).fit(train, known)
            judged = np.asarray(model.predict_proba(inputs.matrix[fold.test])[:, 1])
            found.setdefault(name, []).append(judged)
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _loss(
    make: _Make, matrix: Matrix, labels: Floats, parts: Sequence[Fold], settings: Any
) -> float:
    """Return the log loss of one setting on the rows each part holds back; 0 where nothing is tuned."""
    losses = []
    for part in parts:
        train = matrix[part.train]
        model = make(train).set_params(**settings).fit(train, labels[part.train])
        losses.append(log_loss(labels[part.test], model.predict_proba(matrix[part.test])[:, 1]))
    return float(np.mean(losses)) if losses else 0.0


def _peers(inputs: Inputs, seed: int) -> dict[str, tuple[_Make, _Grid]]:
    """Return, by name, how each peer is made for some rows and what it is tuned over (nothing: as it comes)."""

    def logistic(train: Matrix) -> Any:
        return make_pipeline(_design(inputs, train), LogisticRegression(max_iter=500))

    def forest(train: Matrix) -> Any:
        model = RandomForestClassifier(200, random_state=seed)
        return make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), model)

    def boosted(train: Matrix) -> Any:
        return HistGradientBoostingClassifier(random_state=seed)

    def lightgbm(train: Matrix) -> Any:
        return plain_classifier(n_jobs=1, verbosity=-1, random_state=seed)

    strengths = {"logisticregression__C": [0.003, 0.01, 0.03, 0.1, 0.3, 1.0]}
    leaf = "randomforestclassifier__min_samples_leaf"
    share = "randomforestclassifier__max_features"
    peers: dict[str, tuple[_Make, _Grid]] = {
        "logistic regression, tuned": (logistic, strengths),
        "random forest": (forest, {}),
        "random forest, tuned": (forest, {leaf: [3, 10], share: [0.3]}),
        "HistGradientBoosting": (boosted, {}),
        "HistGradientBoosting, tuned": (
            boosted,
            {"learning_rate": [0.05], "max_leaf_nodes": [4, 15], "max_iter": [80, 200]},
        ),
        "LightGBM": (lightgbm, {}),
        "LightGBM, tuned": (
            lightgbm,
            {
                "learning_rate": [0.05],
                "num_leaves": [4, 15],
                "n_estimators": [80, 200],
                "min_child_samples": [30],
                "colsample_bytree": [0.6],
            },
        ),
    }
    if importlib.util.find_spec("xgboost"):
        xgboost = importlib.import_module("xgboost")
        peers |= _both(
            "XGBoost",
            lambda _: xgboost.XGBClassifier(n_jobs=1, random_state=seed),
            {
                "learning_rate": [0.05],
                "max_depth": [2, 4],
                "n_estimators": [80, 200],
                "subsample": [0.8],
                "colsample_bytree": [0.6],
            },
        )
    if importlib.util.find_spec("catboost"):
        catboost = importlib.import_module("catboost")

        def ordered(train: Matrix) -> Any:
            model = catboost.CatBoostClassifier(
                verbose=0,
                thread_count=1,
                random_seed=seed,
                allow_writing_files=False,
                cat_features=list(inputs.categorical),
            )
            return make_pipeline(
                FunctionTransformer(_with_words, kw_args={"inputs": inputs}), model
            )

        peers |= _both(
            "CatBoost",
            ordered,
            {
                "catboostclassifier__learning_rate": [0.05],
                "catboostclassifier__depth": [3, 6],
                "catboostclassifier__iterations": [250],
            },
        )
    return peers


def _both(name: str, make: _Make, grid: _Grid) -> dict[str, tuple[_Make, _Grid]]:
    return {name: (make, {}), f"{name}, tuned": (make, grid)}


def _with_words(matrix: Matrix, *, inputs: Inputs) -> pd.DataFrame:
    """Return the rows with classes as words, the way CatBoost wants them."""
    frame = pd.DataFrame(matrix)
    for place in inputs.categorical:
        codes = matrix[:, place]
        frame[place] = np.where(np.isnan(codes), -1, codes).astype(np.int64).astype(str)
    return frame


def _design(inputs: Inputs, train: Matrix) -> ColumnTransformer:
    counts = [len(np.unique(column[~np.isnan(column)])) for column in train.T]
    classes = [
        place
        for place, one in enumerate(inputs.inputs)
        if one.kind == "class" or counts[place] <= FEW_VALUES
    ]
    numbers = [place for place in range(len(inputs.inputs)) if place not in classes]
    scaled = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        StandardScaler(),
    )
    return ColumnTransformer(
        [
            ("classes", OneHotEncoder(handle_unknown="ignore"), classes),
            ("numbers", scaled, numbers),
        ]
    )
