"""One published threshold on one fact, over a frame or as an expression of any engine.

An unknown value never fires a trigger.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd

from models.ordering import Floats

Kind = Literal["need", "safety"]
_COMPARISONS: dict[str, Callable[[Floats, float], npt.NDArray[np.bool_]]] = {
    ">=": lambda numbers, value: numbers >= value,
    ">": lambda numbers, value: numbers > value,
    "<=": lambda numbers, value: numbers <= value,
    "<": lambda numbers, value: numbers < value,
    "==": lambda numbers, value: numbers == value,
}
OPERATORS = (*_COMPARISONS, "in")

Value = float | bool | str | tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """One threshold from ``valid_from`` on. ``order_by`` sorts the fired, largest first ("-x": smallest).

    ``published`` is False for signals of our own that only serve the rules of thumb. A trigger of kind ``safety`` says
    that somebody may lie helpless: looked into within ``hours``, never a sign of poverty, of no rule of thumb
    and compared with no model. With ``repeats_if_grown`` it fires again only where ``order_by`` is more than last time.
    """

    trigger_id: str
    feature: str
    op: str
    value: Value
    valid_from: date
    source: str
    title_zh: str
    order_by: str | None = None
    unit: str | None = None
    region: str | None = None
    verified: bool = False
    published: bool = True
    kind: Kind = "need"
    hours: int | None = None
    repeats_if_grown: bool = False
    note: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Features this trigger reads."""
        ordering = () if self.order_by is None else (self.order_by.removeprefix("-"),)
        return tuple(dict.fromkeys((self.feature, *ordering)))

    def fired(self, frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Return where the threshold is met; unknown is not met."""
        column = frame[self.feature]
        known = column.notna().to_numpy(dtype=bool)
        if isinstance(self.value, str | tuple):
            met = column.astype("object").isin(_words(self.value)).to_numpy(dtype=bool)
        else:
            numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
            met = _compare(numbers, self.op, float(self.value))
        return known & met

    def fired_on(self, matrix: ir.Table) -> ir.BooleanValue:
        """Return the same as an expression over a matrix."""
        column = matrix[self.feature]
        if isinstance(self.value, str | tuple):
            return column.isin(_words(self.value)).fill_null(False)
        number = column.cast("float64")
        met = _expressed(number, self.op, float(self.value))
        if isinstance(column.type(), dt.Floating):
            # Engines put NaN above every number; it is no number.
            met = met & ~number.isnan()
        return met.fill_null(False)

    def fires_again(self, now: pd.DataFrame, before: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Return where it fires now and says something new since ``before``; the rows are the same households."""
        fires = self.fired(now)
        if not self.repeats_if_grown or self.order_by is None:
            return fires
        name = self.order_by.removeprefix("-")
        values, earlier = (
            frame[name].to_numpy(dtype=np.float64, na_value=np.nan) for frame in (now, before)
        )
        more = values < earlier if self.order_by.startswith("-") else values > earlier
        return fires & (~self.fired(before) | more)


def _words(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


def _compare(numbers: Floats, op: str, value: float) -> npt.NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        return _COMPARISONS[op](numbers, value)


def _expressed(number: ir.NumericValue, op: str, value: float) -> ir.BooleanValue:
    met: dict[str, ir.BooleanValue] = {
        ">=": number >= value,
        ">": number > value,
        "<=": number <= value,
        "<": number < value,
        "==": number == value,
    }
    return met[op]


def size(frame: pd.DataFrame, order_by: str | None) -> Floats:
    """Squeeze ``order_by`` into (0, 1) without changing its order; unknown is 0."""
    if order_by is None:
        return np.zeros(len(frame))
    name = order_by.removeprefix("-")
    numbers = frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
    signed = -numbers if order_by.startswith("-") else numbers
    squeezed: Floats = np.nan_to_num(0.5 + np.arctan(signed) / np.pi, nan=0.0)
    return squeezed
