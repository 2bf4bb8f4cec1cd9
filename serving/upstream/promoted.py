"""What the promoted model says of a night: scores, reasons, and how far the night is from its training."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pandas as pd

from data_contracts.engines import Engine
from features.deployment import Deployment
from features.matrix_contract import MatrixRefused
from models.artefact import Artefact, ArtefactError, load
from models.promoted import NoChampion, champion
from models.reasons import FeedState as ReasonsFeed
from models.reasons import explain
from models.rules.rule_book import RuleBook
from models.scoring import contributions_in_child, require_scorable, score_in_child
from serving.refusals import ExitCode, Refusal
from serving.upstream.drifting import compare, keep_drift, training_matrix
from serving.upstream.protocol import Explanation, Progress, Reason

SCORING_TIMEOUT_S = 1800.0


def champion_id(home: Path) -> str:
    """Return the SHA-256 of the promoted model.

    Raises:
        Refusal: there is none, or it is damaged.
    """
    try:
        return champion(home).artefact_id
    except NoChampion as error:
        raise Refusal(
            ExitCode.NO_CHAMPION,
            found=f"there is no champion: {error}.",
            to_do="The earlier list stands until one is promoted.",
        ) from error
    except ArtefactError as error:
        raise _not_reproduced(error) from error


def scores(
    home: Path, deployment: Deployment, name: str, matrix: Path, *, spark: Engine | None
) -> pd.DataFrame:
    """Return everybody's score by the model ``name``: in a child process, or in the workers of ``spark``.

    Raises:
        Refusal: the model is damaged, or the matrix is not one it can score.
    """
    try:
        artefact = _loaded(home, name)
        require_scorable(artefact, matrix, deployment.groups)
        out = matrix.with_suffix(".scores.parquet")
        if spark is None:
            scored = score_in_child(
                artefact, matrix=matrix, out=out, timeout_seconds=SCORING_TIMEOUT_S
            )
        else:
            from models.spark_scoring import score_on_spark

            scored = score_on_spark(spark, artefact, matrix=matrix, out=out)
    except (ArtefactError, MatrixRefused) as error:
        raise _not_reproduced(error) from error
    bands = {value: artefact.band_of(value) for value in scored["probability"].unique()}
    return pd.DataFrame(
        {
            "household_id": scored["household_id"].astype("object"),
            "score": scored["log_odds"],
            "probability": scored["probability"],
            "band": scored["probability"].map(bands),
        }
    )


def reasons(
    home: Path,
    deployment: Deployment,
    name: str,
    matrix: Path,
    households: Sequence[str],
    *,
    rules: RuleBook,
    feeds: Mapping[str, ReasonsFeed],
) -> Mapping[str, Explanation]:
    """Return the reasons of ``households``; ``feeds`` say how far the data behind them reach.

    Raises:
        Refusal: the model is damaged.
    """
    try:
        artefact = _loaded(home, name)
        contributions = contributions_in_child(
            artefact, matrix=matrix, household_ids=households, timeout_seconds=SCORING_TIMEOUT_S
        )
    except ArtefactError as error:
        raise _not_reproduced(error) from error
    wanted = pd.DataFrame({"household_id": sorted(households)})
    rows = pd.read_parquet(matrix).merge(wanted, on="household_id")
    explained = explain(
        rows,
        contributions,
        groups=deployment.groups,
        quantiles=artefact.quantiles,
        rules=rules,
        feeds=feeds,
    )
    return {
        one.household_id: Explanation(
            reasons=tuple(
                Reason(
                    text=reason.text,
                    feature=reason.feature,
                    group=reason.theme,
                    dated=reason.on,
                    is_event=reason.dated == "event",
                )
                for reason in one.reasons
            ),
            uncertainty=one.uncertainty.text,
        )
        for one in explained
    }


def drift(
    home: Path,
    deployment: Deployment,
    name: str,
    matrix: Path,
    *,
    as_of_date: date,
    progress: Progress,
) -> str:
    """Compare with the last training matrix of this home, which the model scores once; say so in a line."""
    try:
        artefact = _loaded(home, name)
        reference = training_matrix(home, deployment, artefact)
        if reference is None:
            return f"no training matrix of {artefact.data_until} in this home to compare with"
        progress(f"drift since {artefact.data_until}")
        # Beside the nights: every file in the folder of training matrices is one.
        scored = matrix.with_name(f"{artefact.data_until}.{name[:12]}.scores.parquet")
        if not scored.exists():
            score_in_child(
                artefact, matrix=reference, out=scored, timeout_seconds=SCORING_TIMEOUT_S
            )
    except ArtefactError as error:
        return f"not compared: {error}"
    report = compare(
        deployment,
        artefact,
        as_of_date=as_of_date,
        then=(reference, scored),
        now=(matrix, matrix.with_suffix(".scores.parquet")),
    )
    keep_drift(report, matrix=matrix)
    return report.sentence


def _loaded(home: Path, name: str) -> Artefact:
    return load(home / "models" / name, expected_id=name)


def _not_reproduced(error: Exception) -> Refusal:
    return Refusal(
        ExitCode.MODEL_NOT_REPRODUCED,
        found=f"the champion cannot be used: {error}.",
        to_do="Train and promote one that fits with `zhaoren-lab train --promote`; until then the earlier"
        " list stands.",
    )
