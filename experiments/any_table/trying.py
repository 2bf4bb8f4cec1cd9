"""Try a table: split, learn, compare with plain baselines, calibrate, look for leaks, look who is missed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.any_table.alarms import alarms, require_no_copy, single_columns
from experiments.any_table.chance import CalibrationTold, calibration_told
from experiments.any_table.choosing import Chosen, choose
from experiments.any_table.columns import Inputs, as_inputs
from experiments.any_table.copies import copies_together
from experiments.any_table.folds import LARGE, Fold, outer_folds
from experiments.any_table.peers import not_installed, peer_scores
from experiments.any_table.plain import plain_scores
from experiments.any_table.reading import Asked, WideTable, lonely_groups, read_wide_table
from models.evaluation import Evaluation, evaluate
from models.fairness.rates import Gap, GroupRates, Question, gaps, group_rates
from models.leaks.findings import Finding
from models.ordering import Floats
from models.top_of_list import Capacity

MODEL = "model"
WITHOUT = "model without suspects"


@dataclass(frozen=True, kw_only=True)
class Trial:
    """Everything found out about one table."""

    name: str
    asked: Asked
    rows: int
    inputs: tuple[str, ...]
    left_out: dict[str, str]
    notes: tuple[str, ...]
    folds: tuple[Fold, ...]
    chosen: tuple[Chosen, ...]
    judged: pd.DataFrame
    scores: dict[str, Floats]
    evaluation: Evaluation
    calibrations: Mapping[str, CalibrationTold]
    capacity: Capacity
    alone: dict[str, float]
    alarms: tuple[Finding, ...]
    groups: tuple[GroupRates, ...]
    gaps: tuple[Gap, ...]

    @property
    def calibration(self) -> CalibrationTold:
        """How far the model's own probabilities are off, and what of it is chance."""
        return self.calibrations[MODEL]

    def margins(self) -> list[str]:
        """Return a sentence per other policy: by how much the model is ahead, and whether that is noise."""
        sentences = []
        for name in self.scores:
            if name == MODEL:
                continue
            auc = self.evaluation.compare_auc(MODEL, name)
            top = self.evaluation.compare(MODEL, name, capacity=self.capacity).difference
            verdict = "ahead" if auc.low > 0 else "behind" if auc.high < 0 else "noise"
            sentences.append(
                f"model against {name}: ROC-AUC {auc.value:+.3f} ({auc.low:+.3f} to {auc.high:+.3f}: {verdict}),"
                f" precision at {self.capacity.name} {top.value:+.3f} ({top.low:+.3f} to {top.high:+.3f})"
            )
        return sentences

    def predictions(self) -> pd.DataFrame:
        """Return the judged rows: ``row`` in the file (from 0), ``fold``, ``label`` and a score per policy."""
        frame = self.judged.rename(columns={"place": "row", "as_of_date": "fold"})
        return frame[["row", "fold", "label"]].assign(**self.scores)


def try_table(
    path: Path,
    asked: Asked,
    *,
    capacity: Capacity,
    keep: Sequence[str] = (),
    against: bool = False,
    seed: int = 7,
    progress: Callable[[str], None] = lambda _: None,
) -> Trial:
    """Run the whole pipeline on the table at ``path``.

    Args:
        path: CSV or Parquet.
        asked: which columns are what.
        capacity: where the list is cut.
        keep: columns not to be refused although they tell the label.
        against: also judge what somebody would use instead (:mod:`experiments.any_table.peers`).
        seed: same seed, same answer.
        progress: is told one line per step.

    Raises:
        TableRefused: the table or what was asked of it cannot be used.
    """
    progress(f"reading {path.name}")
    table = read_wide_table(path, asked)
    inputs = as_inputs(table.features)
    copies = 0
    if table.times is None:
        units, copies = copies_together(table.units, inputs.matrix, table.labels)
        table = replace(table, units=units)
    folds = outer_folds(table.units, table.labels, table.times, seed=seed)
    everything = np.unique(
        np.concatenate([rows for fold in folds for rows in (fold.train, fold.test)])
    )
    alone = single_columns(inputs, table.labels, everything, seed=seed)
    require_no_copy(alone, kept=keep)
    chosen, judged, scores = _judged(table, inputs, folds, seed=seed, progress=progress)
    evaluation = _evaluate(judged, scores, capacity=capacity, seed=seed)
    found = alarms(
        inputs,
        table.labels,
        folds,
        units=table.units,
        times=table.times,
        model=evaluation[MODEL].roc_auc,
        seed=seed,
    )
    doubted = found.suspects() - set(keep)
    if doubted and len(doubted) < len(inputs.names):
        progress(f"trying again without {', '.join(sorted(doubted))}")
        without = inputs.without(doubted)
        fewer = [_fewer(fold, seed=seed) for fold in folds]
        _, _, again = _judged(table, without, fewer, seed=seed, progress=progress)
        scores[WITHOUT] = again[MODEL]
        evaluation = _evaluate(judged, scores, capacity=capacity, seed=seed)
    notes = [*table.notes, *lonely_groups(table.groups, fewer_than=50), *_codes_noted(inputs)]
    if copies:
        notes.append(
            f"{copies} rows repeat, or are repeated by, a row of another {asked.unit} in every column learned from: such"
            " rows stay on one side; if they are one case sent twice, leave one of each out"
        )
    if against:
        notes += [f"{name} is not installed and was not judged" for name in not_installed()]
        peers = peer_scores(
            inputs, table.labels, table.units, table.times, folds, seed=seed, progress=progress
        )
        scores |= peers
        evaluation = _evaluate(judged, scores, capacity=capacity, seed=seed, peers=list(peers))
    visited = _visited(judged, scores[MODEL], capacity)
    groups = table.groups.iloc[judged["place"]].reset_index(drop=True)
    question = Question(
        labels=judged["label"].to_numpy(dtype=np.float64),
        visited=visited,
        weights=np.ones(len(judged)),
        units=np.asarray(pd.factorize(judged["household_id"])[0], dtype=np.intp),
    )
    rates = group_rates(question, groups)
    return Trial(
        name=path.name,
        asked=asked,
        rows=table.rows,
        inputs=inputs.names,
        left_out=inputs.left_out,
        notes=tuple(notes),
        folds=tuple(folds),
        chosen=tuple(chosen),
        judged=judged.assign(place=table.places[judged["place"]]),
        scores=scores,
        evaluation=evaluation,
        calibrations={
            name: calibration_told(values, question.labels, seed=seed)
            for name, values in scores.items()
            if not np.isnan(evaluation[name].ece)
        },
        capacity=capacity,
        alone=alone,
        alarms=found.findings,
        groups=tuple(rates),
        gaps=tuple(gaps(question, groups, rates)),
    )


def _fewer(fold: Fold, *, seed: int) -> Fold:
    """Return the fold with fewer rows to learn from, where there are very many: the second look need not take as long."""
    if len(fold.train) <= LARGE:
        return fold
    drawn = np.random.default_rng((seed, 43)).choice(len(fold.train), LARGE, replace=False)
    return Fold(fold.name, fold.train[np.sort(drawn)], fold.test)


def _codes_noted(inputs: Inputs) -> list[str]:
    """Say which columns hold codes for unknown, so that nobody takes -88 for an amount."""
    coded = [one for one in inputs.inputs if one.unknown_codes]
    if not coded:
        return []
    codes = sorted({f"{code:g}" for one in coded for code in one.unknown_codes})
    names = ", ".join(one.name for one in coded[:5])
    more = f" and {len(coded) - 5} more columns" if len(coded) > 5 else ""
    return [f"{', '.join(codes)} are taken for codes of unknown in {names}{more}"]


def _judged(
    table: WideTable,
    inputs: Inputs,
    folds: Sequence[Fold],
    *,
    seed: int,
    progress: Callable[[str], None],
) -> tuple[list[Chosen], pd.DataFrame, dict[str, Floats]]:
    """Fit per fold; return the judged rows with the scores of the model and of every baseline."""
    chosen, frames = [], []
    parts: dict[str, list[Floats]] = {}
    for number, fold in enumerate(folds, start=1):
        progress(f"fold {number} of {len(folds)}: {fold.name}")
        learned = Inputs(
            matrix=inputs.matrix[fold.train], inputs=inputs.inputs, left_out=inputs.left_out
        )
        labels = table.labels[fold.train]
        times = None if table.times is None else table.times[fold.train]
        units = np.unique(table.units[fold.train], return_inverse=True)[1]
        one = choose(learned, labels, units, times, seed=seed, progress=progress)
        chosen.append(one)
        judged = inputs.matrix[fold.test]
        scores = {MODEL: one.probabilities(judged)}
        scores |= plain_scores(table, inputs, fold, seed=seed)
        for name, values in scores.items():
            parts.setdefault(name, []).append(values)
        frames.append(
            pd.DataFrame(
                {
                    "place": fold.test,
                    "household_id": table.units[fold.test],
                    "as_of_date": number,
                    "label": table.labels[fold.test],
                }
            )
        )
    return (
        chosen,
        pd.concat(frames, ignore_index=True),
        {name: np.concatenate(values) for name, values in parts.items()},
    )


def _evaluate(
    judged: pd.DataFrame,
    scores: dict[str, Floats],
    *,
    capacity: Capacity,
    seed: int,
    peers: Sequence[str] = (),
) -> Evaluation:
    probable = [name for name in (MODEL, WITHOUT, *peers) if name in scores]
    return evaluate(
        judged,
        scores,
        capacities=[capacity],
        seed=seed,
        probabilities=probable,
        draws=200 if len(judged) > 100_000 else 500,
    )


def _visited(judged: pd.DataFrame, scores: Floats, capacity: Capacity) -> Floats:
    visited = np.zeros(len(judged))
    dates = judged["as_of_date"].to_numpy()
    for date in np.unique(dates):
        rows = np.flatnonzero(dates == date)
        best = rows[np.argsort(-scores[rows], kind="stable")]
        visited[best[: capacity.of(len(rows))]] = 1.0
    return visited
