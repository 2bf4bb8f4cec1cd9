"""Every kind of learner in a small setting, and rows to learn from on several dates."""

from datetime import date

import pandas as pd

from models.learners.estimator import EstimatorSettings
from models.learners.fitting import fit_learner
from models.learners.learned import Learned
from models.learners.logistic import LogisticSettings
from models.learners.scorecard import ScorecardSettings
from models.learners.settings import AnySettings, MixedSettings
from models.learners.trees import LearnerSettings
from tests.models.made_up import FEATURES, households

DATES = [date(2024, month, 1) for month in range(1, 7)]
WINDOW_DAYS = 31
TREES = LearnerSettings(max_rounds=40, patience_rounds=10, min_rows_per_leaf=20, leaves=7)
SCORECARD = ScorecardSettings()
LOGISTIC = LogisticSettings(strengths=(0.01, 0.3))
BLEND = MixedSettings(kind="blend", candidates=(SCORECARD, LOGISTIC, TREES), inner_folds=2)
CHOOSE = MixedSettings(kind="choose", candidates=(SCORECARD, LOGISTIC, TREES), inner_folds=2)
KEPT: dict[str, AnySettings] = {
    "scorecard": SCORECARD,
    "logistic": LOGISTIC,
    "lightgbm": TREES,
    "blend": BLEND,
    "choose": CHOOSE,
}
ANY = EstimatorSettings(path="sklearn.linear_model.LogisticRegression", parameters={"C": 0.3})


def rows_of(number: int, *, seed: int) -> pd.DataFrame:
    """Return labelled households on all dates."""
    return households(number, dates=DATES, seed=seed)


def learned(
    settings: AnySettings, frame: pd.DataFrame | None = None, *, weight: str | None = None
) -> Learned:
    """Fit on all dates but the last, which is the later one."""
    rows = rows_of(500, seed=1) if frame is None else frame
    last = rows["as_of_date"] == rows["as_of_date"].max()
    return fit_learner(
        rows.loc[~last], rows.loc[last],
        features=FEATURES, settings=settings, label_window_days=WINDOW_DAYS, weight=weight,
    )  # fmt: skip
