"""Signs that a column knows the answer: it was filled in afterwards, copies the label, or numbers the rows.

No alarm is a proof. Each names the column, says what was seen, and what becomes of the ranking without it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from experiments.any_table.columns import Inputs, Matrix
from experiments.any_table.folds import Fold, Rows
from experiments.any_table.reading import TableRefused
from models.learner import grow
from models.ordering import Floats
from models.probability_metrics import auc_parts

COPY_AUC = 0.999
"""A single column that orders the label so well is the label, or was written after it."""
SUSPECT_AUC = 0.90
"""Published live figures of such models lie between 0.65 and 0.85; a single column above this knows too much."""
MODEL_CEILING = 0.95
"""A whole ranking above this has not been seen live anywhere; papers that report it leak."""
FILLED_AUC = 0.75
"""Whether a cell is filled at all should not tell the label: dates of an end or a decision do."""
MOVED_AUC = 0.80
"""How well rows to learn from and later rows may be told apart before the periods count as different."""
_MOST_ROWS = 50_000
_ROW_ORDER = 4.0


@dataclass(frozen=True)
class Alarm:
    """``column`` is empty where the whole table is meant."""

    kind: str
    column: str
    seen: float
    sentence: str


def single_columns(inputs: Inputs, labels: Floats, rows: Rows, *, seed: int) -> dict[str, float]:
    """Return how well each column alone orders the label on ``rows``: ROC-AUC, either way round.

    Classes are ordered by their share of positives among the other half of the rows.
    """
    some = _some(rows, seed=seed)
    first, second = some[::2], some[1::2]
    found = {}
    for place, one in enumerate(inputs.inputs):
        values = inputs.matrix[:, place].astype(np.float64)
        if one.kind == "class":
            halves = [
                _auc(_shares(values[learn], labels[learn], values[judge]), labels[judge])
                for learn, judge in ((first, second), (second, first))
            ]
            found[one.name] = float(np.mean(halves))
        else:
            area = _auc(_unknown_low(values[some]), labels[some])
            found[one.name] = max(area, 1 - area)
    return found


def require_no_copy(alone: dict[str, float], *, kept: Sequence[str]) -> None:
    """Refuse a table in which a column is the label under another name.

    Raises:
        TableRefused: naming the columns.
    """
    copies = [name for name, area in alone.items() if area >= COPY_AUC and name not in kept]
    if copies:
        options = " ".join(f"--exclude {name}" for name in copies)
        raise TableRefused(
            f"column(s) {copies} tell the label almost without a mistake: the target is among the features, or they"
            f" were filled in after it. Leave them out with {options}; if they really are known beforehand, keep"
            " them with --keep NAME"
        )


def alarms(
    inputs: Inputs,
    labels: Floats,
    folds: Sequence[Fold],
    alone: dict[str, float],
    *,
    model_auc: float,
    by_time: bool,
    seed: int,
) -> list[Alarm]:
    """Return everything that looks like a leak or a break, worst first."""
    rows = np.concatenate([folds[0].train, folds[0].test])
    found = [
        Alarm(
            "knows too much",
            name,
            area,
            f"alone it orders the label with ROC-AUC {area:.3f}; ask when it is filled in",
        )
        for name, area in alone.items()
        if area >= SUSPECT_AUC
    ]
    found += _filled(inputs, labels, _some(rows, seed=seed))
    order = _row_order(labels)
    if order is not None:
        found.append(order)
    if model_auc >= MODEL_CEILING:
        found.append(
            Alarm(
                "too good",
                "",
                model_auc,
                f"the ranking reaches ROC-AUC {model_auc:.3f}; nothing of the kind holds live, so look for a column"
                " that is filled in afterwards before believing it",
            )
        )
    if by_time:
        found += _moved(inputs.matrix, inputs, folds[-1], seed=seed)
    return sorted(found, key=lambda alarm: -alarm.seen)


def suspects(found: Sequence[Alarm]) -> frozenset[str]:
    """Return the columns to leave out when the table is tried again."""
    kinds = ("knows too much", "filled in afterwards")
    return frozenset(alarm.column for alarm in found if alarm.kind in kinds)


def _filled(inputs: Inputs, labels: Floats, rows: Rows) -> list[Alarm]:
    found = []
    for place, one in enumerate(inputs.inputs):
        unknown = np.isnan(inputs.matrix[rows, place])
        if not 0 < unknown.sum() < len(rows):
            continue
        area = _auc(unknown.astype(np.float64), labels[rows])
        area = max(area, 1 - area)
        if area >= FILLED_AUC:
            sentence = (
                f"whether it is filled in orders the label with ROC-AUC {area:.3f}; a column that is filled in"
                " later (an end, a decision, a payment) tells the outcome"
            )
            found.append(Alarm("filled in afterwards", one.name, area, sentence))
    return found


def _row_order(labels: Floats) -> Alarm | None:
    """Whether the place in the file tells the label, beyond four standard errors and half a tenth."""
    places = np.arange(len(labels), dtype=np.float64)
    area = _auc(places, labels)
    positives = labels.sum()
    error = np.sqrt((len(labels) + 1) / (12 * positives * (len(labels) - positives)))
    if abs(area - 0.5) < max(_ROW_ORDER * error, 0.05):
        return None
    return Alarm(
        "order of rows",
        "",
        max(area, 1 - area),
        f"the place of a row in the file orders the label (ROC-AUC {max(area, 1 - area):.3f}): the file is sorted by"
        " it or by time; row numbers and running ids must stay out",
    )


def _moved(matrix: Matrix, inputs: Inputs, fold: Fold, *, seed: int) -> list[Alarm]:
    """Whether a model can tell rows to learn from and judged rows apart, and by what."""
    train, test = _some(fold.train, seed=seed), _some(fold.test, seed=seed)
    least = min(len(train), len(test), 10_000)
    draw = np.random.default_rng((seed, 23))
    rows = np.concatenate(
        [draw.choice(train, least, replace=False), draw.choice(test, least, replace=False)]
    )
    later = np.repeat([0.0, 1.0], least)
    mixed = draw.permutation(len(rows))
    learn, judge = mixed[::2], mixed[1::2]
    settings = {"objective": "binary", "num_leaves": 15, "min_data_in_leaf": 50, "verbosity": -1,
                "num_threads": 1, "seed": seed, "deterministic": True, "force_row_wise": True}  # fmt: skip
    booster = grow(matrix[rows[learn]], later[learn], settings, rounds=60)
    area = _auc(np.asarray(booster.predict(matrix[rows[judge]])), later[judge])
    if area < MOVED_AUC:
        return []
    gains = booster.feature_importance(importance_type="gain")
    drivers = [inputs.names[place] for place in np.argsort(-gains)[:3]]
    return [
        Alarm(
            "later rows differ",
            drivers[0],
            area,
            f"later rows can be told from earlier ones (ROC-AUC {area:.3f}), mostly by {', '.join(drivers)}; a column"
            " that drifts or begins late will not mean at night what it meant in training",
        )
    ]


def _shares(learn: Floats, labels: Floats, judge: Floats) -> Floats:
    """Share of positives per class, drawn to the mean of all as if by twenty rows more."""
    unknown = int(np.nanmax(np.nan_to_num(np.concatenate([learn, judge])))) + 1
    learned = np.nan_to_num(learn, nan=unknown).astype(np.intp)
    judged = np.nan_to_num(judge, nan=unknown).astype(np.intp)
    rows = np.bincount(learned, minlength=unknown + 1)
    positives = np.bincount(learned, weights=labels, minlength=unknown + 1)
    shares: Floats = (positives + 20 * float(labels.mean())) / (rows + 20)
    return np.asarray(shares[judged], dtype=np.float64)


def _unknown_low(values: Floats) -> Floats:
    known = values[~np.isnan(values)]
    low = float(known.min()) - 1 if len(known) else 0.0
    return np.asarray(np.where(np.isnan(values), low, values), dtype=np.float64)


def _auc(scores: Floats, labels: Floats) -> float:
    area = auc_parts(np.asarray(scores, dtype=np.float64), labels).auc
    return 0.5 if np.isnan(area) else area


def _some(rows: Rows, *, seed: int) -> Rows:
    if len(rows) <= _MOST_ROWS:
        return rows
    return np.random.default_rng((seed, 29)).choice(rows, _MOST_ROWS, replace=False)
