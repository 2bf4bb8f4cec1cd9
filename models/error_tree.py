"""Where a list errs: a shallow tree over who was missed, or listed for nothing, told in sentences.

The tree describes one list on the rows it was judged on. It is no model, is never used to score, and a
sentence of it is a place to look, not a finding: leaves carry their numbers and intervals.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeClassifier

from features.registry import Feature
from models.list_overlap import Rows
from models.ordering import Floats
from models.resampling import Interval, wilson

Question = Literal["missed", "wrongly listed"]
Language = Literal["en", "zh"]

FEWEST = 40
"""Rows with a known answer below which no tree is grown."""
_MOST_CATEGORIES = 8


@dataclass(frozen=True)
class Split:
    """One column a tree may ask about: a feature, or one value of a category."""

    feature: Feature
    value: str | None


@dataclass(frozen=True)
class Condition:
    """A part of the way to a leaf: at most (or above) a threshold; ``unknown`` goes this way too."""

    split: Split
    at_most: bool
    threshold: float
    unknown: bool


@dataclass(frozen=True)
class Leaf:
    """Rows that answer alike: how they are told, how many, and the share of errors among them."""

    conditions: tuple[Condition, ...]
    rows: int
    errors: int
    share: Interval


@dataclass(frozen=True)
class ErrorTree:
    """All leaves, most errors first. ``rows``: those in need (missed) or listed (wrongly listed)."""

    question: Question
    rows: int
    errors: int
    leaves: tuple[Leaf, ...]

    def sentences(self, *, language: Language = "en") -> list[str]:
        """Return one sentence for the whole and one per leaf; in Chinese where a phrase is declared."""
        whole = f"{self.errors} of {self.rows} {_OF[self.question]} ({_percent(self.errors, self.rows)})"
        if not self.leaves:
            return [f"{whole}: too few to say where (at least {FEWEST} rows and both answers)."]
        if len(self.leaves) == 1:
            return [f"{whole}: no feature tells them from the rest."]
        return [
            f"{whole}.",
            *(
                f"{100 * leaf.share.value:.0f} % ({100 * leaf.share.low:.0f}-{100 * leaf.share.high:.0f})"
                f" of {leaf.rows}, where {' and '.join(_told(one, language) for one in leaf.conditions)}."
                for leaf in self.leaves
            ),
        ]


_OF: dict[Question, str] = {
    "missed": "households in need were not on the list",
    "wrongly listed": "listed households with a known answer were not in need",
}


def error_tree(
    frame: pd.DataFrame,
    listed: Rows,
    *,
    question: Question,
    features: Sequence[Feature],
    label: str = "label",
    depth: int = 3,
    seed: int = 0,
) -> ErrorTree:
    """Grow a tree of at most ``depth`` questions over the errors of one list.

    Args:
        frame: feature values and the label (1, 0 or null), the rows a list could hold; unknown answers
            take no part.
        listed: which rows are on the list.
        question: ``missed`` (among those in need: who was not listed) or ``wrongly listed`` (among those
            listed: who was not in need).
        features: declared features.
        label: the answer.
        depth: questions on the way to a leaf.
        seed: of the tree's choice between equally good questions.
    """
    answers = frame[label].astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    if question == "missed":
        looked_at, wrong = answers == 1, ~listed
    else:
        looked_at, wrong = listed & ~np.isnan(answers), answers == 0
    rows, errors = int(looked_at.sum()), int((looked_at & wrong).sum())
    if rows < FEWEST or errors in (0, rows):
        return ErrorTree(question, rows, errors, ())
    columns, inputs = _inputs(frame.loc[looked_at], features)
    tree = DecisionTreeClassifier(
        max_depth=depth, min_samples_leaf=max(10, rows // 20), random_state=seed
    ).fit(inputs, wrong[looked_at])
    leaves = _leaves(tree, columns, inputs, wrong[looked_at])
    return ErrorTree(question, rows, errors, tuple(leaves))


def _inputs(frame: pd.DataFrame, features: Sequence[Feature]) -> tuple[list[Split], Floats]:
    """Turn features into numbers; categories into one yes/no per frequent value; unknown stays NaN."""
    columns, values = [], []
    for feature in features:
        given = frame[feature.name]
        if feature.dtype != "category":
            columns.append(Split(feature, None))
            values.append(given.to_numpy(dtype=np.float64, na_value=np.nan))
            continue
        for value in given.value_counts().index[:_MOST_CATEGORIES]:
            columns.append(Split(feature, str(value)))
            values.append(np.where(given.isna(), np.nan, given == value).astype(np.float64))
    return columns, np.column_stack(values)


def _leaves(
    tree: DecisionTreeClassifier, columns: list[Split], inputs: Floats, wrong: Rows
) -> list[Leaf]:
    grown = tree.tree_
    at = tree.apply(inputs)
    found = []
    ways: list[tuple[int, tuple[Condition, ...]]] = [(0, ())]
    while ways:
        node, conditions = ways.pop()
        if grown.children_left[node] == -1:
            rows, errors = int((at == node).sum()), int(wrong[at == node].sum())
            found.append(Leaf(conditions, rows, errors, wilson(errors, of=rows)))
            continue
        column = int(grown.feature[node])
        asked = bool(np.isnan(inputs[:, column]).any())
        left = bool(grown.missing_go_to_left[node])
        threshold = float(grown.threshold[node])
        for child, at_most in (
            (grown.children_left[node], True),
            (grown.children_right[node], False),
        ):
            unknown = asked and left == at_most
            step = Condition(columns[column], at_most, threshold, unknown)
            ways.append((int(child), (*conditions, step)))
    return sorted(found, key=lambda leaf: (-leaf.share.value, -leaf.rows))


def _told(condition: Condition, language: Language) -> str:
    feature, value = condition.split.feature, condition.split.value
    chinese = language == "zh" and feature.phrase is not None
    unknown = ("或不详" if chinese else " or unknown") if condition.unknown else ""
    if value is not None:
        sign = "≠" if condition.at_most else "="
        return f"{_name(feature, chinese)} {sign} {value}{unknown}"
    if feature.dtype == "boolean":
        answer = ("否" if chinese else "no") if condition.at_most else ("是" if chinese else "yes")
        return f"{_name(feature, chinese)}: {answer}{unknown}"
    sign = "≤" if condition.at_most else ">"
    number = f"{sign} {condition.threshold:.4g}"
    if chinese and feature.phrase is not None and "{value}" in feature.phrase:
        return feature.phrase.replace("{value}", number) + unknown
    return f"{_name(feature, chinese)} {number} {feature.unit}{unknown}"


def _name(feature: Feature, chinese: bool) -> str:
    if chinese and feature.phrase is not None:
        return feature.phrase.replace("{value}", "")
    return f"“{feature.description.rstrip('.')}”"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "none"
