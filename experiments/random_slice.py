"""A backtest judged by the households drawn by lot, with intervals that hold for few draws."""

import pandas as pd

from experiments.backtest import Backtest
from experiments.fitting import LEARNED
from models.selection.estimates import Estimator, at_capacity, precision_difference
from models.selection.lots import Lot


def lot_of(backtest: Backtest) -> Lot | None:
    """Return the random slice of the judged rows; None where nobody was drawn and met.

    Draws of the district are independent, each household with its own chance; a night draws a number per street.
    Either way the intervals hold: for a fixed number they are somewhat wide.
    """
    rows = backtest.rows
    if "random_label" not in rows or not rows["random_label"].notna().any():
        return None
    return Lot.of(rows)


def slice_table(backtest: Backtest, *, estimator: Estimator = "hajek") -> pd.DataFrame:
    """Return one row per policy and capacity: the estimates by lot and the model's lead in precision.

    Columns: ``policy``, those of :meth:`models.selection.estimates.SliceEstimates.line`, ``lead`` with ``_low`` and
    ``_high``. Empty without a random slice.
    """
    lot = lot_of(backtest)
    if lot is None:
        return pd.DataFrame()
    lines = []
    for capacity in backtest.capacities:
        for policy, scores in backtest.scores.items():
            found = at_capacity(lot, scores, capacity=capacity, estimator=estimator)
            lead = precision_difference(lot, backtest.scores[LEARNED], scores, capacity=capacity)
            spread = {"lead": lead.value, "lead_low": lead.low, "lead_high": lead.high}
            lines.append({"policy": policy, **found.line(), **spread})
    return pd.DataFrame(lines)
