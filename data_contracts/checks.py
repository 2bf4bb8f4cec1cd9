"""The checks a contract may ask for, as data: who carries them out is decided elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from data_contracts.set_rules import (
    MostlyKnown,
    SetRule,
    UsualCodes,
    UsualDistribution,
    UsualGap,
    UsualGroups,
    UsualUnit,
    UsualVolume,
)


class Severity(StrEnum):
    """What the gate does about a breach."""

    WARNING = "warning"
    """Recorded with the judgement; every row is kept. A set check marks the delivery as degraded."""
    ERROR = "error"
    """The rows concerned are quarantined."""
    FATAL = "fatal"
    """The file is refused whole."""


@dataclass(frozen=True)
class NullValues:
    """The column is never null."""

    column: str


@dataclass(frozen=True)
class InvalidValues:
    """The column, where not null, has one of the values."""

    column: str
    valid_values: tuple[str, ...]


@dataclass(frozen=True)
class DuplicateValues:
    """No two rows of a file agree in all of the columns."""

    columns: tuple[str, ...]


@dataclass(frozen=True)
class RowCount:
    """The file has between ``least`` and ``most`` rows, both included; None is no bound."""

    least: int | None
    most: int | None


@dataclass(frozen=True)
class Expectation:
    """Any Great Expectations expectation under its own name, e.g. ``expect_column_values_to_be_between``."""

    type: str
    kwargs: tuple[tuple[str, object], ...]


@dataclass(frozen=True)
class TypicalValue:
    """The median of the column lies in [``low``, ``high``]: catches a unit changed a thousandfold.

    ``where`` narrows to rows with that value in that column. Fewer than ``min_rows`` such values say nothing
    about a unit, so the check is then passed.
    """

    column: str
    low: float
    high: float
    where: tuple[str, str] | None
    min_rows: int


@dataclass(frozen=True)
class NotAfterArrival:
    """The date is not after the day the delivery was received."""

    column: str


@dataclass(frozen=True)
class KnownIn:
    """The value, where not null, is a ``feed_column`` of some accepted row of ``feed``."""

    column: str
    feed: str
    feed_column: str


Rule = (
    NullValues
    | InvalidValues
    | DuplicateValues
    | RowCount
    | Expectation
    | TypicalValue
    | NotAfterArrival
    | KnownIn
    | SetRule
)


@dataclass(frozen=True)
class Check:
    """One check of a contract. ``check_id`` is what a quarantined row points at."""

    check_id: str
    column: str | None
    severity: Severity
    dimension: str
    business_impact: str
    rule: Rule

    def valid_values_of(self, column: str) -> tuple[str, ...]:
        """Return the values this check allows in the column; empty when it does not speak of them."""
        if isinstance(self.rule, InvalidValues) and self.rule.column == column:
            return self.rule.valid_values
        return ()

    @property
    def is_of_the_set(self) -> bool:
        """Whether the check looks at the delivery as a whole against others (:mod:`data_contracts.set_rules`)."""
        return isinstance(self.rule, SetRule)

    @property
    def looked_up(self) -> tuple[tuple[str, str], ...]:
        """Feed and column of everything the check looks up in other feeds."""
        match self.rule:
            case (
                KnownIn(feed=feed, feed_column=column) | MostlyKnown(feed=feed, feed_column=column)
            ):
                return ((feed, column),)
            case UsualGroups(path=path):
                return tuple((step.feed, name) for step in path for name in (step.key, step.value))
            case _:
                return ()

    @property
    def reference(self) -> KnownIn | None:
        """The other feed without which this check cannot be carried out, if any."""
        return self.rule if isinstance(self.rule, KnownIn) else None


@dataclass(frozen=True)
class Breach:
    """One check failing on one delivery.

    ``rows`` are positions in the file counted from 0, or None when the whole file fails. ``detail`` says what
    was found and expected; it never quotes a cell that could identify or describe a person.
    """

    check_id: str
    column: str | None
    severity: Severity
    rows: tuple[int, ...] | None
    detail: str


def columns_of(rule: Rule) -> tuple[str, ...]:
    """Return the columns of the feed a rule speaks of, so that a contract can be checked for misspellings."""
    match rule:
        case NullValues() | InvalidValues() | NotAfterArrival() | KnownIn():
            return (rule.column,)
        case TypicalValue():
            return (rule.column,) if rule.where is None else (rule.column, rule.where[0])
        case UsualDistribution() | UsualGroups() | MostlyKnown():
            return (rule.column,)
        case UsualUnit():
            return (rule.column,) if rule.where is None else (rule.column, rule.where[0])
        case UsualCodes():
            return (rule.column,) if rule.companion is None else (rule.column, rule.companion)
        case DuplicateValues():
            return rule.columns
        case RowCount() | UsualVolume() | UsualGap():
            return ()
        case Expectation():
            return tuple(_columns_among(rule.kwargs))
        case _ as never:
            assert_never(never)


def _columns_among(kwargs: tuple[tuple[str, object], ...]) -> Iterator[str]:
    for name, value in kwargs:
        if name in ("column", "column_A", "column_B"):
            yield str(value)
        elif name in ("column_list", "column_set") and isinstance(value, list | tuple):
            yield from map(str, value)
