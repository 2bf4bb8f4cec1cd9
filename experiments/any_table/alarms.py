"""The leak alarm on a table nobody has described: its inputs and folds as :mod:`models.leaks` wants them."""

from collections.abc import Sequence

import numpy as np

from experiments.any_table.columns import Inputs
from experiments.any_table.files import TableRefused
from experiments.any_table.folds import Fold, Rows
from models.leaks.alone import areas_alone
from models.leaks.findings import LeakReport
from models.leaks.look import MOST_ROWS, look_for_leaks
from models.leaks.night import Sides
from models.leaks.table import LeakTable
from models.ordering import Floats
from models.resampling import Codes, Interval

COPY_AUC = 0.999
"""A single column that orders the label so well is the label, or was written after it."""
_MOST_RESCORED = 5
"""Columns dropped and scored again: the strongest ones, because each costs two fits."""


def single_columns(inputs: Inputs, labels: Floats, rows: Rows, *, seed: int) -> dict[str, float]:
    """Return how well each column alone orders the label on ``rows``: ROC-AUC, either way round."""
    table = _table(inputs, labels, np.arange(len(labels), dtype=np.intp), None)
    if len(rows) < len(labels):
        table = table.taken(rows)
    areas = areas_alone(table.sampled(most=MOST_ROWS, seed=seed), seed=seed)
    return {name: 0.5 if np.isnan(area.value) else area.value for name, area in areas.items()}


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
    *,
    units: Codes,
    times: Codes | None,
    model: Interval,
    seed: int,
) -> LeakReport:
    """Look for leaks in every row; with times, the last judged rows are the night.

    Args:
        inputs: what is learned from.
        labels: 1 or 0 per row.
        folds: who is learned from and who is judged.
        units: whose row it is.
        times: of which period, or None.
        model: ROC-AUC of the ranking on the judged rows.
        seed: same seed, same answer.
    """
    last = folds[-1]
    sides = Sides(
        earlier=inputs.matrix[last.train],
        earlier_units=units[last.train],
        night=inputs.matrix[last.test],
        night_units=units[last.test],
    )
    return look_for_leaks(
        _table(inputs, labels, units, times),
        sides=None if times is None else sides,
        seed=seed,
        model=model,
        most_groups=_MOST_RESCORED,
    )


def _table(inputs: Inputs, labels: Floats, units: Codes, times: Codes | None) -> LeakTable:
    return LeakTable(
        matrix=inputs.known_values(),
        names=inputs.names,
        categorical=inputs.categorical,
        labels=labels,
        units=units,
        times=times,
    )
