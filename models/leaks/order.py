"""Whether the place of a row or a number issued in order tells the label."""

import numpy as np

from models.clustered import Estimate, auc
from models.leaks.alone import either_way
from models.leaks.findings import ROW_ORDER, RUNNING_ID, Finding
from models.leaks.table import LeakTable
from models.ordering import Floats
from models.resampling import Interval

_ERRORS = 4.0
"""Standard errors from a half: with hundreds of ids chance reaches three now and then."""
_FARTHEST = 0.05
"""In very large tables any trace is four errors away; below this it changes no figure."""
_ALL_DIFFERENT = 0.99
_DENSE = 1.5


def row_order(table: LeakTable) -> list[Finding]:
    """Return a finding where the place of the rows (within their date, if there are dates) orders the label."""
    places = np.arange(len(table.labels), dtype=np.float64)
    area = _within_dates(places, table)
    told = _told(area, table)
    if told is None:
        return []
    return [
        Finding(
            kind=ROW_ORDER,
            column="",
            measure="ROC-AUC of the row number",
            strength=told,
            sentence=f"the place of a row in the file orders the label (ROC-AUC {told.value:.3f}): the file is sorted by"
            " it, by when a case was opened, or by time",
        )
    ]


def running_ids(table: LeakTable) -> list[Finding]:
    """Return the whole-number columns that number units without gaps and whose order tells the label."""
    found = []
    units = len(np.unique(table.units))
    for place, name in enumerate(table.names):
        if place in table.categorical or not _numbers_units(table.column(place), units=units):
            continue
        told = _told(_within_dates(table.column(place), table), table)
        if told is not None:
            sentence = f"a running number whose order tells the label (ROC-AUC {told.value:.3f})"
            found.append(
                Finding(
                    kind=RUNNING_ID,
                    column=name,
                    measure="ROC-AUC alone",
                    strength=told,
                    sentence=sentence,
                )
            )
    return found


def _numbers_units(values: Floats, *, units: int) -> bool:
    if np.isnan(values).any() or units < 200 or (values != np.round(values)).any():
        return False
    different = np.unique(values)
    dense = different[-1] - different[0] + 1 <= _DENSE * len(different)
    return bool(dense and len(different) >= _ALL_DIFFERENT * units)


def _within_dates(values: Floats, table: LeakTable) -> Estimate:
    """Mean area within the dates, by their positives: needs that rise over the years say nothing of row numbers."""
    if table.times is None:
        return auc(values, table.labels)
    influence, total, weight = np.zeros(len(values)), 0.0, 0.0
    for date in np.unique(table.times):
        rows = np.flatnonzero(table.times == date)
        area = auc(values[rows], table.labels[rows])
        if np.isnan(area.value):
            continue
        share = float(table.labels[rows].sum())
        influence[rows] = share * area.influence
        total, weight = total + share * area.value, weight + share
    return Estimate(total / weight, influence / weight) if weight else Estimate(0.5, influence)


def _told(area: Estimate, table: LeakTable) -> Interval | None:
    error = float(np.sqrt(area.variance(table.units)))
    if abs(area.value - 0.5) < max(_ERRORS * error, _FARTHEST):
        return None
    return either_way(area).interval(table.units, least=0.0)
