"""Carry a checked grid out: fit what is not kept yet, keep it, and say what was reused.

Every recipe learns from the same assembled rows on the same splits; the baselines of the experiment and,
for every learner, last year's list are always scored beside.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.assembled import Assembled, assemble
from experiments.fitting import LEARNED, TRAINED_ON, fit_split
from experiments.groups.grid import ExpandedGrid
from experiments.groups.keeping import KEYS, group_entry, keep_run, keep_scores, rows_behind
from experiments.groups.recipe import LAST_YEARS_LIST, Recipe, split_key
from experiments.groups.store import read_table, scores_file
from models.baselines import LastYearsList, baselines
from models.split_proof import prove_rows
from models.splits import TimeSplit, parts


@dataclass(frozen=True)
class GridRun:
    """One finished grid. ``fitted`` and ``reused`` count recipes times splits."""

    key: str
    folder: Path
    fitted: int
    reused: int


def run_grid(
    home: Path,
    expanded: ExpandedGrid,
    *,
    truth: Path | None,
    at: datetime,
    commit: str,
    engine_name: str,
    progress: Callable[[str], None] = lambda _: None,
) -> GridRun:
    """Fit, score and keep every recipe on every split; what is kept already is not fitted again.

    Args:
        home: folder with a lake; results go to ``home/backtests``.
        expanded: a grid that was checked.
        truth: folder with the truth of a simulated district, or None.
        at: when it was run, for the list of runs.
        commit: of the code, for the same.
        engine_name: what builds the matrices.
        progress: is told one line per step.

    Raises:
        ResultRefused: a kept result is damaged or is not the one asked for; nothing is overwritten.
        SplitError: the rows themselves are not split honestly.
    """
    source = assemble(
        home,
        expanded.base,
        expanded.splits,
        truth=truth,
        engine_name=engine_name,
        progress=progress,
    )
    groups, fitted = [], 0
    for recipe in expanded.recipes:
        keys, policies = [], list[str]()
        for split in expanded.splits:
            key = split_key(recipe, split, rows=rows_behind(source, split))
            table = read_table(scores_file(home, recipe.key, key), key=key)
            if table is None:
                progress(f"{recipe.name}, {split.name}")
                table = _scores(recipe, split, source)
                keep_scores(home, recipe, split, table, key=key)
                fitted += 1
            keys.append(key)
            policies = list(table.columns.drop(KEYS))
        groups.append(group_entry(recipe, keys, policies))
    progress("who is listed and where the lists err")
    key, folder = keep_run(
        home,
        source,
        name=expanded.grid.name,
        splits=expanded.splits,
        groups=groups,
        subsets=expanded.grid.subsets,
        metric=expanded.grid.metric,
        at=at,
        commit=commit,
    )
    reused = len(expanded.recipes) * len(expanded.splits) - fitted
    return GridRun(key, folder, fitted, reused)


def _scores(recipe: Recipe, split: TimeSplit, source: Assembled) -> pd.DataFrame:
    """Return one column per policy of ``recipe``, one row per row tested."""
    source = replace(source, config=recipe.config)
    history, rows = source.history, source.on(split.test_dates)
    which = parts(history, split)
    prove_rows(history, which, label_window_days=split.label_window_days)
    scores: Mapping[str, np.ndarray]
    if recipe.learns:
        fitted = fit_split(
            history,
            split,
            config=recipe.config,
            features=recipe.config.model_features(),
            rules=source.rules,
        )
        again = LastYearsList.drawn_by(fitted.probabilities, history, days=split.test_dates)
        scores = {LEARNED: fitted.probabilities(rows), LAST_YEARS_LIST: again.score(rows)}
    else:
        policies = baselines(
            # All that is learned here are the rates of areas; a copy of every feature would be wasted.
            history.loc[which.train, ["area_id", TRAINED_ON]],
            rules=source.rules,
            seed=recipe.config.seed,
            label=TRAINED_ON,
        )
        scores = {policy.name: policy.score(rows) for policy in policies}
    return rows[KEYS].assign(**scores)
