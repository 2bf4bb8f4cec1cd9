"""Train one experiment, judge it beside its baselines, keep everything in MLflow, promote on demand."""

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from experiments.backtest import Backtest, Judged, single_split
from experiments.config import ExperimentConfig
from experiments.figures import figures
from experiments.fitting import LEARNED
from experiments.history import definitions_digest
from features.engine_names import DUCKDB
from models.artefact import Artefact, Band, write
from models.evaluation import Evaluation
from models.learner import settings_as_parameters
from models.promoted import promote
from models.tracking import CHAMPION, Run, Tracking

LIBRARIES = ("lightgbm", "scikit-learn", "ibis-framework", "duckdb", "numpy", "pandas")


@dataclass(frozen=True)
class Trained:
    """One finished training: what it is worth, and where it is kept."""

    backtest: Backtest
    artefact: Artefact
    run_id: str
    version: int
    promoted: bool


def train(
    home: Path,
    config: ExperimentConfig,
    *,
    truth: Path | None,
    at: datetime,
    by: str,
    promote_as_champion: bool,
    engine_name: str = DUCKDB,
    progress: Callable[[str], None] = lambda _: None,
) -> Trained:
    """Fit, judge, log, register, and promote if asked to.

    Args:
        home: folder with a lake; models and runs are kept there too.
        config: the experiment.
        truth: folder with the truth of a simulated district for judging, or None.
        at: time of the promotion, for its history.
        by: who asked, for the same.
        promote_as_champion: make it the model the night uses.
        engine_name: what builds the matrices.
        progress: is told one line per step.
    """
    result = single_split(home, config, truth=truth, engine_name=engine_name, progress=progress)
    judged = result.judged[0]
    tracking = Tracking(home)
    tags = {"origin": config.origin, "identity": config.identity, **_code_tags()}
    with tracking.run(config.title, experiment=config.name, tags=tags) as run:
        artefact = _write_artefact(home, config, judged, run_id=run.run_id)
        progress("logging the run in MLflow")
        _log(run, home, result, artefact)
        # The model last: MLflow draws the newest runs first, and ten at the most.
        for policy in reversed(_best_policies(result)):
            own = {**tags, "policy": policy}
            with tracking.run(policy, experiment=config.name, tags=own) as child:
                child.metrics(_headline(result.headline[1], result, policy=policy))
        registered = run.register(
            judged.fitted.model,
            artefact,
            name=config.name,
            example=judged.rows.head(5),
            aliases=(CHAMPION,) if promote_as_champion else (),
        )
    if promote_as_champion:
        progress("promoting: golden rows are predicted again in a child process")
        reason = f"trained as {config.name} {config.identity}"
        artefact = promote(home, artefact.folder, at=at, by=by, reason=reason)
    return Trained(result, artefact, run.run_id, registered, promote_as_champion)


def _write_artefact(
    home: Path, config: ExperimentConfig, judged: Judged, *, run_id: str
) -> Artefact:
    fitted = judged.fitted
    learned = (*fitted.split.train_dates, *fitted.split.calibration_dates)
    return write(
        home / "trained" / run_id,
        name=config.outcome.partition(":")[2].lower(),
        model=fitted.model,
        calibration=fitted.calibration,
        features=config.load_deployment().features,
        reference=judged.reference,
        bands=[Band(name, start) for name, start in config.bands.items()],
        data_until=max(learned),
        training={
            "experiment": config.name,
            "identity": config.identity,
            "origin": config.origin,
            "split": fitted.split.describe(),
            "rows": fitted.train_rows,
            "positives": fitted.train_positives,
            **_code_tags(),
        },
    )


def _log(run: Run, home: Path, result: Backtest, artefact: Artefact) -> None:
    config, judged = result.config, result.judged[0]
    fitted = judged.fitted
    run.params(
        {
            **settings_as_parameters(config.learner),
            "outcome": config.outcome,
            "train_dates": ", ".join(map(str, fitted.split.train_dates)),
            "calibration_dates": ", ".join(map(str, fitted.split.calibration_dates)),
            "test_dates": ", ".join(map(str, fitted.split.test_dates)),
            "unseen_weight": config.unseen_weight,
            "untrained_sources": ", ".join(config.untrained_sources),
            "calibrate_on": config.calibrate_on,
            "calibration_method": fitted.calibration.method,
            "rounds": ", ".join(map(str, fitted.model.rounds)),
            "features": len(fitted.model.encoding.names),
            "feature_definitions": definitions_digest(config.load_deployment()),
            "artefact_id": artefact.artefact_id,
        }
    )
    run.document(config.model_dump(mode="json"), "experiment.json")
    run.input(judged.reference, name="training rows", source=home / "matrices", context="training")
    for day, rows in judged.rows.groupby("as_of_date"):
        name = f"matrix {pd.Timestamp(str(day)):%Y-%m-%d}"
        run.input(rows, name=name, source=home / "matrices", context="test")
    answers = {"observed": result.observed, "by_lot": result.by_lot, "truth": result.truth}
    for answer, evaluation in answers.items():
        if evaluation is None:
            continue
        run.table(evaluation.table(), f"tables/policies_{answer}.csv")
        run.metrics({f"{answer}_{k}": v for k, v in _headline(evaluation, result).items()})
    for step, (day, evaluation) in enumerate(sorted(result.by_date().items())):
        run.metrics({f"date_{k}": v for k, v in _headline(evaluation, result).items()}, step=step)
        run.metrics({f"date_{day}_{k}": v for k, v in _headline(evaluation, result).items()})
    for file, figure in figures(result).items():
        run.figure(figure, file)


def _best_policies(result: Backtest, *, most: int = 8) -> list[str]:
    """Return the model and the best others by precision at the headline capacity, for comparison."""
    table = result.headline[1].table()
    ranked = table.loc[table["capacity"] == result.capacities[0].name, "policy"].head(most)
    return list(dict.fromkeys([LEARNED, *ranked, "random"]))


def _headline(
    evaluation: Evaluation, result: Backtest, *, policy: str = LEARNED
) -> Mapping[str, float]:
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
        flat[f"lift_{short}"] = at.lift
    return flat


def _code_tags() -> dict[str, str]:
    """Versions that decide the numbers; the commit only where the code is a git checkout."""
    found = {name: version(name) for name in LIBRARIES}
    root = Path(__file__).parent
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=False
    )
    return {"commit": commit.stdout.strip() or "not a checkout", **found}
