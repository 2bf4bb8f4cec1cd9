"""Fit the learned model of one split, beside every baseline, from the same training rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.config import ExperimentConfig
from experiments.unseen import stand_ins, with_hidden_need
from features.deployment import Deployment
from features.matrix_contract import require_purpose
from features.outcomes.declared import UNSEEN
from features.registry import KEYS, Feature
from models.baselines import Policy, baselines
from models.calibration import Calibration
from models.calibration_choice import calibrate_as
from models.encoding import RowMask
from models.learners.fitting import fit_learner
from models.learners.learned import Learned
from models.learners.settings import AnySettings, plainest
from models.learners.spread import Spread
from models.learners.uncertainty import fit_spread
from models.ordering import Floats
from models.rules.triggers import RuleBook
from models.selection.importance import chance_looked_at, importance
from models.splits import TimeSplit, parts

LEARNED = "model"
TRAINED_ON = "trained_on"
WEIGHT = "training_weight"
_ABOUT_ROWS = (
    *KEYS, "area_id", "label_source", "random_label", "random_propensity", TRAINED_ON, WEIGHT,
)  # fmt: skip
"""What fitting reads of a row beside its features."""


@dataclass(frozen=True)
class Fitted:
    """What one split taught: the learned model with its calibration, and the baselines."""

    split: TimeSplit
    model: Learned
    calibration: Calibration
    baselines: tuple[Policy, ...]
    train_rows: int
    train_positives: int
    spread: Spread | None = None
    """Refits for an interval per household, where the experiment asks for them."""

    def scores(self, frame: pd.DataFrame) -> dict[str, Floats]:
        """Return one score per row and policy; the learned model's are calibrated probabilities."""
        return {
            LEARNED: self.probabilities(frame),
            **{policy.name: policy.score(frame) for policy in self.baselines},
        }

    def probabilities(self, frame: pd.DataFrame) -> Floats:
        """Return calibrated probabilities, raised by less than 1e-9 to keep the raw order of ties."""
        raw = self.model.predict(frame)
        return np.asarray(self.calibration.apply(raw) * (1 - 1e-9) + raw * 1e-9)

    def intervals(self, frame: pd.DataFrame) -> tuple[Floats, Floats] | None:
        """Return the lower and the upper end of every row's score as log-odds, not calibrated.

        None where the experiment asks for no refits; what they mean: :mod:`models.learners.uncertainty`.
        """
        if self.spread is None:
            return None
        return self.spread.around(self.model.log_odds(frame), frame)


def add_training_labels(history: pd.DataFrame, config: ExperimentConfig) -> pd.DataFrame:
    """Return ``history`` with the label trained on and its weight; null labels are not trained on.

    Only ``unseen`` households may be presumed negative, at the weight the configuration gives them;
    covered and unreached ones stay unknown, and so do labels of sources not to be learned from. Weights by
    the chance of having been looked at are found date by date: no date's weights hang on another's visits.
    """
    left_out = history["label_source"].isin(config.untrained_sources)
    labels = history["label"].astype("Float64").mask(left_out)
    unseen = (history["label_source"] == UNSEEN).to_numpy()
    if config.unseen_weight > 0:
        labels = labels.mask(unseen, 0.0)
    weights = np.where(unseen, config.unseen_weight, 1.0)
    if config.weigh_by_chance:
        weights = np.where(unseen, weights, _by_chance(history, labels.notna() & ~unseen))
    added = pd.DataFrame({TRAINED_ON: labels, WEIGHT: weights}, index=history.index)
    # Put beside at once: a column for each feature lies apart, and pandas warns of every one inserted.
    return pd.concat([history, added], axis="columns", verify_integrity=True)


def _by_chance(history: pd.DataFrame, looked_at: pd.Series) -> Floats:
    """Return the importance of every row somebody looked at, on average 1 per date; 0 elsewhere."""
    looked = looked_at.to_numpy(dtype=bool)
    chances = chance_looked_at(
        history["random_propensity"].to_numpy(dtype=np.float64, na_value=np.nan), looked_at=looked
    )
    weights = np.zeros(len(history))
    for rows in history.groupby("as_of_date").indices.values():
        weights[rows] = importance(chances[rows]).weights
    return weights


def fit_split(
    history: pd.DataFrame,
    split: TimeSplit,
    *,
    config: ExperimentConfig,
    features: Sequence[Feature],
    rules: RuleBook,
) -> Fitted:
    """Fit everything on the training part of ``split``; calibrate on its later part.

    Args:
        history: rows of :func:`experiments.history.build_history` with training labels.
        split: which dates are what.
        config: the experiment.
        features: declared features in matrix order.
        rules: triggers and rules of thumb to compare with.

    Raises:
        LearnerError: training or calibration rows hold one class only, or the learner's settings cannot be
            followed.
        MatrixRefused: one of ``features`` is not declared, or not declared to find need.
    """
    require_purpose(
        [feature.name for feature in features],
        groups=config.load_deployment().groups,
        use="training",
    )
    rows = parts(history, split)
    # Evidence dates and features of other purposes stay where they are: a copy of them all may not fit into memory.
    read = [*_ABOUT_ROWS, *(feature.name for feature in features)]
    train, later = (_fewer(history, part, read, config) for part in (rows.train, rows.calibration))

    def fit(train: pd.DataFrame, later: pd.DataFrame, settings: AnySettings) -> Learned:
        return fit_learner(
            train, later,
            features=features, settings=settings, label_window_days=split.label_window_days,
            label=TRAINED_ON, weight=WEIGHT,
        )  # fmt: skip

    learned_from, watched = train, later
    if config.unseen_as == "hidden":
        # Its rounds only weigh rows: where candidates are compared, the plainest is enough for them.
        plain = plainest(config.learner)
        learned_from, watched = with_hidden_need(
            train, later,
            fit=lambda train, later: fit(train, later, plain),
            label=TRAINED_ON, weight=WEIGHT, unseen=(UNSEEN,),
        )  # fmt: skip
    model = fit(learned_from, watched, config.learner)
    spread = fit_spread(
        learned_from, watched,
        model=model, features=features, settings=config.learner, uncertainty=config.uncertainty,
        label=TRAINED_ON, weight=WEIGHT, seed=config.seed,
    )  # fmt: skip
    return Fitted(
        split=split,
        model=model,
        calibration=_calibrated(model, history.loc[rows.calibration, read], config),
        # Area rates are counted, so every row counts, also those that others stand for.
        baselines=baselines(
            history.loc[rows.train, ["area_id", TRAINED_ON]],
            rules=rules,
            seed=config.seed,
            label=TRAINED_ON,
        ),
        train_rows=int(train[TRAINED_ON].notna().sum()),
        train_positives=int(train[TRAINED_ON].sum()),
        spread=spread,
    )


def _fewer(
    history: pd.DataFrame, part: RowMask, read: Sequence[str], config: ExperimentConfig
) -> pd.DataFrame:
    """Return the rows of a part that are fitted on, unseen households standing in for others where asked for."""
    places = np.flatnonzero(part)
    kept, factor = stand_ins(
        history[["household_id", "label_source"]].iloc[places],
        most=config.most_unseen,
        unseen=(UNSEEN,),
        seed=config.seed,
    )
    if kept.all():
        return history.loc[part, read]
    mask = np.zeros(len(history), dtype=bool)
    mask[places[kept]] = True
    found = history.loc[mask, read]
    return found.assign(**{WEIGHT: found[WEIGHT] * factor[kept]})


def _calibrated(model: Learned, later: pd.DataFrame, config: ExperimentConfig) -> Calibration:
    if config.calibrate_on == "label":
        known = later.loc[later[TRAINED_ON].notna()]
        labels, weights = known[TRAINED_ON], None
    else:
        known = later.loc[later["random_label"].notna()]
        labels = known["random_label"]
        weights = 1 / known["random_propensity"].to_numpy(dtype=np.float64)
    return calibrate_as(
        config.calibration,
        model.predict(known),
        labels.to_numpy(dtype=np.float64),
        weights=weights,
        seed=config.seed,
    )


def only_findable(history: pd.DataFrame, deployment: Deployment) -> pd.DataFrame:
    """Return the rows where need would be news: not known to be covered, nor known to be in need."""
    for known in (deployment.covered_by, deployment.need_known_by):
        if known is not None:
            history = history.loc[~history[known].fillna(False).astype(bool)]
    return history


def best_of(
    table: pd.DataFrame, prefix: str, *, capacity: str, column: str = "precision"
) -> Mapping[str, object]:
    """Return the line of an evaluation table with the best ``column`` among policies of a kind.

    Raises:
        LookupError: no policy of that kind was evaluated.
    """
    kind = table.loc[
        table["policy"].str.startswith(prefix) & (table["capacity"] == capacity)
    ].dropna(subset=[column])
    if kind.empty:
        raise LookupError(f"no policy named {prefix}* was evaluated at {capacity}")
    return {str(key): value for key, value in kind.sort_values(column).iloc[-1].items()}
