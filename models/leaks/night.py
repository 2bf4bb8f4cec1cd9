"""Can a model tell rows learned from and rows of the night apart, and is what tells them apart a drift or a leak?"""

from dataclasses import dataclass

import numpy as np

from models.clustered import auc, share
from models.leaks.findings import EMPTY_AT_NIGHT, NIGHT_DIFFERS, Finding
from models.leaks.table import LeakTable, Matrix, halves
from models.learners.trees import grow
from models.ordering import Floats
from models.resampling import Codes

MOVED_AUC = 0.80
"""How well rows learned from and later rows may be told apart before the periods count as different."""
EMPTIER = 0.10
"""By how many rows in a hundred a column must be emptier at night than in old rows of today's telling."""
FULLER_FOR_POSITIVES = 0.20
_MOST_ROWS = 10_000
_DRIVERS = 3
_SETTINGS = {
    "objective": "binary", "num_leaves": 15, "min_data_in_leaf": 50, "verbosity": -1, "num_threads": 1,
    "deterministic": True, "force_row_wise": True,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Sides:
    """Rows of the dates learned from and of the night, columns as in the table; whether or not their label is known.

    ``units`` of both sides are counted alike, so that a unit of both is never learned from and judged.
    """

    earlier: Matrix
    earlier_units: Codes
    night: Matrix
    night_units: Codes


def differing(table: LeakTable, sides: Sides, *, seed: int) -> list[Finding]:
    """Return whether the night can be told from the rows learned from, with the columns that tell."""
    rows = [_some(len(units), seed=seed) for units in (sides.earlier_units, sides.night_units)]
    matrix = np.concatenate([sides.earlier[rows[0]], sides.night[rows[1]]])
    units = np.concatenate([sides.earlier_units[rows[0]], sides.night_units[rows[1]]])
    later = np.repeat([0.0, 1.0], [len(rows[0]), len(rows[1])])
    first = halves(units, seed=seed)
    if not (0 < later[first].sum() < first.sum() and 0 < later[~first].sum() < (~first).sum()):
        return []
    booster = grow(
        matrix[first],
        later[first],
        {**_SETTINGS, "seed": seed},
        rounds=60,
        categorical=table.categorical,
    )
    area = auc(np.asarray(booster.predict(matrix[~first])), later[~first])
    strength = area.interval(units[~first], least=0.0)
    if strength.value < MOVED_AUC:
        return []
    gains = np.asarray(booster.feature_importance(importance_type="gain"))
    drivers = [table.names[place] for place in np.argsort(-gains)[:_DRIVERS] if gains[place] > 0]
    return [
        Finding(
            kind=NIGHT_DIFFERS,
            column=drivers[0],
            measure="ROC-AUC of telling them apart",
            strength=strength,
            sentence=f"later rows can be told from earlier ones (ROC-AUC {strength.value:.3f}), mostly by"
            f" {', '.join(drivers)}; a column that drifts or begins late will not mean at night what it meant in training",
            level="drift",
        )
    ]


def empty_at_night(table: LeakTable, sides: Sides) -> list[Finding]:
    """Return the columns that old rows hold, the more so if positive, and that a night does not hold yet.

    An end date filled in later looks like this: in rows of today's telling it is there, above all for those who
    left; on the night itself it is empty for everybody.
    """
    found = []
    positive, negative = table.labels == 1, table.labels == 0
    for place, name in enumerate(table.names):
        is_class = place in table.categorical
        earlier, night = (
            _filled(side[:, place], is_class=is_class) for side in (sides.earlier, sides.night)
        )
        fallen = float(earlier.mean() - night.mean())
        if fallen < EMPTIER:
            continue
        filled = _filled(table.matrix[:, place], is_class=is_class)
        fuller = (
            share(filled, among=positive.astype(np.float64))
            - share(filled, among=negative.astype(np.float64))
        ).interval(table.units)
        if fuller.value < FULLER_FOR_POSITIVES or fuller.low < FULLER_FOR_POSITIVES / 2:
            continue
        found.append(
            Finding(
                kind=EMPTY_AT_NIGHT,
                column=name,
                measure="filled in more often if positive",
                strength=fuller,
                sentence=f"filled in for {earlier.mean():.0%} of the rows learned from and {night.mean():.0%} at night, and"
                f" {fuller.value:.0%} of rows more often where the label is positive",
            )
        )
    return found


def _filled(values: Matrix, *, is_class: bool) -> Floats:
    known = ~np.isnan(values)
    # Where nothing happened is zero, an end that is not there yet is zero too.
    return np.asarray(known if is_class else known & (values != 0), dtype=np.float64)


def _some(rows: int, *, seed: int) -> Codes:
    if rows <= _MOST_ROWS:
        return np.arange(rows)
    return np.sort(np.random.default_rng((seed, 23)).choice(rows, _MOST_ROWS, replace=False))
