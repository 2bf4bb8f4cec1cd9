"""A decision of the gate in MLflow: the figures of its checks, and the registered model that is champion now."""

import math
import re
from collections.abc import Mapping
from pathlib import Path

from experiments.promotion.promoting import Outcome
from models.gate.decisions import details_of
from models.tracking import CHAMPION, Run, Tracking, TrackingError

EXPERIMENT = "promotion"


def track(home: Path, outcome: Outcome, *, registered_as: str) -> str | None:
    """Log a decision as a run of its own and move the champion's alias if it was promoted.

    Returns a sentence if the registry does not know the artefact, for example because it was trained
    elsewhere; serving does not ask the registry.
    """
    tracking, record = Tracking(home), outcome.record
    tags = {
        "artefact_id": record.artefact_id,
        "decision": record.kind,
        "decided_by": record.by,
        "verdict": outcome.decision.verdict.value,
        "decision_sha256": record.sha256,
    }
    name = f"{outcome.decision.verdict} {record.artefact_id[:12]}"
    with tracking.run(name, experiment=EXPERIMENT, tags=tags) as run:
        log(run, outcome)
    if not outcome.is_promoted:
        return None
    return follow(tracking, registered_as, record.artefact_id)


def log(run: Run, outcome: Outcome) -> None:
    """Store the figures and the whole decision in an open run."""
    run.metrics(figures(outcome))
    run.document(details_of(outcome.decision), "gate_decision.json")


def figures(outcome: Outcome) -> Mapping[str, float]:
    """Return every known figure by a name MLflow takes."""
    return {
        f"gate_{one.name}_{re.sub(r'[^A-Za-z0-9]+', '_', check.name)}": check.figure
        for one in outcome.decision.conditions
        for check in one.checks
        if check.figure is not None and math.isfinite(check.figure)
    }


def follow(tracking: Tracking, name: str, artefact_id: str) -> str | None:
    """Point the champion's alias at the version that holds an artefact; a sentence if there is none."""
    try:
        tracking.set_alias(name, artefact_id=artefact_id, alias=CHAMPION)
    except TrackingError as error:
        return f"the registry was left alone: {error}"
    return None
