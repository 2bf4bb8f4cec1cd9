"""Made-up tables that are honest but awkward, and the leaks to plant in them. Nothing here is about people."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from models.leaks.night import Sides
from models.leaks.table import LeakTable
from models.ordering import Floats

_DATES = 3
_NOISE = 12


@dataclass(frozen=True)
class MadeUp:
    """Rows of several dates with a label, and of one night after them."""

    table: LeakTable
    sides: Sides
    need: Floats
    """The log-odds behind each label: what an honest column may know."""


def clean(number: int, *, units: int = 1500) -> MadeUp:
    """Return an honest table; ``number`` decides its size of need, its signal and its awkwardness.

    Every unit has a row per date. One column is strong, one is filled in a little more often in need, one drifts, one is
    a whole number different in nearly every row, one has thirty classes, one is mostly zero.
    """
    draw = np.random.default_rng((97, number))
    rows = units * (_DATES + 1)
    unit = np.tile(np.arange(units), _DATES + 1)
    time = np.repeat(np.arange(_DATES + 1), units)
    lasting = draw.normal(size=units)[unit]
    debt = 0.8 * lasting + 0.6 * draw.normal(size=rows)
    income = np.round(30_000 * np.exp(0.5 * draw.normal(size=rows) - 0.3 * debt))
    street = draw.integers(0, 30, units)[unit]
    street_effect = 0.3 * draw.normal(size=30)
    calls = draw.poisson(np.exp(-2 + 0.6 * debt))
    need = (
        draw.uniform(0.8, 1.8) * debt
        + street_effect[street]
        + 0.3 * np.minimum(calls, 3)
        + 0.1 * time
    )
    base = draw.uniform(0.05, 0.30)
    labels = (draw.random(rows) < 1 / (1 + np.exp(-(need + _shift(need, base))))).astype(float)
    spent = np.where(draw.random(rows) < 0.40 + 0.15 * labels, draw.normal(size=rows), np.nan)
    columns = {
        "debt": np.where(draw.random(rows) < 0.1, np.nan, debt),
        "income": income,
        "street": street,
        "calls": calls,
        "spent": spent,
        "price": draw.normal(size=rows) + 0.4 * time,
        **{f"noise_{place}": draw.normal(size=rows) for place in range(_NOISE)},
    }
    matrix = np.column_stack(list(columns.values())).astype(np.float32)
    past = time < _DATES
    return MadeUp(
        table=LeakTable(
            matrix=matrix[past],
            names=tuple(columns),
            labels=labels[past],
            units=unit[past],
            times=time[past],
            categorical=(2,),
            groups={"bills": ("debt", "income"), "contacts": ("calls", "spent")},
        ),
        sides=Sides(
            earlier=matrix[past],
            earlier_units=unit[past],
            night=matrix[~past],
            night_units=unit[~past],
        ),
        need=need[past],
    )


def end_filled_in_later(made: MadeUp, number: int) -> MadeUp:
    """Plant days since an end that old rows hold for most who left and no night holds yet."""
    draw = np.random.default_rng((101, number))
    labels = made.table.labels
    filled = draw.random(len(labels)) < np.where(labels == 1, draw.uniform(0.4, 0.9), 0.08)
    days = np.where(filled, draw.integers(1, 180, len(labels)), np.nan)
    return _with(made, "ended_days_ago", days, np.full(len(made.sides.night), np.nan))


def amount_of_the_benefit(made: MadeUp, number: int) -> MadeUp:
    """Plant an amount that is paid once the need was confirmed, with noise and with a few paid otherwise."""
    draw = np.random.default_rng((103, number))
    labels = made.table.labels
    amount = 500 * labels + draw.normal(scale=draw.uniform(150, 300), size=len(labels))
    night = draw.normal(scale=200, size=len(made.sides.night))
    return _with(made, "amount", amount, night)


def rare_code_of_the_decision(made: MadeUp, number: int) -> MadeUp:
    """Plant a code that a fifth of the positives carry and nobody else."""
    draw = np.random.default_rng((107, number))
    labels = made.table.labels
    code = np.where((labels == 1) & (draw.random(len(labels)) < 0.2), 1.0, 0.0)
    return _with(made, "decision", code, np.zeros(len(made.sides.night)))


def number_in_order_of_cases(made: MadeUp, number: int) -> MadeUp:
    """Plant a running number: who will be positive got a later one."""
    draw = np.random.default_rng((109, number))
    labels, units = made.table.labels, made.table.units
    ever = np.bincount(units, weights=labels) > 0
    place = np.argsort(np.argsort(1.0 * ever + draw.normal(size=len(ever)))).astype(np.float64)
    return _with(made, "case_number", place[units], place[made.sides.night_units])


def rows_in_order_of_cases(made: MadeUp, number: int) -> MadeUp:
    """Sort the rows of each date roughly by their label, as a file that grows by cases is."""
    draw = np.random.default_rng((113, number))
    table = made.table
    assert table.times is not None
    late = 0.8 * table.labels + draw.normal(size=len(table.labels))
    return replace(made, table=table.taken(np.lexsort((late, table.times))))


def label_with_a_few_mistakes(made: MadeUp, number: int) -> MadeUp:
    """Plant the label itself under another name, three in a hundred wrong."""
    draw = np.random.default_rng((127, number))
    labels = made.table.labels
    wrong = draw.random(len(labels)) < 0.03
    night = (draw.random(len(made.sides.night)) < labels.mean()).astype(float)
    return _with(made, "closed", np.where(wrong, 1 - labels, labels), night)


PLANTS: Mapping[str, Callable[[MadeUp, int], MadeUp]] = {
    "end date filled in later": end_filled_in_later,
    "amount linked to the benefit": amount_of_the_benefit,
    "rare code of the decision": rare_code_of_the_decision,
    "running number of cases": number_in_order_of_cases,
    "rows in order of cases": rows_in_order_of_cases,
    "label with a few mistakes": label_with_a_few_mistakes,
}


def _with(made: MadeUp, name: str, past: Floats, night: Floats) -> MadeUp:
    """Add a column; it stands alone, in no group."""
    values, tonight = past.astype(np.float32)[:, None], night.astype(np.float32)[:, None]
    table, sides = made.table, made.sides
    matrix = np.hstack([table.matrix, values])
    return replace(
        made,
        table=replace(table, matrix=matrix, names=(*table.names, name)),
        sides=replace(sides, earlier=matrix, night=np.hstack([sides.night, tonight])),
    )


def _shift(need: Floats, base: float) -> float:
    """Return what to add to the log-odds so that about ``base`` of the rows are positive."""
    low, high = -12.0, 12.0
    for _ in range(40):
        middle = (low + high) / 2
        if (1 / (1 + np.exp(-(need + middle)))).mean() < base:
            low = middle
        else:
            high = middle
    return low
