"""Repeat the past honestly, date by date: fit on what was known, rank, look what happened."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.assembled import TRUTH, Assembled, assemble, single_plan, walk_plan
from experiments.config import ExperimentConfig
from experiments.fitting import LEARNED, TRAINED_ON, Fitted, best_of, fit_split
from features.engine_names import DUCKDB
from models.baselines import LastYearsList
from models.evaluation import Evaluation, evaluate
from models.news import ENTRY, ONSET
from models.ordering import Floats
from models.split_proof import prove_rows
from models.splits import TimeSplit, parts
from models.top_of_list import Capacity

__all__ = ["TRUTH", "Backtest", "Judged", "backtest", "capacities_of", "judge", "single_split"]

DRAWS_PER_DATE = 200


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


@dataclass(frozen=True)
class Backtest:
    """What came out, by where the answer comes from.

    ``observed``: households somebody reached or a scheme admitted; selective, because staff chose
    whom to visit. ``by_lot``: the random slice weighted by its propensities; unbiased, small; None
    without one. ``truth``: the simulated district's truth; None for real households.
    """

    config: ExperimentConfig
    judged: tuple[Judged, ...]
    observed: Evaluation
    by_lot: Evaluation | None
    truth: Evaluation | None

    @property
    def capacities(self) -> tuple[Capacity, ...]:
        """Where lists were cut; the first is the headline."""
        return capacities_of(self.config)

    @property
    def splits(self) -> tuple[TimeSplit, ...]:
        """The split plan, earliest test first."""
        return tuple(one.fitted.split for one in self.judged)

    @property
    def rows_digest(self) -> str:
        """Sixteen hex digits over every row learned from or judged on, labels included."""
        source = self.judged[0].source
        return source.digest_of(list(source.digests))

    @cached_property
    def rows(self) -> pd.DataFrame:
        """Every judged row, in the order of :attr:`scores`."""
        return judged_rows(self.judged)

    @cached_property
    def scores(self) -> dict[str, Floats]:
        """One score per judged row and policy."""
        return judged_scores(self.judged)

    @property
    def answers(self) -> dict[str, Evaluation]:
        """Every answer there is, by name, the most trustworthy first."""
        named = {"truth": self.truth, "by_lot": self.by_lot, "observed": self.observed}
        return {name: one for name, one in named.items() if one is not None}

    @property
    def label(self) -> str:
        """Column of :attr:`rows` that the headline is judged by."""
        return TRUTH if self.truth is not None else "label"

    @property
    def headline(self) -> tuple[str, Evaluation]:
        """The most trustworthy answer there is, and its name."""
        if self.truth is not None:
            return "truth", self.truth
        return "observed labels", self.observed

    @property
    def shown(self) -> list[str]:
        """The policies worth a line: the model, the best of each kind, memory, area and chance."""
        table, capacity = self.headline[1].table(), self.capacities[0].name
        best = []
        for prefix in ("rule:", "trigger:", "signal:"):
            try:
                best.append(str(best_of(table, prefix, capacity=capacity)["policy"]))
            except LookupError:
                continue
        always = ("last_years_list", "area_mean", "random")
        return [LEARNED, *best, *(name for name in always if name in self.scores)]

    def by_date(self) -> dict[date, Evaluation]:
        """Return the headline answer of every test date on which its labels are known."""
        return self._by_date

    @cached_property
    def _by_date(self) -> dict[date, Evaluation]:
        found = {}
        days = self.rows["as_of_date"]
        for day in sorted(days.unique()):
            graded = self._among(days == day, draws=DRAWS_PER_DATE)
            if graded is not None:
                found[pd.Timestamp(day).date()] = graded
        return found

    @cached_property
    def news(self) -> dict[str, Evaluation]:
        """The headline answer among households for whom need would be news, and among newcomers.

        Each is ranked and cut as a cohort of its own; a subset nobody of which is known is left out.
        """
        graded = {
            name: self._among(self.rows[name], policies=self.shown) for name in (ONSET, ENTRY)
        }
        return {name: one for name, one in graded.items() if one is not None}

    def among_labelled(self) -> Evaluation:
        """Return the observed answer with lists cut among households whose answer is known.

        Elsewhere lists are cut among everybody, and visits without a known answer go ungraded.
        """
        return _grade(self.config, self.rows, self.scores, among=self.rows["label"].notna())

    def _among(
        self, rows: pd.Series, *, policies: Sequence[str] | None = None, draws: int = 500
    ) -> Evaluation | None:
        if not self.rows.loc[rows, self.label].notna().any():
            return None
        scores = {name: self.scores[name] for name in policies or self.scores}
        return _grade(self.config, self.rows, scores, among=rows, label=self.label, draws=draws)


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


def backtest(
    home: Path,
    config: ExperimentConfig,
    *,
    truth: Path | None,
    min_train_dates: int = 2,
    engine_name: str = DUCKDB,
    progress: Callable[[str], None] = lambda _: None,
) -> Backtest:
    """Walk forward over every date of ``config`` that leaves enough history behind the gap.

    Args:
        home: folder with a lake.
        config: the experiment; training and test dates are walked over alike.
        truth: folder with the truth of a simulated district, or None.
        min_train_dates: dates needed for training besides calibration.
        engine_name: what builds the matrices.
        progress: is told one line per step.

    Raises:
        SplitError: no date leaves enough history, or the plan is not honest.
    """
    return _run(
        home, config, walk_plan(config, min_train_dates=min_train_dates),
        truth=truth, engine_name=engine_name, evidence=False, progress=progress,
    )  # fmt: skip


def single_split(
    home: Path,
    config: ExperimentConfig,
    *,
    truth: Path | None,
    engine_name: str = DUCKDB,
    progress: Callable[[str], None] = lambda _: None,
) -> Backtest:
    """Fit once on the training dates of ``config`` and judge on its test dates."""
    return _run(
        home, config, single_plan(config),
        truth=truth, engine_name=engine_name, evidence=True, progress=progress,
    )  # fmt: skip


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


def _run(
    home: Path,
    config: ExperimentConfig,
    plan: Sequence[TimeSplit],
    *,
    truth: Path | None,
    engine_name: str,
    evidence: bool,
    progress: Callable[[str], None],
) -> Backtest:
    source = assemble(
        home, config, plan,
        truth=truth, engine_name=engine_name, evidence=evidence, progress=progress,
    )  # fmt: skip
    judged = []
    for split in plan:
        progress(split.describe())
        judged.append(judge(source, split))
    progress("intervals: every household drawn again")
    rows, scores = judged_rows(judged), judged_scores(judged)

    def answer(label: str, propensity: str | None = None) -> Evaluation | None:
        if label not in rows or not rows[label].notna().any():
            return None
        return _grade(config, rows, scores, label=label, propensity=propensity)

    observed = answer("label")
    if observed is None:
        raise ValueError(
            f"experiment {config.name}: no test row has a known label; choose test dates whose label"
            " windows hold visits or admissions"
        )
    return Backtest(
        config=config,
        judged=tuple(judged),
        observed=observed,
        by_lot=answer("random_label", "random_propensity"),
        truth=answer(TRUTH),
    )


def _grade(
    config: ExperimentConfig,
    rows: pd.DataFrame,
    scores: Mapping[str, Floats],
    *,
    among: pd.Series | None = None,
    label: str = "label",
    propensity: str | None = None,
    draws: int = 500,
) -> Evaluation:
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
