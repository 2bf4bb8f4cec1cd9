"""What an artefact keeps of the rows it was trained on: quantiles, and golden rows that are no household."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from models.encoding import Encoding

ROWS = 50
QUANTILES = tuple(round(0.05 * step, 2) for step in range(21))


def quantiles(reference: pd.DataFrame, encoding: Encoding) -> dict[str, list[float]]:
    """Return, per numeric input with known values, its values at :data:`QUANTILES`."""
    found = {}
    for column in encoding.columns:
        if column.dtype in ("number", "integer"):
            values = reference[column.name].to_numpy(dtype=np.float64, na_value=np.nan)
            known = values[~np.isnan(values)]
            if len(known):
                found[column.name] = [float(value) for value in np.quantile(known, QUANTILES)]
    return found


def golden_rows(reference: pd.DataFrame, inputs: Sequence[str]) -> pd.DataFrame:
    """Mix rows from the values of the reference, every column in an order of its own."""
    generator = np.random.default_rng(len(inputs))
    mixed = {
        name: reference[name].to_numpy(dtype=object)[generator.integers(0, len(reference), ROWS)]
        for name in inputs
    }
    values = {name: [plain(value) for value in found] for name, found in mixed.items()}
    return pd.DataFrame(values, columns=list(inputs), dtype=object)


def plain(value: object) -> object:
    """Return a value as JSON knows it; unknown is None."""
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, np.generic):
        found: object = value.item()
        return found
    return value
