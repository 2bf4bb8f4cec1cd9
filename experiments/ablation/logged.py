"""What an ablation leaves behind: a run in MLflow, and evidence for the promotion gate."""

from pathlib import Path

from experiments.ablation.ablating import Ablation
from experiments.fitting import LEARNED
from experiments.logged import ARTEFACT, SINGLE, code_tags
from models import plots
from models.gate.evidence import Evidence
from models.gate.kept import keep
from models.tracking import Tracking

ABLATION = "ablation"


def log_ablation(home: Path, found: Ablation) -> str | None:
    """Log table and figure; keep each department's share for the artefact of the same experiment.

    Returns:
        The artefact's id, or None if no finished run of this identity on these rows has one.
    """
    config, capacity = found.config, found.capacity.name
    tracking = Tracking(home)
    alike = {"identity": config.identity, "rows": found.rows_digest}
    tags = {"kind": ABLATION, "origin": config.origin, **alike, **code_tags()}
    with tracking.run(f"ablation of {config.title}", experiment=config.name, tags=tags) as run:
        run.document(config.model_dump(mode="json"), "experiment.json")
        run.table(found.lines, "tables/ablation.csv")
        run.metrics({f"changes without {name}": share for name, share in found.dependency.items()})
        run.figure(
            plots.ablation(
                found.lines,
                capacity=capacity,
                full=found.evaluation[LEARNED].at[capacity].precision.value,
                outcome=f"{config.load_outcome().name}, judged by {found.answer}",
                origin=config.origin,
            ),
            "ablation.png",
        )
    for run_id in tracking.finished(config.name, tags={"kind": SINGLE, **alike}):
        artefact_id = tracking.tags_of(run_id).get(ARTEFACT)
        if artefact_id is not None:
            keep(
                home,
                artefact_id,
                Evidence(without_department=found.dependency),
            )
            return artefact_id
    return None
