"""What one column alone tells of the label: by its values, by being filled in at all, by a value with one outcome only."""

from collections.abc import Iterator

import numpy as np
from scipy.special import pdtr

from models.clustered import Estimate, auc
from models.leaks.findings import FILLED_LATER, KNOWS_TOO_MUCH, ONE_OUTCOME, Finding
from models.leaks.table import LeakTable, Mask, halves
from models.ordering import Floats
from models.resampling import Interval

SUSPECT_AUC = 0.90
"""The one live ranking from registers with a published figure reaches 0.67, the best plain rule on real households 0.85:
one column above this knows too much."""
FILLED_AUC = 0.75
"""Whether a cell is filled at all should not tell the label: dates of an end or a decision do."""
_SURELY = 0.05
"""How far below its threshold the interval of a sign may reach: with few positives anything reaches it once."""
EXPECTED_OTHERS = 20.0
"""A value is only asked about where as many rows of the other outcome were to be expected: none by chance is e^-20."""
FOUND_OTHERS = 0.02
HONESTLY_FEWER = 30.0
"""Times fewer positives than the average that a value may honestly have: of real households in the highest income bracket
fifteen times fewer lack food (0.40 % against 6.03 %; docs/leaks.md names the survey), and twice that is allowed."""
_BY_CHANCE = 0.05
"""How likely one such value among all looked at may be by chance (Bonferroni)."""
_FEW_VALUES = 50
_PRIOR_ROWS = 20


def areas_alone(table: LeakTable, *, seed: int) -> dict[str, Interval]:
    """Return how well each column alone orders the label: ROC-AUC, whichever way round is better.

    Classes are ordered by their share of positives among the other half of the units.
    """
    first = halves(table.units, seed=seed)
    found = {}
    for place, name in enumerate(table.names):
        values = table.column(place)
        if place in table.categorical:
            area = _class_area(values, table.labels, first)
        else:
            area = either_way(auc(_unknown_low(values), table.labels))
        found[name] = area.interval(table.units, least=0.0)
    return found


def knowing_too_much(alone: dict[str, Interval]) -> list[Finding]:
    """Return the columns that alone order the label better than honest rankings of everything do."""
    return [
        Finding(
            kind=KNOWS_TOO_MUCH,
            column=name,
            measure="ROC-AUC alone",
            strength=area,
            sentence=f"alone it orders the label with ROC-AUC {area.value:.3f}; ask when it is filled in",
        )
        for name, area in alone.items()
        if area.value >= SUSPECT_AUC and area.low >= SUSPECT_AUC - 2 * _SURELY
    ]


def filled_later(table: LeakTable) -> list[Finding]:
    """Return the columns whose being filled in orders the label."""
    found = []
    for place, name in enumerate(table.names):
        known = ~np.isnan(table.matrix[:, place])
        if known.all() or not known.any():
            continue
        area = either_way(auc(known.astype(np.float64), table.labels))
        strength = area.interval(table.units, least=0.0)
        if strength.value < FILLED_AUC or strength.low < FILLED_AUC - 2 * _SURELY:
            continue
        shares = [float(known[table.labels == label].mean()) for label in (1, 0)]
        found.append(
            Finding(
                kind=FILLED_LATER,
                column=name,
                measure="ROC-AUC of being filled in",
                strength=strength,
                sentence=f"filled in for {shares[0]:.0%} of the positive and {shares[1]:.0%} of the other rows; a"
                " column that is filled in later (an end, a decision, a payment) tells the outcome",
            )
        )
    return found


def one_outcome(table: LeakTable) -> list[Finding]:
    """Return the columns with a value (or being filled in, or not zero) that goes with one outcome only.

    A value no positive has must be much surer than one all positives have: honest signs of being well off are strong.
    """
    found = []
    rate = float(table.labels.mean())
    seen = {name: list(_counted(table, place)) for place, name in enumerate(table.names)}
    looked_at = sum(len(values) for values in seen.values())
    rows_per_unit = len(table.labels) / max(len(np.unique(table.units)), 1)
    for name, values in seen.items():
        worst: tuple[float, str, Interval] | None = None
        for words, count, positives in values:
            for others, expected, outcome in (
                (count - positives, count * (1 - rate), "positive"),
                (positives, count * rate, "negative"),
            ):
                if expected < EXPECTED_OTHERS or others > FOUND_OTHERS * expected:
                    continue
                by_chance = looked_at * _so_few(others, expected, rows_per_unit=rows_per_unit)
                if outcome == "negative" and by_chance > _BY_CHANCE:
                    continue
                if worst is None or expected > worst[0]:
                    telling = f"{words}: {count:.0f} rows, all but {others:.0f} {outcome}, where"
                    sentence = f"{telling} {expected:.0f} of the other kind were to be expected"
                    share = 1 - others / count
                    worst = (expected, sentence, Interval(share, share, share))
        if worst is not None:
            found.append(
                Finding(
                    kind=ONE_OUTCOME,
                    column=name,
                    measure="share with one outcome",
                    strength=worst[2],
                    sentence=worst[1],
                )
            )
    return found


def _counted(table: LeakTable, place: int) -> Iterator[tuple[str, float, float]]:
    """Yield words, rows and positives of every value of a column that some row has."""
    for words, rows in _values(table.column(place), is_class=place in table.categorical):
        if rows.any():
            yield words, float(rows.sum()), float(table.labels[rows].sum())


def _so_few(positives: float, expected: float, *, rows_per_unit: float) -> float:
    """Return the Poisson chance that a value with honestly few positives has at most so many; units count once."""
    return float(
        pdtr(np.ceil(positives / rows_per_unit), expected / rows_per_unit / HONESTLY_FEWER)
    )


def either_way(area: Estimate) -> Estimate:
    """Return the area of the better of the two directions."""
    return area.flipped() if area.value < 0.5 else area


def _values(values: Floats, *, is_class: bool) -> Iterator[tuple[str, Mask]]:
    """Yield the sets of rows one value stands for, with words; columns of many values only by filled and not zero."""
    known = ~np.isnan(values)
    yield "filled in", known
    yield "not filled in", ~known
    if not is_class:
        yield "filled in and not zero", known & (values != 0)
    different = np.unique(values[known])
    if len(different) <= _FEW_VALUES or is_class:
        for value in different:
            yield f"value number {value:g}" if is_class else f"value {value:g}", values == value


def _class_area(values: Floats, labels: Floats, first: Mask) -> Estimate:
    influence = np.zeros(len(labels))
    total, parts = 0.0, 0
    for learn, judge in ((first, ~first), (~first, first)):
        area = auc(_shares(values[learn], labels[learn], values[judge]), labels[judge])
        if np.isnan(area.value):
            continue
        influence[judge] += area.influence
        total, parts = total + area.value, parts + 1
    return Estimate(total / parts, influence / parts) if parts else Estimate(0.5, influence)


def _shares(learn: Floats, labels: Floats, judge: Floats) -> Floats:
    """Share of positives per class, drawn to the mean of all as if by twenty rows more."""
    if not len(learn):
        return np.zeros(len(judge))
    unknown = int(np.nan_to_num(np.concatenate([learn, judge])).max(initial=0)) + 1
    learned = np.nan_to_num(learn, nan=unknown).astype(np.intp)
    judged = np.nan_to_num(judge, nan=unknown).astype(np.intp)
    rows = np.bincount(learned, minlength=unknown + 1)
    positives = np.bincount(learned, weights=labels, minlength=unknown + 1)
    shares: Floats = (positives + _PRIOR_ROWS * float(labels.mean())) / (rows + _PRIOR_ROWS)
    return np.asarray(shares[judged], dtype=np.float64)


def _unknown_low(values: Floats) -> Floats:
    known = values[~np.isnan(values)]
    low = float(known.min()) - 1 if len(known) else 0.0
    return np.asarray(np.where(np.isnan(values), low, values), dtype=np.float64)
