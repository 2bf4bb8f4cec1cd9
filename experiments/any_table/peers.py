"""What somebody would use instead, on the same rows: each alone, default and tuned, for the table of comparison.

XGBoost and CatBoost take part where they are installed; the project does not depend on them.
"""

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from experiments.any_table.columns import FEW_VALUES, Inputs, Matrix
from experiments.any_table.folds import Fold
from models.learner import plain_classifier
from models.ordering import Floats

_INNER_PARTS = 4


def peer_scores(
    inputs: Inputs,
    labels: Floats,
    folds: Sequence[Fold],
    *,
    seed: int,
    progress: Callable[[str], None] = lambda _: None,
) -> dict[str, Floats]:
    """Return probabilities of every peer for the judged rows, in the order of ``folds``."""
    found: dict[str, list[Floats]] = {}
    for name, make in _peers(inputs, seed).items():
        for fold in folds:
            progress(f"{name}: {fold.name}")
            train = inputs.matrix[fold.train]
            model = make(train)
            model.fit(train, labels[fold.train])
            judged = np.asarray(model.predict_proba(inputs.matrix[fold.test])[:, 1])
            found.setdefault(name, []).append(judged)
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _peers(inputs: Inputs, seed: int) -> dict[str, Callable[[Matrix], Any]]:
    def tuned(model: Any, grid: Mapping[str, Sequence[Any]]) -> Any:
        return GridSearchCV(model, grid, scoring="neg_log_loss", cv=_INNER_PARTS)

    def logistic(train: Matrix) -> Any:
        pipeline = make_pipeline(_design(inputs, train), LogisticRegression(max_iter=500))
        return tuned(pipeline, {"logisticregression__C": [0.003, 0.01, 0.03, 0.1, 0.3, 1.0]})

    def forest(train: Matrix) -> Any:
        model = RandomForestClassifier(400, min_samples_leaf=3, random_state=seed)
        return make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), model)

    def boosted(train: Matrix) -> Any:
        return HistGradientBoostingClassifier(random_state=seed)

    def boosted_tuned(train: Matrix) -> Any:
        grid: dict[str, list[Any]] = {
            "learning_rate": [0.03, 0.1],
            "max_leaf_nodes": [8, 31],
            "max_iter": [100, 300],
        }
        return tuned(HistGradientBoostingClassifier(random_state=seed), grid)

    peers: dict[str, Callable[[Matrix], Any]] = {
        "logistic regression, tuned": logistic,
        "HistGradientBoosting": boosted,
        "HistGradientBoosting, tuned": boosted_tuned,
        "random forest": forest,
    }
    small: dict[str, Any] = {"n_jobs": 1, "verbosity": -1, "random_state": seed}
    peers["LightGBM"] = lambda train: plain_classifier(**small)
    peers["LightGBM, tuned"] = lambda train: tuned(
        plain_classifier(**small, min_child_samples=30, colsample_bytree=0.6),
        {"learning_rate": [0.03, 0.1], "num_leaves": [7, 31], "n_estimators": [100, 300]},
    )
    if importlib.util.find_spec("xgboost"):
        xgboost = importlib.import_module("xgboost")
        peers["XGBoost"] = lambda train: xgboost.XGBClassifier(n_jobs=1, random_state=seed)
    if importlib.util.find_spec("catboost"):
        catboost = importlib.import_module("catboost")
        peers["CatBoost"] = lambda train: catboost.CatBoostClassifier(
            verbose=0, thread_count=1, random_seed=seed, allow_writing_files=False
        )
    return peers


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
