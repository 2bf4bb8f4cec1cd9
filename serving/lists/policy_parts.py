"""What a list policy is made of: rules of urgency, roles, lanes, whom to leave in peace, how bands are shown."""

from datetime import date
from typing import Literal, Self

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

Kind = Literal["urgent", "sweep", "care", "ranked", "cadence", "exploration"]
Need = Literal["cash", "care", "job", "school", "housing", "mental"]


class Part(BaseModel):
    """Nothing in a policy may be misspelt or changed once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Condition(Part):
    """One comparison with a feature. An unknown value (null) never fulfils it."""

    feature: str
    at_least: float | None = None
    at_most: float | None = None
    equals: bool | None = None

    @model_validator(mode="after")
    def _compares_something(self) -> Self:
        if (self.at_least, self.at_most, self.equals) == (None, None, None):
            raise ValueError(f"condition on {self.feature}: give at_least, at_most or equals")
        return self

    def holds(self, matrix: pd.DataFrame) -> "pd.Series[bool]":
        """Return which rows fulfil it."""
        values = matrix[self.feature]
        fulfilled = pd.Series(True, index=matrix.index)
        if self.at_least is not None:
            fulfilled &= (values >= self.at_least).fillna(False).astype(bool)
        if self.at_most is not None:
            fulfilled &= (values <= self.at_most).fillna(False).astype(bool)
        if self.equals is not None:
            fulfilled &= (values == self.equals).fillna(False).astype(bool)
        return fulfilled


class UrgentRule(Part):
    """A state that cannot wait: every condition of ``all`` and, if given, at least one of ``any``.

    ``months`` are those the rule is in force in (1-12); empty means all year. ``hours`` is the time to
    the first visit, counted from ``ready_hour`` of the list's date.
    """

    id: str
    title: str
    hours: int = Field(gt=0)
    months: tuple[int, ...] = ()
    all: tuple[Condition, ...] = Field(min_length=1)
    any: tuple[Condition, ...] = ()

    def holds(self, matrix: pd.DataFrame, *, as_of_date: date) -> "pd.Series[bool]":
        """Return which rows are urgent under this rule."""
        if self.months and as_of_date.month not in self.months:
            return pd.Series(False, index=matrix.index)
        fulfilled = pd.Series(True, index=matrix.index)
        for condition in self.all:
            fulfilled &= condition.holds(matrix)
        if self.any:
            one = pd.Series(False, index=matrix.index)
            for condition in self.any:
                one |= condition.holds(matrix)
            fulfilled &= one
        return fulfilled


class RoleRule(Part):
    """Which kinds of case a role is there for, and which it takes when places are left."""

    role: str
    title: str
    takes: tuple[Kind, ...]
    fills: tuple[Kind, ...] = ()


class Exploration(Part):
    """Shares of capacity kept for looking where the model does not point."""

    random_share: float = Field(ge=0, le=0.5)
    uncertain_share: float = Field(ge=0, le=0.5)


class Sweeps(Part):
    """Households that seem due something they do not hold are asked whether they want to apply.

    ``rules``: the tiers that may send somebody, by id; the others only stand beside the reasons.
    """

    share: float = Field(ge=0, le=0.5, description="of a grid's capacity, at most")
    rules: tuple[str, ...] = Field(min_length=1)


class CadenceTask(Part):
    """A visit that households on file are due every so many months."""

    code: str
    title: str
    months: int = Field(gt=0)


class Cadence(Part):
    """Regular visits (三个一) to households on file: only what is due, and capped.

    ``on_file``: the feature that says a household is on file. ``tasks`` from the most to the least
    thorough; a more thorough one does for those below it.
    """

    share: float = Field(ge=0, le=0.5, description="of a grid's capacity, at most")
    on_file: str
    tasks: tuple[CadenceTask, ...] = Field(min_length=1)


class Suppression(Part):
    """When a household is left in peace, in days."""

    visited_days: int = Field(ge=0, description="after a visit that reached somebody")
    unreached_days: int = Field(ge=0, description="after a visit that reached nobody")
    open_alert_days: int = Field(ge=0, description="while an earlier alert waits for its answer")
    covered_spares: tuple[Kind, ...] = Field(description="kinds a covered household still gets")
    visited_spares: tuple[Kind, ...] = Field(description="kinds a visited household still gets")
    objected_spares: tuple[Kind, ...] = Field(
        default=(), description="kinds a household that objected to lists still gets"
    )


class BandStyle(Part):
    """How a band of the model is shown: never by colour alone."""

    code: str
    word: str
    shape: str
    days: int = Field(gt=0, description="days until the visit is due")
