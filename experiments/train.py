"""Train one experiment, judge it beside its baselines, keep everything in MLflow, ask the gate on demand."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from experiments.backtest import Backtest, Judged, single_split
from experiments.config import ExperimentConfig
from experiments.logged import ARTEFACT, SINGLE, code_tags, open_run
from experiments.model_card.facts import keep_facts
from experiments.promotion.from_a_run import evidence_of_run
from experiments.promotion.promoting import Outcome, consider
from experiments.promotion.tracked import track
from experiments.sameness import Sameness
from features.engine_names import DUCKDB
from models.artefact import Artefact, Band
from models.artefact_writing import write
from models.gate.kept import keep
from models.learners.learned import LearnerError


@dataclass(frozen=True)
class Registered:
    """A model written as text, and its version in MLflow."""

    artefact: Artefact
    version: int


@dataclass(frozen=True)
class Trained:
    """One finished training: what it is worth, where it is kept, and what the gate said if asked.

    ``registered`` is None where the model cannot be written as text: it was judged and logged, and
    ``why_not`` says what to do instead.
    """

    backtest: Backtest
    run_id: str
    registered: Registered | None
    why_not: str
    decided: Outcome | None
    same: Sameness

    @property
    def artefact(self) -> Artefact:
        """The model as it is kept.

        Raises:
            LearnerError: it cannot be kept.
        """
        if self.registered is None:
            raise LearnerError(self.why_not)
        return self.registered.artefact

    @property
    def promoted(self) -> bool:
        """Whether it is the champion now."""
        return self.decided is not None and self.decided.is_promoted


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
    """Fit, judge, log, register, and ask the gate for a promotion if told to.

    What the run shows is kept as evidence for the gate and for the model's card, now or later. A model that cannot be written as text
    is judged and logged like any other; it is not registered, and the gate is not asked.

    Args:
        home: folder with a lake; models and runs are kept there too.
        config: the experiment.
        truth: folder with the truth of a simulated district for judging, or None.
        at: time of the promotion, for its history.
        by: who asked, for the same.
        promote_as_champion: ask the gate to make it the model the night uses.
        engine_name: what builds the matrices.
        progress: is told one line per step.
    """
    result = single_split(home, config, truth=truth, engine_name=engine_name, progress=progress)
    judged = result.judged[0]
    progress("logging the run in MLflow")
    with open_run(home, result, kind=SINGLE) as (run, same):
        try:
            artefact = _write_artefact(home, config, judged, run_id=run.run_id)
        except LearnerError as refusal:
            return Trained(result, run.run_id, None, str(refusal), None, same)
        run.tags({ARTEFACT: artefact.artefact_id})
        registered = Registered(artefact, run.register(artefact, name=config.name))
    keep(home, artefact.artefact_id, evidence_of_run(home, result))
    keep_facts(home, result, artefact)
    decided = None
    if promote_as_champion:
        decided = consider(home, artefact, config=config, at=at, by=by, progress=progress)
        track(home, decided, registered_as=config.name)
    return Trained(result, run.run_id, registered, "", decided, same)


def _write_artefact(
    home: Path, config: ExperimentConfig, judged: Judged, *, run_id: str
) -> Artefact:
    fitted = judged.fitted
    learned = (*fitted.split.train_dates, *fitted.split.calibration_dates)
    return write(
        home / "trained" / run_id,
        name=config.outcome.partition(":")[2].lower(),
        model=fitted.model,
        spread=fitted.spread,
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
            **code_tags(),
        },
    )
