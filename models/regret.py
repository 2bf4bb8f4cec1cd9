"""Regret: what choosing a model group by a rule would have cost on the dates that followed.

The figure of an as_of_date is not known on that date: its labels have to close first. So a choice for one
date sees only the dates whose labels were closed by then, as the bureau would have. The rule is then
chosen by its own regret, and the group by the rule: by what lasted, not by the best month.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from models.selection_rules import (
    best_average_two_metrics,
    best_average_value,
    best_avg_recency_weight,
    best_avg_var_penalized,
    best_current_value,
    distances,
    figures,
    lowest_metric_variance,
    most_frequent_best_dist,
    random_model_group,
)

Rule = Callable[[pd.DataFrame], str]

RANDOM = "random_model_group"
FEW_CHOICES = 5
"""Below as many past choices the mean regrets of two rules are not told apart."""


@dataclass(frozen=True)
class Choice:
    """The rule that would have cost least, the group it picks now, and what this rests on.

    ``rules``: one row per rule, see :func:`rule_table`. ``choices``: one row per rule and date, see
    :func:`rule_regret`. ``firm`` is False where there were fewer than :data:`FEW_CHOICES` past choices:
    the rule is then the mean over all dates, taken by default and not by its regret.
    """

    rule: str
    model_group: str
    firm: bool
    rules: pd.DataFrame
    choices: pd.DataFrame

    def __str__(self) -> str:
        why = (
            "the rule with the least regret on later dates"
            if self.firm
            else f"by default: fewer than {FEW_CHOICES} past choices to judge rules by"
        )
        return f"{self.model_group}, by {self.rule} ({why})"


def standard_rules(
    *,
    metric: str,
    other_metric: str | None,
    seed: int,
    within: float = 0.02,
    penalty: float = 0.5,
    newest_weight: float = 2.0,
    higher_is_better: bool = True,
) -> dict[str, Rule]:
    """Return the eight rules with their parameters, seven without a second metric.

    Args:
        metric: the column to choose by.
        other_metric: the second one of ``best_average_two_metrics``, which weighs both alike.
        seed: of the random choice.
        within: distance that counts as near the best, in units of the metric.
        penalty: per unit of standard deviation.
        newest_weight: weight of the newest date where the oldest weighs 1.
        higher_is_better: whether more of the metric is better.
    """
    up = higher_is_better
    rules: dict[str, Rule] = {
        RANDOM: partial(random_model_group, metric=metric, seed=seed),
        "best_current_value": partial(best_current_value, metric=metric, higher_is_better=up),
        "best_average_value": partial(best_average_value, metric=metric, higher_is_better=up),
        "lowest_metric_variance": partial(lowest_metric_variance, metric=metric),
        "most_frequent_best_dist": partial(
            most_frequent_best_dist, metric=metric, within=within, higher_is_better=up
        ),
        "best_avg_var_penalized": partial(
            best_avg_var_penalized, metric=metric, penalty=penalty, higher_is_better=up
        ),
        "best_avg_recency_weight": partial(
            best_avg_recency_weight,
            metric=metric,
            newest_weight=newest_weight,
            higher_is_better=up,
        ),
    }
    if other_metric is not None:
        rules["best_average_two_metrics"] = partial(
            best_average_two_metrics,
            metric=metric,
            other_metric=other_metric,
            weight=0.5,
            higher_is_better=up,
        )
    return rules


def group_table(
    table: pd.DataFrame, *, metric: str, within: float = 0.02, higher_is_better: bool = True
) -> pd.DataFrame:
    """Return how good and how stable each group was, least mean regret first.

    Returns:
        ``model_group, dates, mean, sd`` (null after one date), ``mean_regret, worst_regret`` (distance from the
        best group of each date), ``near_best`` (share of dates at most ``within`` from it) and
        ``times_best``; units of the metric.
    """
    wide = figures(table, metric)
    behind = distances(wide, higher_is_better=higher_is_better)
    lines = pd.DataFrame(
        {
            "dates": len(wide),
            "mean": wide.mean(),
            "sd": wide.std(ddof=1),
            "mean_regret": behind.mean(),
            "worst_regret": behind.max(),
            "near_best": (behind <= within).mean(),
            "times_best": (behind == 0).sum(),
        }
    )
    return lines.reset_index().sort_values(["mean_regret", "model_group"], ignore_index=True)


def distance_curve(
    table: pd.DataFrame,
    *,
    metric: str,
    distances_up_to: Sequence[float],
    higher_is_better: bool = True,
) -> pd.DataFrame:
    """Return the share of dates (rows: ``distance``) on which each group (columns) was at most that far off."""
    behind = distances(figures(table, metric), higher_is_better=higher_is_better)
    shares = {distance: (behind <= distance).mean() for distance in distances_up_to}
    return pd.DataFrame(shares).T.rename_axis("distance")


def rule_regret(
    table: pd.DataFrame,
    rules: Mapping[str, Rule],
    *,
    metric: str,
    known_after_days: int,
    higher_is_better: bool = True,
) -> pd.DataFrame:
    """Return what each rule would have picked for every as_of_date, and how far that was from the best.

    Args:
        table: one row per ``model_group`` and ``as_of_date`` with the metrics.
        rules: by name.
        metric: what the picks are judged by.
        known_after_days: days until the figure of a date is known; 0: the day after (the next date may
            always use it, which is how regret is commonly reported, and too kind).
        higher_is_better: whether more of the metric is better.

    Returns:
        ``rule, as_of_date, dates_seen, model_group, value, best, regret``; a date before which nothing
        was known is left out. Empty where no date is.
    """
    wide = figures(table, metric)
    behind = distances(wide, higher_is_better=higher_is_better)
    days = pd.to_datetime(table["as_of_date"])
    lines = []
    for day in wide.index:
        known = (days < day) & (days + pd.Timedelta(days=known_after_days) <= day)
        if not known.any():
            continue
        past = table.loc[known]
        best = wide.loc[day].max() if higher_is_better else wide.loc[day].min()
        for name, rule in rules.items():
            pick = rule(past)
            lines.append(
                (
                    name,
                    day,
                    int(days[known].nunique()),
                    pick,
                    float(wide.loc[day, pick]),
                    float(best),
                    float(behind.loc[day, pick]),
                )
            )
    names = ["rule", "as_of_date", "dates_seen", "model_group", "value", "best", "regret"]
    return pd.DataFrame(lines, columns=names)


def rule_table(choices: pd.DataFrame, behind: pd.DataFrame) -> pd.DataFrame:
    """Return one row per rule, least mean regret first; any group, by chance, has its expected regret.

    Args:
        choices: of :func:`rule_regret`.
        behind: of :func:`models.selection_rules.distances`, for the expected regret of a group drawn by lot.

    Returns:
        ``rule, choices, mean_regret, worst_regret, value, groups_picked``.
    """
    found = choices.groupby("rule").agg(
        choices=("regret", "size"),
        mean_regret=("regret", "mean"),
        worst_regret=("regret", "max"),
        value=("value", "mean"),
        groups_picked=("model_group", "nunique"),
    )
    if RANDOM in found.index:
        judged = behind.loc[sorted(choices["as_of_date"].unique())]
        # One draw per date says little: what a lot costs on average is known exactly.
        found.loc[RANDOM, "mean_regret"] = float(np.mean(judged.to_numpy()))
    return found.reset_index().sort_values(
        ["mean_regret", "worst_regret", "rule"], ignore_index=True
    )


def choose(
    table: pd.DataFrame,
    rules: Mapping[str, Rule],
    *,
    metric: str,
    known_after_days: int,
    higher_is_better: bool = True,
) -> Choice:
    """Choose the rule by its regret on the dates that followed, then the group by that rule.

    Args as of :func:`rule_regret`; the group is picked from all dates of ``table``, whose labels are
    closed. The lot is never the rule chosen.
    """
    choices = rule_regret(
        table,
        rules,
        metric=metric,
        known_after_days=known_after_days,
        higher_is_better=higher_is_better,
    )
    behind = distances(figures(table, metric), higher_is_better=higher_is_better)
    ranked = rule_table(choices, behind)
    firm = bool(len(ranked)) and int(ranked["choices"].min()) >= FEW_CHOICES
    candidates = [name for name in ranked["rule"] if name != RANDOM]
    rule = str(candidates[0]) if firm and candidates else "best_average_value"
    if rule in rules:
        group = rules[rule](table)
    else:
        group = best_average_value(table, metric=metric, higher_is_better=higher_is_better)
    return Choice(rule, group, firm, ranked, choices)
