"""Repeat the past honestly, date by date: fit on what was known, rank, look what happened."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import pandas as pd

from experiments.assembled import TRUTH, Assembled, assemble, single_plan, walk_plan
from experiments.config import ExperimentConfig
from experiments.fitting import LEARNED, best_of
from experiments.judged import Judged, capacities_of, grade, judge, judged_rows, judged_scores
from features.engine_names import DUCKDB
from features.jobs import side_by_side
from models.evaluation import Evaluation
from models.news import ENTRY, ONSET
from models.ordering import Floats
from models.splits import TimeSplit
from models.top_of_list import Capacity

__all__ = ["TRUTH", "Backtest", "Judged", "backtest", "capacities_of", "judge", "single_split"]

DRAWS_PER_DATE = 200


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
    jobs: int = 1
    """Answers worked out side by side, a core each; the figures are the same."""

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
        days = self.rows["as_of_date"]

        def graded(day: pd.Timestamp) -> Evaluation | None:
            return self._among(days == day, draws=DRAWS_PER_DATE)

        each = sorted(days.unique())
        found = zip(each, side_by_side(graded, each, jobs=self.jobs), strict=True)
        return {pd.Timestamp(day).date(): one for day, one in found if one is not None}

    @cached_property
    def news(self) -> dict[str, Evaluation]:
        """The headline answer among households for whom need would be news, and among newcomers.

        Each is ranked and cut as a cohort of its own; a subset nobody of which is known is left out.
        """
        shown = self.shown

        def graded_alone(name: str) -> Evaluation | None:
            return self._among(self.rows[name], policies=shown)

        each = (ONSET, ENTRY)
        graded = dict(zip(each, side_by_side(graded_alone, each, jobs=self.jobs), strict=True))
        return {name: one for name, one in graded.items() if one is not None}

    def among_labelled(self) -> Evaluation:
        """Return the observed answer with lists cut among households whose answer is known.

        Elsewhere lists are cut among everybody, and visits without a known answer go ungraded.
        """
        return grade(self.config, self.rows, self.scores, among=self.rows["label"].notna())

    def _among(
        self, rows: pd.Series, *, policies: Sequence[str] | None = None, draws: int = 500
    ) -> Evaluation | None:
        if not self.rows.loc[rows, self.label].notna().any():
            return None
        scores = {name: self.scores[name] for name in policies or self.scores}
        return grade(self.config, self.rows, scores, among=rows, label=self.label, draws=draws)


def backtest(
    home: Path,
    config: ExperimentConfig,
    *,
    truth: Path | None,
    min_train_dates: int = 2,
    engine_name: str = DUCKDB,
    jobs: int = 1,
    progress: Callable[[str], None] = lambda _: None,
) -> Backtest:
    """Walk forward over every date of ``config`` that leaves enough history behind the gap.

    Args:
        home: folder with a lake.
        config: the experiment; training and test dates are walked over alike.
        truth: folder with the truth of a simulated district, or None.
        min_train_dates: dates needed for training besides calibration.
        engine_name: what builds the matrices.
        jobs: dates built and splits fitted side by side, a core each; the figures are the same.
        progress: is told one line per step.

    Raises:
        SplitError: no date leaves enough history, or the plan is not honest.
    """
    return _run(
        home, config, walk_plan(config, min_train_dates=min_train_dates),
        truth=truth, engine_name=engine_name, evidence=False, progress=progress, jobs=jobs,
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


def _run(
    home: Path,
    config: ExperimentConfig,
    plan: Sequence[TimeSplit],
    *,
    truth: Path | None,
    engine_name: str,
    evidence: bool,
    progress: Callable[[str], None],
    jobs: int = 1,
) -> Backtest:
    source = assemble(
        home, config, plan,
        truth=truth, engine_name=engine_name, evidence=evidence, jobs=jobs, progress=progress,
    )  # fmt: skip
    judged = _judged(source, plan, jobs=jobs, progress=progress)
    progress("intervals: every household drawn again")
    rows, scores = judged_rows(judged), judged_scores(judged)

    def answer(label: str, propensity: str | None) -> Evaluation | None:
        if label not in rows or not rows[label].notna().any():
            return None
        return grade(config, rows, scores, label=label, propensity=propensity)

    asked = (("label", None), ("random_label", "random_propensity"), (TRUTH, None))
    observed, by_lot, by_truth = side_by_side(lambda one: answer(*one), asked, jobs=jobs)
    if observed is None:
        raise ValueError(
            f"experiment {config.name}: no test row has a known label; choose test dates whose label"
            " windows hold visits or admissions"
        )
    return Backtest(
        config=config,
        judged=tuple(judged),
        observed=observed,
        by_lot=by_lot,
        truth=by_truth,
        jobs=jobs,
    )


def _judged(
    source: Assembled, plan: Sequence[TimeSplit], *, jobs: int, progress: Callable[[str], None]
) -> list[Judged]:
    """Fit and judge every split, in the order of ``plan``."""

    def one(split: TimeSplit) -> Judged:
        progress(split.describe())
        return judge(source, split)

    return side_by_side(one, plan, jobs=jobs)
