"""The leak alarm on a home: the rows an experiment learns from, the night it is for, and what that night knew.

``zhaoren-lab leaks`` calls :func:`leaks_of_home`; who holds a finished backtest calls :func:`leaks_of_backtest`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.backtest import Backtest
from experiments.config import ExperimentConfig
from experiments.fitting import LEARNED, add_training_labels, only_findable
from experiments.history import build_history
from experiments.proving import NothingToProve, Proof, prove
from features.matrix_contract import TO_FIND_NEED
from features.registry import Feature, FeatureGroup
from models.encoding import Encoding
from models.leaks.findings import NOT_AS_STORED, Finding, LeakReport, in_order
from models.leaks.look import look_for_leaks
from models.leaks.night import Sides
from models.leaks.table import LeakTable
from models.leaks.without import REGISTERS_CEILING
from models.resampling import Interval, wilson
from models.splits import on_dates

DECISIONS = frozenset({"applications", "asset_checks", "benefits", "visits"})
"""Feeds that are written when help is decided on or somebody was visited: what is made of them is doubted first."""
_NO_LABEL = "no row of the training dates has a known label that is learned from"


class NothingToCheck(ValueError):
    """There are no rows a leak could be looked for in; the message says what to do."""


def leaks_of_home(
    home: Path,
    config: ExperimentConfig,
    *,
    ceiling: float = REGISTERS_CEILING,
    every_group: bool = False,
    proven_dates: int = 2,
    progress: Callable[[str], None] = lambda _: None,
) -> LeakReport:
    """Look for leaks in what ``config`` learns from, against the last date it is tested on.

    Args:
        home: folder with a lake.
        config: the experiment.
        ceiling: ROC-AUC from which a ranking from registers is too good to be true.
        every_group: also look at the groups the experiment leaves out.
        proven_dates: past dates rebuilt from what had been received before them; 0 for none.
        progress: is told one line per step.

    Raises:
        NothingToCheck: no label is known on the training dates.
    """
    deployment = config.load_deployment()
    history = build_history(
        home,
        deployment=deployment,
        outcome=config.load_outcome(),
        dates=config.dates,
        progress=progress,
    )
    history = only_findable(add_training_labels(history, config), deployment)
    report = leaks_of_rows(
        history.loc[on_dates(history, config.train_dates)],
        history.loc[on_dates(history, config.test_dates[-1:])],
        config=config,
        ceiling=ceiling,
        every_group=every_group,
        progress=progress,
    )
    if not proven_dates:
        return _unlooked(report, "old rows were not rebuilt: ask for --prove dates")
    try:
        proof = prove(home, deployment, dates=proven_dates, households=1000, progress=progress)
    except NothingToProve as nothing:
        return _unlooked(report, str(nothing))
    return with_proof(report, proof)


def leaks_of_backtest(
    backtest: Backtest, *, ceiling: float = REGISTERS_CEILING, proof: Proof | None = None
) -> LeakReport:
    """Look for leaks in what the last split of ``backtest`` learned from, against its last test date.

    The figure held against ``ceiling`` is the backtest's own, by its most trustworthy answer.
    """
    last = backtest.judged[-1]
    history = last.source.history
    report = leaks_of_rows(
        history.loc[on_dates(history, last.fitted.split.train_dates)],
        last.rows.loc[on_dates(last.rows, last.fitted.split.test_dates[-1:])],
        config=backtest.config,
        ceiling=ceiling,
        model=backtest.headline[1][LEARNED].roc_auc,
    )
    if proof is None:
        return _unlooked(report, "old rows were not rebuilt: run `zhaoren-lab features prove`")
    return with_proof(report, proof)


def leaks_of_rows(
    past: pd.DataFrame,
    night: pd.DataFrame,
    *,
    config: ExperimentConfig,
    ceiling: float,
    model: Interval | None = None,
    every_group: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> LeakReport:
    """Look for leaks in labelled rows of the past and rows of one night, as built by the history.

    Raises:
        NothingToCheck: no label is known on the training dates, or all are the same.
    """
    groups = config.load_deployment().groups
    features = _looked_at(config, groups, every_group=every_group)
    encoding = Encoding.learn(past, features)
    everybody = pd.factorize(pd.concat([past["household_id"], night["household_id"]]))[0]
    units = np.asarray(everybody[: len(past)], dtype=np.intp)
    earlier = encoding.matrix(past)
    # Presumed negatives are nobody's answer: a leak is looked for in what somebody found out.
    labels = past["label"].mask(past["label_source"].isin(config.untrained_sources))
    known = labels.notna().to_numpy(dtype=bool)
    found = labels[known].to_numpy(dtype=np.float64)
    if not 0 < found.sum() < len(found):
        raise NothingToCheck(
            f"experiment {config.name}: {_NO_LABEL if not len(found) else 'all known labels are the same'};"
            " choose training dates whose label windows hold visits"
        )
    table = LeakTable(
        matrix=earlier[known],
        names=encoding.names,
        categorical=encoding.categorical,
        labels=found,
        units=units[known],
        times=np.asarray(pd.factorize(past.loc[known, "as_of_date"])[0], dtype=np.intp),
        groups=_columns_by_group(groups, features),
        decisions=frozenset(group.name for group in groups if DECISIONS & set(group.sources)),
    )
    sides = Sides(
        earlier=earlier,
        earlier_units=units,
        night=encoding.matrix(night),
        night_units=np.asarray(everybody[len(past) :], dtype=np.intp),
    )
    return look_for_leaks(
        table,
        sides=sides if len(night) else None,
        seed=config.seed,
        ceiling=ceiling,
        model=model,
        progress=progress,
    )


def with_proof(report: LeakReport, proof: Proof) -> LeakReport:
    """Return ``report`` with a finding per column that differs from what its night could have known."""
    columns: dict[tuple[str, str], list[tuple[date, int]]] = {}
    for one in proof.differences:
        columns.setdefault((one.group, one.column), []).append((one.as_of_date, one.households))
    found = []
    for (group, column), differing in columns.items():
        # The stored row and the one training builds may both differ on a date: that is one household.
        worst = {day: max(n for other, n in differing if other == day) for day, _ in differing}
        days = ", ".join(map(str, sorted(worst)))
        found.append(
            Finding(
                kind=NOT_AS_STORED,
                column=column,
                measure="share of rows that differ",
                strength=wilson(sum(worst.values()), of=proof.households),
                sentence=f"column of group {group}: {sum(worst.values())} of {proof.households} rows differ from what had"
                f" been received before {days}",
            )
        )
    return replace(report, findings=in_order([*report.findings, *found]))


def _looked_at(
    config: ExperimentConfig, groups: Sequence[FeatureGroup], *, every_group: bool
) -> tuple[Feature, ...]:
    if not every_group:
        return config.model_features()
    return tuple(
        feature for group in groups for feature in group.features if feature.purpose in TO_FIND_NEED
    )


def _columns_by_group(
    groups: Sequence[FeatureGroup], features: Sequence[Feature]
) -> dict[str, tuple[str, ...]]:
    given = {feature.name for feature in features}
    return {
        group.name: tuple(one.name for one in group.features if one.name in given)
        for group in groups
    }


def _unlooked(report: LeakReport, sentence: str) -> LeakReport:
    return replace(report, not_looked_at=(*report.not_looked_at, sentence))
