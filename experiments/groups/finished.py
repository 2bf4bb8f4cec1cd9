"""Finished runs as they were kept: found by name, checked, and put side by side."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.fitting import LEARNED
from experiments.groups.recipe import BASELINES
from experiments.groups.refusals import GroupsRefusal
from experiments.groups.store import (
    ResultRefused,
    read_json,
    read_table,
    rows_file,
    runs_folder,
    scores_file,
)
from models.list_overlap import Rows
from models.ordering import Floats
from models.top_of_list import Capacity

KEYS = ["household_id", "as_of_date"]


class NoSuchResult(GroupsRefusal):
    """Nothing finished has that name; the message says what has."""


@dataclass(frozen=True)
class Finished:
    """Policies that were judged on the same rows. ``about`` is the ``run.json`` of (the first of) their runs."""

    about: dict[str, Any]
    rows: pd.DataFrame = field(repr=False)
    scores: dict[str, Floats] = field(repr=False)

    @property
    def capacities(self) -> tuple[Capacity, ...]:
        """Where lists are cut; the first is the headline."""
        return tuple(Capacity(share=share) for share in self.about["capacity_shares"])

    @property
    def subsets(self) -> dict[str, Rows]:
        """Total, onset, entry, and the named subsets of the grid."""
        everybody = {"total": np.ones(len(self.rows), dtype=bool)}
        named = {name: self.rows[name].to_numpy(dtype=bool) for name in self.about["subsets"]}
        return {**everybody, **named}

    def only(self, names: list[str]) -> "Finished":
        """Return the same with these policies, in this order."""
        return Finished(self.about, self.rows, {name: self.scores[name] for name in names})


def runs(home: Path) -> list[dict[str, Any]]:
    """Return every finished run, the latest first, each with its ``key``."""
    found = [
        {**read_json(path), "key": path.parent.name}
        for path in sorted(runs_folder(home).glob("*/run.json"))
    ]
    return sorted(found, key=lambda run: (str(run["at"]), str(run["key"])), reverse=True)


def find_run(home: Path, name: str | None) -> dict[str, Any]:
    """Return the latest run, or the latest whose name or key (or the beginning of it) is ``name``.

    Raises:
        NoSuchResult: there is none.
    """
    every = runs(home)
    for run in every:
        if name is None or run["name"] == name or str(run["key"]).startswith(name):
            return run
    if not every:
        raise NoSuchResult(
            f"no finished grid under {runs_folder(home)}: run one with `zhaoren-lab groups run GRID`"
        )
    there = ", ".join(sorted({str(run["name"]) for run in every}))
    raise NoSuchResult(f"no finished run is called {name!r}; there are: {there}")


def load(home: Path, run: dict[str, Any]) -> Finished:
    """Read one run back: rows and one score per policy; a learner's model has the name of its group.

    Raises:
        ResultRefused: a kept file is damaged, missing, or of other rows than the run's.
    """
    rows = _kept(rows_file(home, run["rows"]), run["rows"])
    scores: dict[str, Floats] = {}
    for group in run["groups"]:
        tables = [_kept(scores_file(home, group["key"], key), key) for key in group["splits"]]
        table = pd.concat(tables, ignore_index=True)
        if not table[KEYS].equals(rows[KEYS]):
            raise ResultRefused(
                f"group {group['name']} of run {run['key']} was scored on other rows than the run was"
                " judged on: run the grid again"
            )
        for policy in table.columns.drop(KEYS):
            scores[name_of(group["name"], policy)] = table[policy].to_numpy(dtype=np.float64)
    return Finished(run, rows, scores)


def gather(home: Path, names: list[str], *, run: str | None) -> Finished:
    """Return the named policies on the rows they have in common.

    ``policy@run`` looks in that run only, a bare name in the latest run that has it (or in ``run``).
    Where runs were judged on different rows, the common ones are kept, provided their answers agree.

    Raises:
        NoSuchResult: a name is of nothing finished.
        ResultRefused: no rows in common, or answers that disagree.
    """
    found: dict[str, dict[str, Any]] = {}
    for name in names:
        found[name] = _run_with(home, name, run)
    keys = {str(one["key"]) for one in found.values()}
    loaded = {key: load(home, find_run(home, key)) for key in keys}
    parts = [
        Finished(part.about, part.rows, {name: part.scores[_policy(name)]})
        for name, one in found.items()
        for part in [loaded[str(one["key"])]]
    ]
    together = parts[0]
    for part in parts[1:]:
        together = _joined(together, part)
    return together


def name_of(group: str, policy: str) -> str:
    """Return what a policy of a group is called: a model by its group, a baseline by itself."""
    if group == BASELINES:
        return policy
    return group if policy == LEARNED else f"{group} {policy}"


def _run_with(home: Path, name: str, run: str | None) -> dict[str, Any]:
    grid, policy = (name.partition("@")[2] or run), _policy(name)
    candidates = [find_run(home, grid)] if grid else runs(home)
    for one in candidates:
        if policy in policies_of(one):
            return one
    known = sorted({there for one in candidates for there in policies_of(one)})
    raise NoSuchResult(
        f"nothing finished is called {policy!r}"
        + (f" in run {grid}" if grid else "")
        + f"; there are: {', '.join(known) or 'no runs at all'}"
    )


def policies_of(run: dict[str, Any]) -> list[str]:
    """Return the names of all policies of a run."""
    return [name_of(group["name"], one) for group in run["groups"] for one in group["policies"]]


def _policy(name: str) -> str:
    return name.partition("@")[0]


def _joined(one: Finished, other: Finished) -> Finished:
    if one.about["rows"] == other.about["rows"] and len(one.rows) == len(other.rows):
        return Finished(one.about, one.rows, {**one.scores, **other.scores})
    mine = one.rows.assign(_mine=np.arange(len(one.rows)))
    theirs = other.rows.assign(_theirs=np.arange(len(other.rows)))
    both = mine.merge(theirs[[*KEYS, "label", "_theirs"]], on=KEYS, suffixes=("", "_other"))
    if both.empty:
        raise ResultRefused(
            f"runs {one.about['name']} and {other.about['name']} have no household and date in common:"
            " run both on the same dates"
        )
    same = both["label"].eq(both["label_other"]) | (
        both["label"].isna() & both["label_other"].isna()
    )
    if not same.fillna(False).all():
        raise ResultRefused(
            f"{int((~same.fillna(False)).sum())} of {len(both)} common rows have another answer in run"
            f" {other.about['name']} than in {one.about['name']}: their outcomes differ, or facts"
            " arrived in between; run both again"
        )
    scores = {
        **{name: values[both["_mine"].to_numpy()] for name, values in one.scores.items()},
        **{name: values[both["_theirs"].to_numpy()] for name, values in other.scores.items()},
    }
    rows = both.drop(columns=["_mine", "_theirs", "label_other"])
    # The key of joined rows is nobody's: a third run is always matched row by row.
    about = {**one.about, "rows": f"{one.about['rows']}+{other.about['rows']}"}
    return Finished(about, rows, scores)


def _kept(path: Path, key: str) -> pd.DataFrame:
    table = read_table(path, key=key)
    if table is None:
        raise ResultRefused(f"{path} is gone: run its grid again")
    return table
