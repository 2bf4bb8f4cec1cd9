"""Named subsets of the households judged: each is ranked and cut again as a population of its own."""

import operator
from collections.abc import Callable, Mapping
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict

from features.deployment import Deployment
from models.news import ENTRY, ONSET

TOTAL = "total"
RESERVED = (TOTAL, ONSET, ENTRY)

_COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Condition(BaseModel):
    """A column, a comparison and a value; unknown is never in a subset.

    ``feature`` is a declared feature of any purpose, or ``area_id``: a subset reports, it does not rank.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    feature: str
    op: Literal["==", "!=", "<", "<=", ">", ">=", "in"]
    value: bool | float | str | tuple[str, ...]

    def holds(self, frame: pd.DataFrame) -> pd.Series:
        """Return which rows fulfil it, as plain booleans."""
        values = frame[self.feature]
        if isinstance(self.value, tuple):
            return values.isin(list(self.value))
        compared: pd.Series = _COMPARISONS[self.op](values, self.value)
        return compared.fillna(False).astype(bool) & values.notna()


def complaints_about(subsets: Mapping[str, Condition], deployment: Deployment) -> list[str]:
    """Return what is wrong with the named subsets, one sentence each."""
    declared = {feature.name: feature for feature in deployment.features}
    complaints = []
    for name, condition in subsets.items():
        place = f"subsets.{name}"
        if name in RESERVED:
            complaints.append(f"{place}: {name} is always shown; choose another name")
        if condition.feature == "area_id":
            text = True
        elif condition.feature in declared:
            text = declared[condition.feature].dtype == "category"
        else:
            complaints.append(f"{place}: no feature {condition.feature!r} is declared")
            continue
        if (condition.op == "in") != isinstance(condition.value, tuple):
            complaints.append(f"{place}: a list of values goes with `in`, and `in` with a list")
        elif text != isinstance(condition.value, str | tuple) or (
            text and condition.op not in ("==", "!=", "in")
        ):
            kind = "a category" if text else "a number or yes/no"
            complaints.append(
                f"{place}: {condition.feature} is {kind}; {condition.op} {condition.value!r} does not fit"
            )
    return complaints


def subset_columns(frame: pd.DataFrame, subsets: Mapping[str, Condition]) -> pd.DataFrame:
    """Return one column of booleans per named subset, one row per row of ``frame``."""
    return pd.DataFrame(
        {name: one.holds(frame) for name, one in subsets.items()}, index=frame.index
    )
