"""What the leak alarm found, kept as evidence about a model: for ``zhaoren-lab leaks --model``."""

from pathlib import Path

from experiments.config import ExperimentConfig
from experiments.promotion.promoting import find_artefact
from models.gate.evidence import Evidence, LeakCheck
from models.gate.kept import keep
from models.gate.refusals import PromotionRefusal
from models.leaks.findings import LeakReport


class NotOfThisExperiment(PromotionRefusal):
    """The model learned from something else than what was looked at."""


def learned_by(home: Path, model: str, config: ExperimentConfig) -> str:
    """Return the id of the artefact that ``model`` names, if ``config`` trained it.

    Raises:
        NoSuchModel: nothing or more than one thing is meant.
        NotOfThisExperiment: another experiment trained it, or another version of this one.
    """
    artefact = find_artefact(home, model)
    trained = artefact.training.get("identity")
    if trained != config.identity:
        raise NotOfThisExperiment(
            f"model {artefact.artefact_id[:12]} was trained by {artefact.training.get('experiment')} {trained}, and"
            f" {config.name} is {config.identity} now: name the experiment it comes from with --config"
        )
    return artefact.artefact_id


def keep_leaks(home: Path, artefact_id: str, report: LeakReport) -> Evidence:
    """Keep the alarms of ``report`` and what it could not look at; return all that is kept about the artefact."""
    rang = tuple(
        f"{one.kind}: {one.column or 'the whole table'}, {one.sentence}" for one in report.leaks
    )
    found = LeakCheck(rows=report.rows, rang=rang, not_looked_at=report.not_looked_at)
    return keep(home, artefact_id, Evidence(leaks=found))
