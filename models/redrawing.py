"""The figures of every policy under every draw of households, from which intervals are read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.ordering import Floats, Positions
from models.probability_metrics import AucParts
from models.resampling import Codes, Draws, HouseholdBootstrap
from models.top_of_list import Capacity, RankedRows, whole_dates


@dataclass(frozen=True)
class Drawn:
    """One value per draw: precision and recall by policy and capacity, ROC-AUC by policy."""

    precision: Mapping[tuple[str, str], Floats]
    recall: Mapping[tuple[str, str], Floats]
    roc_auc: Mapping[str, Floats]


def redraw(
    ranked: Mapping[str, RankedRows],
    auc: Mapping[str, AucParts],
    *,
    capacities: Sequence[Capacity],
    bootstrap: HouseholdBootstrap,
    dates: Sequence[Positions],
    positives: Floats,
    labelled: Floats,
    known: npt.NDArray[np.bool_],
) -> Drawn:
    """Return what every policy would have reached in every draw.

    Args:
        ranked: the ordered rows of each policy.
        auc: the parts of each policy's AUC, over the rows that are ``known``.
        capacities: where to cut.
        bootstrap: the draws.
        dates: rows of each date.
        positives: weight of each row's positive label, 0 for all others.
        labelled: weight of each row with a known label, 0 for all others.
        known: rows with a known label.
    """
    households = int(bootstrap.codes.max()) + 1
    everything = _sums([positives], bootstrap.codes, households)
    sums = _auc_sums(list(auc.values()), bootstrap.codes[known], households)
    precision: dict[tuple[str, str], list[Floats]] = {}
    recall: dict[tuple[str, str], list[Floats]] = {}
    areas = []
    for weights in bootstrap.batches():
        with np.errstate(divide="ignore", invalid="ignore"):
            areas.append(_redrawn_auc(list(auc.values()), sums @ weights))
            of_all = (everything @ weights)[0]
            whole = whole_dates(
                dates,
                positives=positives,
                labelled=labelled,
                weights=weights,
                codes=bootstrap.codes,
            )
            for name, rows in ranked.items():
                at = rows.drawn(capacities, weights=weights, codes=bootstrap.codes, whole=whole)
                for capacity, (found, graded) in at.items():
                    precision.setdefault((name, capacity), []).append(found / graded)
                    recall.setdefault((name, capacity), []).append(found / of_all)
    return Drawn(
        {key: np.concatenate(batches) for key, batches in precision.items()},
        {key: np.concatenate(batches) for key, batches in recall.items()},
        dict(zip(auc, np.concatenate(areas, axis=1), strict=True)),
    )


def _auc_sums(found: Sequence[AucParts], codes: Codes, households: int) -> npt.NDArray[np.float32]:
    """Per household: weights of both classes, then two sums of shares per policy."""
    columns = [found[0].positives, found[0].negatives]
    for one in found:
        columns += [one.positives * one.shares, one.negatives * one.shares]
    return _sums(columns, codes, households)


def _redrawn_auc(found: Sequence[AucParts], sums: Draws) -> Floats:
    """One row of redrawn AUCs per policy; see :class:`models.probability_metrics.AucParts`."""
    of_positives, of_negatives = sums[0], sums[1]
    known = np.array([[one.auc] for one in found])
    return np.asarray(sums[2::2] / of_positives + sums[3::2] / of_negatives - known)


def _sums(columns: Sequence[Floats], codes: Codes, households: int) -> npt.NDArray[np.float32]:
    """Sum each column per household: one row per column."""
    return np.array(
        [np.bincount(codes, weights=column, minlength=households) for column in columns],
        dtype=np.float32,
    )
