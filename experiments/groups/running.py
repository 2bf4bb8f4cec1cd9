"""Carry a checked grid out: fit what is not kept yet, keep it, and say what was reused.

Every recipe learns from the same assembled rows on the same splits; the baselines of the experiment and,
for every learner, last year's list are always scored beside.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.assembled import TRUTH, Assembled, assemble
from experiments.fitting import LEARNED, TRAINED_ON, fit_split
from experiments.groups.errors_told import error_tables
from experiments.groups.grid import ExpandedGrid
from experiments.groups.recipe import LAST_YEARS_LIST, Recipe, digest_of, split_key
from experiments.groups.store import (
    read_table,
    rows_file,
    runs_folder,
    scores_file,
    write_json,
    write_table,
)
from experiments.groups.subsets import subset_columns
from models.baselines import LastYearsList, baselines
from models.news import ENTRY, ONSET
from models.split_proof import prove_rows
from models.splits import TimeSplit, parts

KEYS = ["household_id", "as_of_date"]
JUDGED_BY = ["label", "random_label", "random_propensity", TRUTH]


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
    rows_key, rows = _keep_rows(home, expanded, source)
    fitted = reused = 0
    groups = []
    for recipe in expanded.recipes:
        keys = []
        policies: list[str] = []
        for split in expanded.splits:
            key = split_key(recipe, split, rows=_rows_of(source, split))
            path = scores_file(home, recipe.key, key)
            table = read_table(path, key=key)
            if table is None:
                progress(f"{recipe.name}, {split.name}")
                table = _scores(recipe, split, source)
                about = {"recipe": recipe.content, "name": recipe.name, "split": split.describe()}
                write_table(path, table, key=key, about=about)
                fitted += 1
            else:
                reused += 1
            keys.append(key)
            policies = list(table.columns.drop(KEYS))
        groups.append(_group(recipe, keys, policies))
    config = expanded.base
    about: dict[str, Any] = {
        "name": expanded.grid.name,
        "experiment": config.name,
        "identity": expanded.identity,
        "origin": config.origin,
        "outcome": config.outcome,
        "commit": commit,
        "source": expanded.recipes[0].source,
        "rows": rows_key,
        "judged_by": [name for name in JUDGED_BY if name in rows and name != "random_propensity"],
        "subsets": [ONSET, ENTRY, *expanded.grid.subsets],
        "capacity_shares": list(config.capacity_shares),
        "metric": expanded.grid.metric,
        "known_after_days": config.load_outcome().closed_after_days,
        "seed": config.seed,
        "groups": groups,
    }
    key = digest_of(about)[:16]
    folder = runs_folder(home) / key
    progress("who is listed and where the lists err")
    for name, table in error_tables(home, source, about).items():
        write_table(folder / f"{name}.parquet", table, key=f"{key} {name}", about={"run": key})
    write_json(folder / "run.json", {**about, "at": at.isoformat(timespec="seconds")})
    return GridRun(key, folder, fitted, reused)


def _rows_of(source: Assembled, split: TimeSplit) -> str:
    return source.digest_of((*split.train_dates, *split.calibration_dates, *split.test_dates))


def _group(recipe: Recipe, keys: list[str], policies: list[str]) -> dict[str, Any]:
    config = recipe.config
    found: dict[str, Any] = {
        "name": recipe.name, "key": recipe.key, "splits": keys, "policies": policies,
    }  # fmt: skip
    if recipe.learns:
        found["learner"] = recipe.content["learner"]
        found["features"] = len(config.model_features())
    return found


def _keep_rows(home: Path, expanded: ExpandedGrid, source: Assembled) -> tuple[str, pd.DataFrame]:
    """Keep the rows every group is judged on, with their labels and subsets; return their key too."""
    days = [day for split in expanded.splits for day in split.test_dates]
    subsets = {name: one.model_dump(mode="json") for name, one in expanded.grid.subsets.items()}
    plan = [sorted(source.digests), days]
    key = digest_of({"rows": source.digest_of(days), "plan": plan, "subsets": subsets})[:16]
    kept = read_table(rows_file(home, key), key=key)
    if kept is not None:
        return key, kept
    rows = source.on(days)
    named = [*KEYS, "area_id", *(name for name in JUDGED_BY if name in rows), ONSET, ENTRY]
    extra = subset_columns(rows, expanded.grid.subsets)
    kept = pd.concat([rows[named], extra], axis="columns")
    write_table(rows_file(home, key), kept, key=key, about={"days": days, "subsets": subsets})
    return key, kept


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
            history.loc[which.train],
            rules=source.rules,
            seed=recipe.config.seed,
            label=TRAINED_ON,
        )
        scores = {policy.name: policy.score(rows) for policy in policies}
    return rows[KEYS].assign(**scores)
