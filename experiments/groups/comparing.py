"""What two or more finished policies have to say to each other: figures, differences, overlap, churn."""

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from experiments.assembled import TRUTH
from experiments.groups.finished import Finished
from experiments.groups.refusals import GroupsRefusal
from models.dated_figures import comparable, dated_figures
from models.list_overlap import churn_table, overlap_table
from models.paired import expected_by_chance, subset_figures
from models.regret import Choice, choose, group_table, standard_rules

Answers = Literal["truth", "labels", "lot"]

ORIGIN: dict[Answers, str] = {
    "truth": "the truth of the simulated district: no evidence about people",
    "labels": "known answers: households somebody reached or a scheme admitted; staff chose whom to visit",
    "lot": "households visited by lot, weighted by their propensity",
}


class NoAnswers(GroupsRefusal):
    """The rows were not judged by what was asked for; the message says by what they were."""


@dataclass(frozen=True)
class Compared:
    """The first policy against the others. ``by_chance``: differences that would look real if all were noise."""

    answers: Answers
    figures: pd.DataFrame
    differences: pd.DataFrame
    by_date: pd.DataFrame
    overlap: pd.DataFrame
    churn: pd.DataFrame
    by_chance: float


@dataclass(frozen=True)
class Judgement:
    """All groups of a run over its dates: each date's figures, each group's stability, the choice."""

    answers: Answers
    metric: str
    capacity: str
    dated: pd.DataFrame
    groups: pd.DataFrame
    choice: Choice
    left_out: dict[str, int]


def compare(finished: Finished, *, answers: Answers | None, draws: int) -> Compared:
    """Compare the first policy of ``finished`` with each other one, in every subset, at every capacity.

    Raises:
        NoAnswers: the rows have no such answers.
    """
    kind = _answers(finished, answers)
    label, propensity = _columns(kind)
    seed, capacity = finished.about["seed"], finished.capacities[0]
    figures, differences = subset_figures(
        finished.rows,
        finished.scores,
        subsets=finished.subsets,
        capacities=finished.capacities,
        seed=seed,
        label=label,
        propensity=propensity,
        draws=draws,
    )
    return Compared(
        kind,
        figures,
        differences,
        dated_figures(finished.rows, finished.scores, capacities=(capacity,), label=label),
        overlap_table(finished.rows, finished.scores, capacity=capacity, seed=seed),
        churn_table(finished.rows, finished.scores, capacity=capacity, seed=seed),
        expected_by_chance(differences),
    )


def judge_groups(
    finished: Finished, *, answers: Answers | None, metric: str | None = None, subset: str = "total"
) -> Judgement:
    """Judge stability and regret of every policy of a run, and choose by the rule that lasted.

    Args:
        finished: a run with all its policies.
        answers: what to judge by; None: the truth where there is one, else labels.
        metric: ``precision`` or ``recall`` at the headline capacity; None: the run's.
        subset: one of the run's, ranked as a population of its own.

    Raises:
        NoAnswers: no such answers, or no such subset.
        FiguresError: no date has a figure for anybody.
    """
    kind = _answers(finished, answers)
    if kind == "lot":
        raise NoAnswers("a single date holds too few visits by lot to rank groups by; use labels")
    if subset not in finished.subsets:
        raise NoAnswers(f"no subset {subset!r}; there are {', '.join(finished.subsets)}")
    wanted = metric or str(finished.about["metric"])
    other = "recall" if wanted == "precision" else "precision"
    capacity, rows = finished.capacities[0], finished.subsets[subset]
    dated = dated_figures(
        finished.rows.loc[rows],
        {name: values[rows] for name, values in finished.scores.items()},
        capacities=finished.capacities,
        label=_columns(kind)[0],
    )
    table, left_out = comparable(dated, metric=wanted, capacity=capacity.name)
    rules = standard_rules(metric=wanted, other_metric=other, seed=finished.about["seed"])
    # A group is graded on both metrics on the same dates: recall is null only where nobody is in need.
    table, no_other = comparable(table, metric=other, capacity=capacity.name)
    choice = choose(
        table, rules, metric=wanted, known_after_days=finished.about["known_after_days"]
    )
    return Judgement(
        kind,
        wanted,
        capacity.name,
        table,
        group_table(table, metric=wanted),
        choice,
        {**left_out, **no_other},
    )


def _answers(finished: Finished, asked: Answers | None) -> Answers:
    there: list[Answers] = []
    if TRUTH in finished.rows and finished.rows[TRUTH].notna().any():
        there.append("truth")
    if finished.rows["label"].notna().any():
        there.append("labels")
    if finished.rows["random_label"].notna().any():
        there.append("lot")
    if not there:
        raise NoAnswers("no row has a known answer: the label windows hold no visits or admissions")
    if asked is None:
        return there[0]
    if asked not in there:
        raise NoAnswers(f"these rows were not judged by {asked}; there are: {', '.join(there)}")
    return asked


def _columns(answers: Answers) -> tuple[str, str | None]:
    """Return the label and the propensity column."""
    if answers == "lot":
        return "random_label", "random_propensity"
    return (TRUTH, None) if answers == "truth" else ("label", None)
