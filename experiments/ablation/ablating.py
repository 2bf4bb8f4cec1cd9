"""Fit the experiment again with less data, on the same splits, and see what is lost beyond noise."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.ablation.parts import WITHOUT_DEPARTMENT, Part, parts_of
from experiments.assembled import TRUTH, Assembled, assemble
from experiments.backtest import capacities_of
from experiments.config import ExperimentConfig
from experiments.fitting import LEARNED, Fitted, fit_split
from models.dependence import share_replaced
from models.evaluation import Evaluation, evaluate
from models.learners.learned import LearnerError
from models.ordering import Floats
from models.split_proof import prove_rows
from models.splits import TimeSplit, parts
from models.top_of_list import Capacity


@dataclass(frozen=True)
class Ablation:
    """What came of having less.

    ``lines``: ``kind, part, features`` (kept), ``precision`` at the headline capacity, ``difference`` to the
    model with everything with its interval (``difference_low``, ``difference_high``), ``auc_difference``
    likewise, ``noise`` (the interval of the difference holds 0), ``replaced`` (share of the list that
    changes when fitted without) and ``replaced_if_silent`` (share that changes when the model stays
    and only the values fall silent; null where everything else is dropped). ``skipped``: parts that could not be
    fitted, with the reason.
    """

    config: ExperimentConfig
    answer: str
    capacity: Capacity
    evaluation: Evaluation = field(repr=False)
    lines: pd.DataFrame = field(repr=False)
    skipped: Mapping[str, str]
    rows_digest: str

    @property
    def dependency(self) -> dict[str, float]:
        """Share of the list that changes without each department, the heaviest first.

        This is what the promotion gate asks for, see :func:`models.dependence.single_source_dependency`.
        """
        departments = self.lines.loc[self.lines["kind"] == WITHOUT_DEPARTMENT]
        ordered = departments.sort_values(["replaced", "part"], ascending=[False, True])
        return dict(zip(ordered["part"], ordered["replaced"].astype(float), strict=True))

    @property
    def by_chance(self) -> float:
        """Parts whose interval would leave 0 out if none of them mattered."""
        return 0.05 * len(self.lines)


def ablate(
    home: Path,
    config: ExperimentConfig,
    plan: Sequence[TimeSplit],
    *,
    truth: Path | None,
    engine_name: str,
    progress: Callable[[str], None] = lambda _: None,
) -> Ablation:
    """Fit with everything and with each part less, on every split of ``plan``.

    Raises:
        SplitError: the rows are not split honestly.
        LearnerError: there is nothing to learn from even with everything.
    """
    source = assemble(home, config, plan, truth=truth, engine_name=engine_name, progress=progress)
    for split in plan:
        rows = parts(source.history, split)
        prove_rows(source.history, rows, label_window_days=split.label_window_days)
    judged = source.on([day for split in plan for day in split.test_dates])
    full = [_fitted(source, split, None) for split in plan]
    scores = {LEARNED: _scores(full, source, plan)}
    silent: dict[str, Floats] = {}
    skipped: dict[str, str] = {}
    tried = []
    wanted = parts_of(config)
    for place, part in enumerate(wanted, start=1):
        progress(f"{place} of {len(wanted)}, {part.policy}: {len(part.kept)} features")
        try:
            fitted = [_fitted(source, split, part) for split in plan]
        except LearnerError as nothing:
            skipped[part.policy] = str(nothing)
            continue
        scores[part.policy] = _scores(fitted, source, plan)
        silent[part.policy] = _scores(full, source, plan, silent=part.dropped)
        tried.append(part)
    label = TRUTH if truth is not None else "label"
    evaluation = evaluate(
        judged,
        scores,
        capacities=capacities_of(config),
        seed=config.seed,
        label=label,
        probabilities=(LEARNED,),
    )
    capacity = capacities_of(config)[0]
    lines = [
        _line(part, evaluation, judged, scores, silent[part.policy], capacity, seed=config.seed)
        for part in tried
    ]
    return Ablation(
        config,
        "truth" if truth is not None else "observed labels",
        capacity,
        evaluation,
        pd.DataFrame(lines).sort_values("difference", kind="stable").reset_index(drop=True),
        skipped,
        source.digest_of(list(source.digests)),
    )


def _fitted(source: Assembled, split: TimeSplit, part: Part | None) -> Fitted:
    features = source.config.model_features() if part is None else part.kept
    return fit_split(
        source.history, split, config=source.config, features=features, rules=source.rules
    )


def _scores(
    fitted: Sequence[Fitted],
    source: Assembled,
    plan: Sequence[TimeSplit],
    *,
    silent: Sequence[str] = (),
) -> Floats:
    """Probabilities of every judged row, in order; columns named ``silent`` are unknown to the model."""
    found = []
    for one, split in zip(fitted, plan, strict=True):
        rows = source.on(split.test_dates)
        unknown = {name: rows[name].where(np.zeros(len(rows), dtype=bool)) for name in silent}
        found.append(one.probabilities(rows.assign(**unknown)))
    return np.concatenate(found)


def _line(
    part: Part,
    evaluation: Evaluation,
    rows: pd.DataFrame,
    scores: Mapping[str, Floats],
    silent: Floats,
    capacity: Capacity,
    *,
    seed: int,
) -> dict[str, object]:
    difference = evaluation.compare(part.policy, LEARNED, capacity=capacity).difference
    auc = evaluation.compare_auc(part.policy, LEARNED)
    everything = scores[LEARNED]
    return {
        "kind": part.kind,
        "part": part.name,
        "features": len(part.kept),
        "precision": evaluation[part.policy].at[capacity.name].precision.value,
        "difference": difference.value,
        "difference_low": difference.low,
        "difference_high": difference.high,
        "auc_difference": auc.value,
        "auc_difference_low": auc.low,
        "auc_difference_high": auc.high,
        "noise": difference.low <= 0 <= difference.high,
        "replaced": share_replaced(
            rows, everything, scores[part.policy], capacity=capacity, seed=seed
        ),
        "replaced_if_silent": share_replaced(
            rows, everything, silent, capacity=capacity, seed=seed
        ),
    }
