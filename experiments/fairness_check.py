"""Who is missed by a backtest: its rows, its scores, the groups of its deployment; and the counts the gate asks for.

The gate calls :func:`gate_counts` and :func:`gate_proxies`, the card and the command :func:`fairness_of_backtest`.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pandas as pd

from data_contracts.lake import Lake
from experiments.backtest import Backtest
from experiments.fitting import LEARNED
from features.connections import open_engine
from features.deployment import Deployment
from features.matrix import load_feeds
from features.point_in_time import in_force
from features.visibility import visible_on
from models.fairness.groups import groups_of
from models.fairness.report import FairnessReport, who_is_missed
from models.gate.evidence import GroupCounts
from models.top_of_list import Capacity

_TREE = "grid_tree"


def fairness_of_backtest(
    backtest: Backtest,
    *,
    streets: Mapping[str, str] | None,
    capacity: Capacity | None = None,
    policy: str = LEARNED,
) -> FairnessReport:
    """Return who is missed on every test date of ``backtest``.

    Args:
        backtest: what was judged; every answer it has is reported apart.
        streets: street of every area (:func:`streets_of`); None compares areas themselves.
        capacity: how many of each date are visited; None for the headline of the experiment.
        policy: whose list; the learned model's by default.

    Raises:
        NobodyToCompare: the deployment declares no feature that makes a group.
    """
    rows = backtest.rows
    groups = groups_of(rows, backtest.config.load_deployment().groups, streets=streets)
    return who_is_missed(
        rows,
        backtest.scores[policy],
        groups,
        capacity=backtest.capacities[0] if capacity is None else capacity,
        seed=backtest.config.seed,
    )


def streets_of(home: Path, deployment: Deployment, *, as_of_date: date) -> dict[str, str] | None:
    """Return the street of every grid in force on a day, as known by then; None without a tree of grids."""
    if _TREE not in deployment.contracts:
        return None
    with open_engine() as engine:
        tree = load_feeds(engine, Lake(home), deployment)[_TREE].facts
        # Grids are split and merged: a row of an older date may lie in one that is gone.
        told = engine.to_pandas(visible_on(tree, as_of_date))
        now = engine.to_pandas(in_force(visible_on(tree, as_of_date)))
    ordered = pd.concat([told, now]).drop_duplicates("grid_id", keep="last")
    return dict(zip(ordered["grid_id"], ordered["street_name"], strict=True))


def gate_counts(report: FairnessReport) -> tuple[GroupCounts, ...] | None:
    """Return the counts the promotion gate asks for; None without an answer free of selection.

    Of a weighted slice the weighted shares are given, at the number of households they rest on.
    """
    origin = report.origin
    if origin == "observed":
        return None
    found = []
    for one in report.rates[origin]:
        missed, bothered = one.missed, one.visited_without_need
        found.append(
            GroupCounts(
                attribute=one.column,
                group=one.group,
                positives=one.positives,
                missed=None if missed is None else round(missed.value * one.positives),
                negatives=one.negatives,
                bothered=None if bothered is None else round(bothered.value * one.negatives),
            )
        )
    return tuple(found)


def gate_proxies(report: FairnessReport) -> dict[str, float]:
    """Return per question the highest ROC-AUC of telling one of its groups from the score; small groups apart."""
    worst: dict[str, float] = {}
    for one in report.proxies:
        if one.verdict != "cannot tell":
            worst[one.column] = max(worst.get(one.column, 0.5), one.area.value)
    return worst
