"""Write what was fitted and judged into ``home/backtests``: scores, the rows they are of, and the run.

A grid keeps its recipes here; so can a single backtest, as a run with one learner and its baselines, which
makes it something :mod:`experiments.groups.finished` can find and compare.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.assembled import TRUTH, Assembled
from experiments.backtest import Backtest
from experiments.fitting import LEARNED
from experiments.groups.errors_told import error_tables
from experiments.groups.recipe import BASELINES, LAST_YEARS_LIST, Recipe, digest_of, split_key
from experiments.groups.source_version import source_version
from experiments.groups.store import (
    read_table,
    rows_file,
    runs_folder,
    scores_file,
    write_json,
    write_table,
)
from experiments.groups.subsets import Condition, subset_columns
from models.news import ENTRY, ONSET
from models.splits import TimeSplit

KEYS = ["household_id", "as_of_date"]
JUDGED_BY = ["label", "random_label", "random_propensity", TRUTH]


def keep_backtest(home: Path, result: Backtest, *, at: datetime, commit: str) -> str:
    """Keep a finished backtest as a run named after its experiment; return the run's key.

    Args:
        home: where results are kept.
        result: model, baselines and last year's list on every split.
        at: when it was run.
        commit: of the code.

    Raises:
        ResultRefused: a kept result of the same key is damaged; nothing is overwritten.
    """
    source, version = result.judged[0].source, source_version()
    learner = Recipe(result.config.name, result.config, version)
    plain = Recipe(BASELINES, result.config, version)
    own = [name for name in (LEARNED, LAST_YEARS_LIST) if name in result.judged[0].scores]
    others = [name for name in result.judged[0].scores if name not in own]
    groups = []
    for recipe, policies in ((learner, own), (plain, others)):
        keys = []
        for one in result.judged:
            split = one.fitted.split
            key = split_key(recipe, split, rows=rows_behind(source, split))
            if read_table(scores_file(home, recipe.key, key), key=key) is None:
                scores = {name: one.scores[name] for name in policies}
                keep_scores(home, recipe, split, one.rows[KEYS].assign(**scores), key=key)
            keys.append(key)
        groups.append(group_entry(recipe, keys, policies))
    key, _ = keep_run(
        home,
        source,
        name=result.config.name,
        splits=result.splits,
        groups=groups,
        subsets={},
        metric="precision",
        at=at,
        commit=commit,
    )
    return key


def keep_scores(
    home: Path, recipe: Recipe, split: TimeSplit, table: pd.DataFrame, *, key: str
) -> None:
    """Keep the scores of one recipe on one split, with what they were made by."""
    about = {"recipe": recipe.content, "name": recipe.name, "split": split.describe()}
    write_table(scores_file(home, recipe.key, key), table, key=key, about=about)


def keep_run(
    home: Path,
    source: Assembled,
    *,
    name: str,
    splits: Sequence[TimeSplit],
    groups: list[dict[str, Any]],
    subsets: Mapping[str, Condition],
    metric: str,
    at: datetime,
    commit: str,
) -> tuple[str, Path]:
    """Keep the rows judged, the errors of every list, and last the run; return its key and folder.

    The same groups on the same rows are the same run: it is written again, with the later time.
    """
    config = source.config
    days = [day for split in splits for day in split.test_dates]
    rows_key, judged_by = _keep_rows(home, source, days=days, subsets=subsets)
    about: dict[str, Any] = {
        "name": name,
        "experiment": config.name,
        "identity": config.identity,
        "origin": config.origin,
        "outcome": config.outcome,
        "rows": rows_key,
        "judged_by": judged_by,
        "subsets": [ONSET, ENTRY, *subsets],
        "capacity_shares": list(config.capacity_shares),
        "metric": metric,
        "known_after_days": config.load_outcome().closed_after_days,
        "seed": config.seed,
        "groups": groups,
    }
    key = digest_of(about)[:16]
    folder = runs_folder(home) / key
    for table_name, table in error_tables(home, source, about).items():
        path = folder / f"{table_name}.parquet"
        write_table(path, table, key=f"{key} {table_name}", about={"run": key})
    finished = {**about, "commit": commit, "at": at.isoformat(timespec="seconds")}
    write_json(folder / "run.json", finished)
    return key, folder


def rows_behind(source: Assembled, split: TimeSplit) -> str:
    """Return the digest of every row a split learns from or is judged on."""
    return source.digest_of((*split.train_dates, *split.calibration_dates, *split.test_dates))


def group_entry(recipe: Recipe, keys: list[str], policies: list[str]) -> dict[str, Any]:
    """Return what a run says of one of its groups."""
    found: dict[str, Any] = {
        "name": recipe.name, "key": recipe.key, "source": recipe.source, "splits": keys, "policies": policies,
    }  # fmt: skip
    if recipe.learns:
        found["learner"] = recipe.content["learner"]
        found["features"] = len(recipe.config.model_features())
    return found


def _keep_rows(
    home: Path, source: Assembled, *, days: Sequence[Any], subsets: Mapping[str, Condition]
) -> tuple[str, list[str]]:
    """Keep the rows every group is judged on; return their key and the answers there are."""
    said = {name: one.model_dump(mode="json") for name, one in subsets.items()}
    # Onset and entry depend on all dates assembled, not on those judged alone.
    plan = [sorted(source.digests), list(days)]
    key = digest_of({"rows": source.digest_of(days), "plan": plan, "subsets": said})[:16]
    kept = read_table(rows_file(home, key), key=key)
    if kept is None:
        rows = source.on(days)
        named = [*KEYS, "area_id", *(name for name in JUDGED_BY if name in rows), ONSET, ENTRY]
        kept = pd.concat([rows[named], subset_columns(rows, subsets)], axis="columns")
        write_table(rows_file(home, key), kept, key=key, about={"days": days, "subsets": said})
    return key, [name for name in JUDGED_BY if name in kept]
