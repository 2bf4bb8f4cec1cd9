"""A scorecard on one page: per input its bins, their points, and how many training rows stand behind them."""

from dataclasses import dataclass
from math import log

from models.encoding import Column
from models.learners.additive import AdditiveModel, Steps

POINTS_TO_DOUBLE = 20
"""Points that double the odds."""
LINES_PER_PAGE = 66
_FACTOR = POINTS_TO_DOUBLE / log(2)


@dataclass(frozen=True)
class PageLine:
    """One bin: its points, and the rows and positives it held in training."""

    input: str
    values: str
    points: int
    rows: int
    positives: int


def page_lines(model: AdditiveModel) -> tuple[int, tuple[PageLine, ...]]:
    """Return the points everybody starts with and one line per bin; neighbours of equal points share a line.

    The lowest bin of every input has 0 points. Points are rounded, so a sum is within half a point per input of
    what the model computes. Bins without training rows are left out.

    Raises:
        ValueError: the model is not a scorecard.
    """
    start, lines = model.intercept * _FACTOR, []
    for column, term in zip(model.encoding.columns, model.terms, strict=True):
        if not isinstance(term, Steps) or not term.rows:
            raise ValueError(f"a {model.kind} model has no page of points: only a scorecard does")
        lowest = min(
            weight
            for weight, rows in zip((*term.weights, term.unknown), term.rows, strict=True)
            if rows
        )
        start += lowest * _FACTOR
        lines += _lines_of(column, term, lowest)
    return round(start), tuple(lines)


def page(model: AdditiveModel) -> str:
    """Return the page as plain text, at most :data:`LINES_PER_PAGE` lines for settings as delivered."""
    start, lines = page_lines(model)
    wide = max([len(line.values) for line in lines] + [6])
    name = max([len(line.input) for line in lines] + [5])
    rule = f"{POINTS_TO_DOUBLE} points double the odds, 0 points are even odds (before calibration)"
    text = [
        f"Start with {start} points; {rule}.",
        f"{'input':<{name}}  {'values':<{wide}}  points     rows  positives",
    ]
    before = ""
    for line in lines:
        shown = line.input if line.input != before else ""
        before = line.input
        text.append(
            f"{shown:<{name}}  {line.values:<{wide}}  {line.points:>+6d}  {line.rows:>7d}"
            f"  {line.positives:>9d}"
        )
    return "\n".join(text) + "\n"


def _lines_of(column: Column, term: Steps, lowest: float) -> list[PageLine]:
    number = len(term.weights)
    points = [round((weight - lowest) * _FACTOR) for weight in (*term.weights, term.unknown)]
    merged: list[list[int]] = []
    for at in range(number):
        if not term.rows[at]:
            continue
        if merged and not term.groups and points[merged[-1][-1]] == points[at]:
            merged[-1].append(at)
        else:
            merged.append([at])
    lines = [
        PageLine(
            column.name,
            _values(column, term, bins[0], bins[-1]),
            points[bins[0]],
            sum(term.rows[at] for at in bins),
            sum(term.positives[at] for at in bins),
        )
        for bins in merged
    ]
    if term.rows[number]:
        lines.append(
            PageLine(
                column.name, "unknown", points[number], term.rows[number], term.positives[number]
            )
        )
    return lines


def _values(column: Column, term: Steps, first: int, last: int) -> str:
    if term.groups:
        named = [
            name for name, bin_ in zip(column.categories, term.groups, strict=True) if bin_ == first
        ]
        return ", ".join(named) if len(named) < 4 else f"{len(named)} rarer ones"
    if column.dtype == "boolean":
        if first == last and term.cuts:
            return "yes" if first else "no"
        return "any"
    low = f"{term.cuts[first - 1]:g}" if first else None
    high = f"{term.cuts[last]:g}" if last < len(term.cuts) else None
    if low is None:
        return f"below {high}" if high is not None else "any"
    return f"{low} and more" if high is None else f"{low} to below {high}"
