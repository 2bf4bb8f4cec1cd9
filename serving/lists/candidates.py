"""Everybody who was scored, as a candidate for a list: how urgent, how known, and whether left in peace."""

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd

from serving.cases.standing import Standing
from serving.lists.cadence import due_tasks
from serving.lists.list_policy import ListPolicy
from serving.lists.ranking import urgent_rules
from serving.lists.suppression import suppressions
from serving.refusals import ExitCode, Refusal
from serving.upstream.protocol import Alarm


def candidates(
    matrix: pd.DataFrame,
    scores: pd.DataFrame,
    *,
    features: Sequence[str],
    covered_by: str | None,
    visits: pd.DataFrame,
    standing: Standing,
    moving_up: frozenset[str],
    unclaimed: Mapping[str, str],
    alarms: Sequence[Alarm],
    policy: ListPolicy,
    as_of_date: date,
) -> pd.DataFrame:
    """Return one row per household, as :func:`serving.lists.ranking.shortlist` wants them.

    Args:
        matrix: the feature matrix of the date.
        scores: ``household_id, score, probability, band`` of the same households.
        features: columns of the matrix that are features; the share of them that is unknown is kept.
        covered_by: the boolean feature of households that already receive the help, or None.
        visits: ``household_id, visited_on, finding``.
        standing: open cases, objections and regular visits made, as known before the date.
        moving_up: households whose open case goes to the level above tonight.
        unclaimed: by household, the tier it seems due and does not hold.
        alarms: safety triggers that fire.
        policy: the list policy in force.
        as_of_date: the night.

    Raises:
        Refusal: the scores are not those of these households, or cannot be meant.
    """
    _check_scores(scores, households=len(matrix))
    if set(matrix["household_id"]) != set(scores["household_id"]):
        raise Refusal(
            ExitCode.MODEL_NOT_REPRODUCED,
            found="the model did not score exactly the households of the feature matrix.",
            to_do="Report this with the model's SHA-256; nothing was published.",
        )
    urgent, hours = urgent_rules(matrix, policy=policy, alarms=alarms, as_of_date=as_of_date)
    known = matrix[list(features)]
    tasks = _tasks(matrix, visits=visits, standing=standing, policy=policy, as_of_date=as_of_date)
    sends = () if policy.sweeps is None else policy.sweeps.rules
    sweep = matrix["household_id"].map(unclaimed)
    found = pd.DataFrame(
        {
            "household_id": matrix["household_id"].astype("object"),
            "grid_id": matrix["area_id"].astype("object").fillna(""),
            "urgent": urgent,
            "urgent_hours": hours,
            "unknown_share": known.isna().mean(axis=1).astype("float64"),
            "covered": matrix[covered_by] if covered_by else pd.Series(False, index=matrix.index),
            "sweep": sweep.where(sweep.isin(sends), "").astype("object"),
            "task": tasks["task"],
            "seen_on": tasks["seen_on"],
        }
    ).merge(scores, on="household_id", validate="one_to_one")
    verdicts = suppressions(
        found,
        policy=policy,
        visits=visits,
        standing=standing,
        moving_up=moving_up,
        as_of_date=as_of_date,
    )
    return found.assign(suppressed=verdicts["suppressed"], only=verdicts["only"])


def _tasks(
    matrix: pd.DataFrame,
    *,
    visits: pd.DataFrame,
    standing: Standing,
    policy: ListPolicy,
    as_of_date: date,
) -> pd.DataFrame:
    if policy.cadence is None:
        return pd.DataFrame({"task": "", "seen_on": None}, index=matrix.index, dtype="object")
    return due_tasks(
        matrix,
        cadence=policy.cadence,
        visits=visits,
        done=standing.tasks,
        as_of_date=as_of_date,
    )


def _check_scores(scores: pd.DataFrame, *, households: int) -> None:
    """Refuse scores that cannot be meant: missing, no probability, or the same for everybody."""
    values, probabilities = scores["score"], scores["probability"]
    unscored = int((values.isna() | probabilities.isna()).sum())
    wrong = None
    if unscored:
        wrong = f"{unscored} of {households} households have no score"
    elif not probabilities.between(0, 1).all():
        wrong = "some probabilities are outside 0 to 1"
    elif len(values) > 1 and values.nunique() == 1:
        wrong = f"all {households} households have the same score"
    if wrong:
        raise Refusal(
            ExitCode.MODEL_NOT_REPRODUCED,
            found=f"the champion's scores cannot be used: {wrong}.",
            to_do="Train and promote another with `zhaoren-lab train --promote` and report this one.",
        )
