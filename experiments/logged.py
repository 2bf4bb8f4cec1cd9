"""What a run leaves in MLflow: a parent for the experiment, a child per split and per policy, figures, plots.

A run can be read without the code that made it: tags say whose configuration, rows, code and feature
definitions it was; ``figures.json`` keeps every figure to the last digit.
"""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from experiments.backtest import Backtest
from experiments.fairness_check import fairness_of_backtest, streets_of
from experiments.figures import figures
from experiments.fitting import LEARNED
from experiments.history import definitions_digest
from experiments.label_streams import stream_table
from experiments.sameness import (
    FIGURES,
    Sameness,
    as_document,
    figures_digest,
    figures_of,
    held_against_earlier,
)
from models.evaluation import Evaluation
from models.fairness.groups import NobodyToCompare
from models.fairness.plot import missed_by_group
from models.fairness.small_cells import hidden
from models.learners.settings import as_parameters
from models.tracking import Run, Tracking

LIBRARIES = ("lightgbm", "scikit-learn", "ibis-framework", "duckdb", "numpy", "pandas")
SINGLE, WALK = "single split", "walk"
ARTEFACT = "artefact_id"


def code_tags() -> dict[str, str]:
    """Versions that decide the numbers; the commit only where the code is a git checkout."""
    found = {name: version(name) for name in LIBRARIES}
    root = Path(__file__).parent
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=False
    )
    return {"commit": commit.stdout.strip() or "not a checkout", **found}


@contextmanager
def open_run(home: Path, result: Backtest, *, kind: str) -> Iterator[tuple[Run, Sameness]]:
    """Open the parent run of a backtest with everything about it logged.

    Args:
        home: folder whose store is logged to.
        result: what came out.
        kind: :data:`SINGLE` or :data:`WALK`; only runs of one kind are held against each other.

    Yields:
        The open run, to add a model to, and how it compares with the last run like it.
    """
    config, tracking = result.config, Tracking(home)
    found = figures_of(result)
    tags = {
        "kind": kind,
        "origin": config.origin,
        "identity": config.identity,
        "rows": result.rows_digest,
        "figures": figures_digest(found),
        "feature_definitions": definitions_digest(config.load_deployment())[:16],
        **code_tags(),
    }
    same = held_against_earlier(tracking, config.name, figures=found, tags=tags)
    with tracking.run(config.title, experiment=config.name, tags=tags) as run:
        run.tags({"same_figures": same.sentence()})
        run.document(config.model_dump(mode="json"), "experiment.json")
        run.document(as_document(found), FIGURES)
        _log_chosen(run, result)
        _log_answers(run, result)
        _log_groups(run, home, result)
        for file, figure in figures(result).items():
            run.figure(figure, file)
        # Policies last and the model last of all: MLflow draws the newest runs first, ten at the most.
        _log_splits(tracking, home, result, tags)
        _log_policies(tracking, result, tags)
        yield run, same


def headline(
    evaluation: Evaluation, result: Backtest, *, policy: str = LEARNED
) -> Mapping[str, float]:
    """Return the figures of one policy by metric name; NaN where nothing could be measured."""
    learned = evaluation[policy]
    flat = {
        "base_rate": evaluation.base_rate,
        "labelled": float(evaluation.labelled),
        "roc_auc": learned.roc_auc.value,
        "roc_auc_low": learned.roc_auc.low,
        "roc_auc_high": learned.roc_auc.high,
        "ece": learned.ece,
        "brier": learned.brier,
    }
    for capacity in result.capacities:
        at = learned.at[capacity.name]
        short = capacity.name.replace("%", "pct")
        flat[f"precision_{short}"] = at.precision.value
        flat[f"precision_{short}_low"] = at.precision.low
        flat[f"precision_{short}_high"] = at.precision.high
        flat[f"recall_{short}"] = at.recall.value
        flat[f"recall_{short}_low"] = at.recall.low
        flat[f"recall_{short}_high"] = at.recall.high
        flat[f"lift_{short}"] = at.lift
    return flat


def _log_chosen(run: Run, result: Backtest) -> None:
    config, last = result.config, result.judged[-1].fitted
    run.params(
        {
            **as_parameters(config.learner),
            **last.model.facts(),
            "outcome": config.outcome,
            "train_dates": ", ".join(map(str, last.split.train_dates)),
            "calibration_dates": ", ".join(map(str, last.split.calibration_dates)),
            "test_dates": ", ".join(map(str, sorted(result.by_date()))),
            "splits": len(result.judged),
            "unseen_weight": config.unseen_weight,
            "untrained_sources": ", ".join(config.untrained_sources),
            "calibrate_on": config.calibrate_on,
            "calibration_method": last.calibration.method,
            "features": len(config.model_features()),
        }
    )


def _log_answers(run: Run, result: Backtest) -> None:
    for answer, evaluation in result.answers.items():
        run.table(evaluation.table(), f"tables/policies_{answer}.csv")
        run.metrics(_prefixed(answer, headline(evaluation, result)))
    for name, evaluation in result.news.items():
        run.table(evaluation.table(), f"tables/policies_{name}.csv")
        run.metrics(_prefixed(name, headline(evaluation, result)))
    streams = stream_table(result, policies=result.shown)
    if not streams.empty:
        run.table(streams, "tables/policies_by_stream.csv")
    dated = [one.table().assign(as_of_date=day) for day, one in sorted(result.by_date().items())]
    if dated:
        run.table(pd.concat(dated, ignore_index=True), "tables/policies_by_date.csv")
    run.series(_by_date(result, LEARNED))


def _log_groups(run: Run, home: Path, result: Backtest) -> None:
    """Who is missed, small cells hidden; nothing where the deployment declares no groups to report."""
    deployment = result.config.load_deployment()
    try:
        report = fairness_of_backtest(
            result,
            streets=streets_of(home, deployment, as_of_date=max(result.splits[-1].test_dates)),
        )
    except NobodyToCompare:
        return
    run.table(hidden(report.table()), "tables/who_is_missed.csv")
    outcome = result.config.load_outcome().name
    figure = missed_by_group(report, origin=report.origin, outcome=outcome)
    run.figure(figure, "who_is_missed.png")


def _log_splits(tracking: Tracking, home: Path, result: Backtest, tags: Mapping[str, str]) -> None:
    by_date, config = result.by_date(), result.config
    for judged in result.judged:
        split, source = judged.fitted.split, judged.source
        own = {**tags, "split": split.describe()}
        with tracking.run(f"split {split.name}", experiment=config.name, tags=own) as child:
            child.params({**judged.fitted.model.facts(), "train_rows": judged.fitted.train_rows})
            for context, days in (
                ("training", split.train_dates),
                ("calibration", split.calibration_dates),
                ("test", split.test_dates),
            ):
                child.input(
                    source.on(days),
                    name=f"{context} rows of {', '.join(map(str, days))}",
                    source=home / "matrices",
                    context=context,
                    digest=source.digest_of(days),
                )
            for day in split.test_dates:
                if day in by_date:
                    child.metrics(headline(by_date[day], result))


def _log_policies(tracking: Tracking, result: Backtest, tags: Mapping[str, str]) -> None:
    config, first = result.config, result.capacities[0]
    table = result.headline[1].table()
    ranked = list(table.loc[table["capacity"] == first.name, "policy"])
    for policy in (*(one for one in reversed(ranked) if one != LEARNED), LEARNED):
        own = {**tags, "policy": policy}
        with tracking.run(policy, experiment=config.name, tags=own) as child:
            child.metrics(headline(result.headline[1], result, policy=policy))
            child.series(_by_date(result, policy))


def _by_date(result: Backtest, policy: str) -> list[dict[str, float]]:
    """One set of figures per as_of_date, in order; a step of MLflow's charts each."""
    return [
        _prefixed("date", headline(evaluation, result, policy=policy))
        for _, evaluation in sorted(result.by_date().items())
    ]


def _prefixed(prefix: str, values: Mapping[str, float]) -> dict[str, float]:
    return {f"{prefix}_{name}": value for name, value in values.items()}
