"""Drop and score again: what the ranking loses without each group, on the same rows, with a paired interval."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from models.clustered import Estimate, auc
from models.leaks.findings import COSTS_TOO_MUCH, TOO_GOOD, Finding
from models.leaks.table import LeakTable, Mask, Matrix, halves
from models.learners.trees import grow
from models.ordering import Floats
from models.resampling import Interval

TABLE_CEILING = 0.95
"""For a table of unknown origin. The best honest figure known here on real people is 0.91 (food in the next survey wave
from one's own answers); nothing above has been seen live, and papers that report 0.99 leak."""
REGISTERS_CEILING = 0.91
"""For records of departments: they cannot know more than what people say of themselves (0.91 and 0.85 on the survey);
the one published live figure from registers is 0.66 to 0.67 (Korea)."""
LOSS = 0.10
"""Loss of ROC-AUC from which one group among several is doubted, where the ranking is better than :data:`EARNED`. On the
survey (waves 1 to 8, every question) losing the leading question costs 0.011 for food and 0.019 for rent."""
EARNED = 0.85
"""What a learned ranking of rent arrears of real households earns without a leak. Below it one honest source may carry
most of what is known; above it one source should not carry a tenth."""
LOSS_OF_DECISIONS = 0.05
"""The same for groups of earlier decisions about help, which are the likeliest to have been written afterwards."""
_FEWEST_GROUPS = 4
"""With fewer groups, losing one is losing most of what is known: that says nothing."""

_SETTINGS = {
    "objective": "binary", "num_leaves": 15, "min_data_in_leaf": 20, "learning_rate": 0.1, "feature_fraction": 0.5,
    "verbosity": -1, "num_threads": 1, "deterministic": True, "force_row_wise": True,
}  # fmt: skip
_ROUNDS = 60


@dataclass(frozen=True)
class Rescored:
    """ROC-AUC with everything and what each group is worth, all on the same rows."""

    everything: Interval
    losses: dict[str, Interval]


def drop_and_rescore(
    table: LeakTable,
    groups: Mapping[str, tuple[str, ...]],
    *,
    seed: int,
    progress: Callable[[str], None] = lambda _: None,
) -> Rescored:
    """Fit on one half of the units, judge on the other and the reverse; then again without each group."""
    first = halves(table.units, seed=seed)
    everything = _area(table, table.names, first, seed=seed)
    losses = {}
    for name, columns in groups.items():
        progress(f"without {name}")
        kept = tuple(column for column in table.names if column not in columns)
        if kept:
            without = _area(table, kept, first, seed=seed)
            losses[name] = (everything - without).interval(table.units)
    return Rescored(everything.interval(table.units, least=0.0), losses)


def costing_too_much(
    losses: Mapping[str, Interval], everything: Interval, *, decisions: frozenset[str], groups: int
) -> list[Finding]:
    """Return the groups whose removal costs more than a source of facts can honestly be worth.

    Args:
        losses: ROC-AUC lost without each group.
        everything: ROC-AUC with all of them.
        decisions: groups of earlier decisions about help.
        groups: how many groups there are, rescored or not.
    """
    if groups < _FEWEST_GROUPS:
        return []
    found = []
    for name, loss in losses.items():
        decided = name in decisions
        least = LOSS_OF_DECISIONS if decided else LOSS
        if (
            loss.value < least
            or loss.low < least / 2
            or (not decided and everything.value < EARNED)
        ):
            continue
        found.append(
            Finding(
                kind=COSTS_TOO_MUCH,
                column=name,
                measure="ROC-AUC lost without it",
                strength=loss,
                sentence=f"without it the ranking falls from ROC-AUC {everything.value:.3f} by {loss.value:.3f}"
                f" ({loss.low:.3f} to {loss.high:.3f})"
                + (", and it holds earlier decisions about help" if decided else ""),
            )
        )
    return found


def too_good(model: Interval, *, ceiling: float) -> list[Finding]:
    """Return a finding where the ranking is at or above ``ceiling``."""
    if not model.value >= ceiling:
        return []
    return [
        Finding(
            kind=TOO_GOOD,
            column="",
            measure="ROC-AUC",
            strength=model,
            sentence=f"the ranking reaches ROC-AUC {model.value:.3f}, above the ceiling of {ceiling:g}; nothing of the"
            " kind holds live, so look for a column that is filled in afterwards before believing it",
        )
    ]


def _area(table: LeakTable, names: tuple[str, ...], first: Mask, *, seed: int) -> Estimate:
    places = [table.names.index(name) for name in names]
    kept = [new for new, old in enumerate(places) if old in table.categorical]
    influence, total, parts = np.zeros(len(table.labels)), 0.0, 0
    for learn, judge in ((first, ~first), (~first, first)):
        if not 0 < table.labels[learn].sum() < learn.sum():
            continue
        scores = _scores(
            table.matrix[learn][:, places],
            table.labels[learn],
            table.matrix[judge][:, places],
            kept,
            seed=seed,
        )
        area = auc(scores, table.labels[judge])
        if np.isnan(area.value):
            continue
        influence[judge] = area.influence
        total, parts = total + area.value, parts + 1
    return (
        Estimate(total / parts, influence / parts) if parts else Estimate(float("nan"), influence)
    )


def _scores(
    learn: Matrix, labels: Floats, judge: Matrix, categorical: list[int], *, seed: int
) -> Floats:
    booster = grow(
        learn, labels, {**_SETTINGS, "seed": seed}, rounds=_ROUNDS, categorical=categorical
    )
    return np.asarray(booster.predict(judge), dtype=np.float64)
