"""Who is missed: rates per group with intervals, and "cannot tell" where a group is too small to say.

The counting is Fairlearn's; intervals are Wilson's. A missed household is one in need that is not among the visited.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from fairlearn.metrics import MetricFrame, count, selection_rate, true_positive_rate

from models.ordering import Floats
from models.resampling import Interval, wilson

FEWEST_ROWS = 50
FEWEST_POSITIVES = 20
"""Below, one household more or less moves the share of missed by five points."""


@dataclass(frozen=True)
class GroupRates:
    """One group. ``missed`` is the share of positives not visited; None where too few to tell."""

    column: str
    group: str
    rows: int
    positives: int
    base_rate: Interval
    visited: Interval
    missed: Interval | None


def group_rates(groups: pd.DataFrame, labels: Floats, visited: Floats) -> list[GroupRates]:
    """Return the rates of every group of every column of ``groups``.

    Args:
        groups: one column per question, one row per judged row.
        labels: 1 or 0 per row.
        visited: 1 where a row is within capacity.
    """
    found = []
    for name in groups.columns:
        frame = MetricFrame(
            metrics={"rows": count, "visited": selection_rate, "reached": true_positive_rate},
            y_true=labels.astype(int),
            y_pred=visited.astype(int),
            sensitive_features=groups[name].to_numpy(dtype=object),
        )
        for group, rates in frame.by_group.iterrows():
            rows = int(rates["rows"])
            positives = int(
                labels[(groups[name] == group).to_numpy(dtype=bool, na_value=False)].sum()
            )
            enough = rows >= FEWEST_ROWS and positives >= FEWEST_POSITIVES
            reached = float(np.nan_to_num(rates["reached"]))
            found.append(
                GroupRates(
                    column=str(name),
                    group=str(group),
                    rows=rows,
                    positives=positives,
                    base_rate=wilson(positives, of=rows),
                    visited=wilson(float(rates["visited"]) * rows, of=rows),
                    missed=wilson((1 - reached) * positives, of=positives) if enough else None,
                )
            )
    return found


def gaps(found: list[GroupRates]) -> list[str]:
    """Return a sentence per column whose groups are missed differently, as far as intervals tell."""
    sentences = []
    for column in dict.fromkeys(one.column for one in found):
        told = [one for one in found if one.column == column and one.missed is not None]
        if len(told) < 2:
            sentences.append(f"{column}: cannot tell, fewer than two groups are large enough")
            continue
        worst = max(told, key=lambda one: one.missed.value if one.missed else 0)
        best = min(told, key=lambda one: one.missed.value if one.missed else 1)
        assert worst.missed is not None
        assert best.missed is not None
        apart = worst.missed.low > best.missed.high
        sentences.append(
            f"{column}: missed {worst.missed.value:.0%} of those in need in {worst.group!r} and"
            f" {best.missed.value:.0%} in {best.group!r}"
            + (
                "; the intervals do not overlap"
                if apart
                else "; the intervals overlap, so this may be noise"
            )
        )
    return sentences
