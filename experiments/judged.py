"""One split fitted and judged: the rows, a score per policy, and how scores are graded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from experiments.assembled import Assembled
from experiments.config import ExperimentConfig
from experiments.fitting import LEARNED, TRAINED_ON, Fitted, fit_split
from models.baselines import LastYearsList
from models.evaluation import Evaluation, evaluate
from models.ordering import Floats
from models.split_proof import prove_rows
from models.splits import TimeSplit, parts
from models.top_of_list import Capacity


@dataclass(frozen=True)
class Judged:
    """One fitted split and the rows it was judged on, with a score per policy."""

    fitted: Fitted
    rows: pd.DataFrame = field(repr=False)
    scores: Mapping[str, Floats] = field(repr=False)
    source: Assembled = field(repr=False)

    @property
    def reference(self) -> pd.DataFrame:
        """The rows trained on, copied anew each time."""
        history = self.source.history
        trained = parts(history, self.fitted.split).train & history[TRAINED_ON].notna().to_numpy()
        return history.loc[trained]


def capacities_of(config: ExperimentConfig) -> tuple[Capacity, ...]:
    """Return the capacities of a configuration, headline first."""
    return tuple(Capacity(share=share) for share in config.capacity_shares)


def judged_rows(judged: Sequence[Judged]) -> pd.DataFrame:
    """Return the rows of every split, in order; test dates that follow each other are not copied."""
    days = [day for one in judged for day in one.fitted.split.test_dates]
    return judged[0].source.on(days)


def judged_scores(judged: Sequence[Judged]) -> dict[str, Floats]:
    """Return one score per row of :func:`judged_rows` and policy."""
    return {
        policy: np.concatenate([one.scores[policy] for one in judged])
        for policy in judged[0].scores
    }


def judge(source: Assembled, split: TimeSplit) -> Judged:
    """Fit the model and every baseline of one split, and score its test rows.

    Raises:
        SplitError: the rows themselves are not split honestly.
    """
    config, history = source.config, source.history
    prove_rows(history, parts(history, split), label_window_days=split.label_window_days)
    fitted = fit_split(
        history, split, config=config, features=config.model_features(), rules=source.rules
    )
    rows = source.on(split.test_dates)
    scores = fitted.scores(rows)
    memory = LastYearsList.drawn_by(fitted.probabilities, history, days=split.test_dates)
    return Judged(fitted, rows, {**scores, memory.name: memory.score(rows)}, source)


def grade(
    config: ExperimentConfig,
    rows: pd.DataFrame,
    scores: Mapping[str, Floats],
    *,
    among: pd.Series | None = None,
    label: str = "label",
    propensity: str | None = None,
    draws: int = 500,
) -> Evaluation:
    """Grade scores of ``rows``, or of those ``among`` them, at the capacities of the experiment."""
    named = rows[["household_id", "as_of_date", label, *([propensity] if propensity else [])]]
    kept = slice(None) if among is None else np.flatnonzero(among.to_numpy(dtype=bool))
    return evaluate(
        named.iloc[kept],
        {policy: values[kept] for policy, values in scores.items()},
        capacities=capacities_of(config),
        seed=config.seed,
        label=label,
        propensity=propensity,
        probabilities=(LEARNED,),
        draws=draws,
    )
