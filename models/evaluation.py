"""What policies are worth on rows they have not seen: figures with intervals, and paired comparisons.

Labels nobody knows stay unknown: such rows take part in the ranking and are counted, never graded. Given a
random slice with propensities, the same figures are estimated for everybody by inverse propensity.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.answers import EvaluationError, checked_scores, read_answers
from models.ordering import Floats
from models.probability_metrics import (
    ReliabilityBin,
    are_probabilities,
    auc_parts,
    average_precision,
    brier,
    expected_calibration_error,
    reliability,
)
from models.redrawing import redraw
from models.resampling import HouseholdBootstrap, Interval, interval
from models.top_of_list import Capacity, RankedRows, Tallies


@dataclass(frozen=True, kw_only=True)
class AtCapacity:
    """Precision and recall among the visited rows.

    The values are expected values over the order of tied rows; ``best`` and ``worst`` are precision
    in the luckiest and unluckiest order (over the same number of labelled rows). ``unlabelled`` visits have
    no known label and are left out of precision.
    """

    capacity: str
    visits: int
    precision: Interval
    recall: Interval
    best: float
    worst: float
    unlabelled: float
    lift: float


@dataclass(frozen=True, kw_only=True)
class PolicyResult:
    """Everything measured about one policy. Brier and ECE are NaN unless it is said to give probabilities."""

    policy: str
    at: Mapping[str, AtCapacity]
    roc_auc: Interval
    average_precision: float
    brier: float
    ece: float
    reliability: tuple[ReliabilityBin, ...]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Precision of ``policy`` against ``other`` on the same rows and the same draws of households."""

    policy: str
    other: str
    capacity: str
    difference: Interval
    ratio: Interval


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """Results of several policies on the same rows."""

    rows: int
    labelled: int
    unlabelled: int
    positives: int
    base_rate: float
    households: int
    results: Mapping[str, PolicyResult]
    _precision_draws: Mapping[tuple[str, str], Floats]
    _auc_draws: Mapping[str, Floats]

    def __getitem__(self, policy: str) -> PolicyResult:
        return self.results[policy]

    def compare(self, policy: str, other: str, *, capacity: Capacity) -> Comparison:
        """Return difference and ratio of two policies' precision at one evaluated capacity.

        Raises:
            EvaluationError: one of the policies was not evaluated at ``capacity``.
        """
        name = capacity.name
        for one in (policy, other):
            if (one, name) not in self._precision_draws:
                raise EvaluationError(
                    f"policy {one!r} was not evaluated at {name}; there are"
                    f" {sorted(self._precision_draws)}"
                )
        mine, theirs = (self.results[one].at[name].precision.value for one in (policy, other))
        drawn, other_drawn = (self._precision_draws[one, name] for one in (policy, other))
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios = drawn / other_drawn
            ratio = float(np.divide(mine, theirs))
        return Comparison(
            policy=policy,
            other=other,
            capacity=name,
            difference=interval(mine - theirs, drawn - other_drawn),
            ratio=interval(ratio, ratios),
        )

    def compare_auc(self, policy: str, other: str) -> Interval:
        """Return the difference of two policies' ROC-AUC over the same draws of households."""
        value = self[policy].roc_auc.value - self[other].roc_auc.value
        return interval(value, self._auc_draws[policy] - self._auc_draws[other])

    def table(self) -> pd.DataFrame:
        """Return one row per policy and capacity, the best precision at the first capacity first."""
        lines = [
            {
                "policy": result.policy,
                "capacity": at.capacity,
                "visits": at.visits,
                "precision": at.precision.value,
                "precision_low": at.precision.low,
                "precision_high": at.precision.high,
                "precision_best": at.best,
                "precision_worst": at.worst,
                "recall": at.recall.value,
                "recall_low": at.recall.low,
                "recall_high": at.recall.high,
                "lift": at.lift,
                "unlabelled_visits": at.unlabelled,
                "roc_auc": result.roc_auc.value,
                "roc_auc_low": result.roc_auc.low,
                "roc_auc_high": result.roc_auc.high,
                "average_precision": result.average_precision,
                "brier": result.brier,
                "ece": result.ece,
            }
            for result in self.results.values()
            for at in result.at.values()
        ]
        first = next(iter(next(iter(self.results.values())).at))
        lead = {name: result.at[first].precision.value for name, result in self.results.items()}
        table = pd.DataFrame(lines)
        return (
            table.assign(_lead=table["policy"].map(lead))
            .sort_values(["_lead", "policy"], ascending=[False, True], kind="stable")
            .drop(columns="_lead")
            .reset_index(drop=True)
        )


def evaluate(
    frame: pd.DataFrame,
    scores: Mapping[str, npt.ArrayLike],
    *,
    capacities: Sequence[Capacity],
    seed: int,
    label: str = "label",
    propensity: str | None = None,
    probabilities: Collection[str] = (),
    draws: int = 500,
) -> Evaluation:
    """Grade every policy on the rows of ``frame``.

    Args:
        frame: ``household_id``, ``as_of_date`` and the label: the rows a list could hold, whether or
            not their label is known. Each date is cut at its own capacity.
        scores: one array per policy, in row order.
        capacities: where to cut.
        seed: of the draws of households.
        label: column with 1, 0 or null.
        propensity: column with the probability that the row's label was looked at by lot; null
            labels stay out, the others weigh 1 / propensity.
        probabilities: names of the policies whose scores are meant as probabilities; only they get a
            Brier score and a calibration error.
        draws: how often households are redrawn for the intervals.

    Raises:
        EvaluationError: no rows, no labelled rows, a score array of another length, a label other
            than 1, 0 or null, or a labelled row without a propensity in (0, 1].
    """
    answers = read_answers(frame, label=label, propensity=propensity)
    labels, weights, known = answers.labels, answers.weights, answers.known
    given = {name: checked_scores(name, values, rows=len(frame)) for name, values in scores.items()}
    for name in probabilities:
        if name not in given or not are_probabilities(given[name]):
            raise EvaluationError(f"policy {name} is said to give probabilities but does not")
    positives, labelled, dates = answers.positives, answers.labelled, answers.dates
    codes = np.asarray(pd.factorize(frame["household_id"])[0], dtype=np.intp)
    ranked = {
        name: RankedRows(values, positives=positives, labelled=labelled, dates=dates)
        for name, values in given.items()
    }
    auc = {
        name: auc_parts(values[known], labels[known], weights=weights[known])
        for name, values in given.items()
    }
    drawn = redraw(
        ranked,
        auc,
        capacities=capacities,
        bootstrap=HouseholdBootstrap(codes, draws, seed),
        dates=dates,
        positives=positives,
        labelled=labelled,
        known=known,
    )
    visits = {one.name: sum(one.of(len(day)) for day in dates) for one in capacities}
    results = {}
    for name, values in given.items():
        at = {
            one.name: _at_capacity(
                one,
                ranked[name].tallies(one),
                visits=visits[one.name],
                positives=float(positives.sum()),
                labelled=float(labelled.sum()),
                weighted=propensity is not None,
                drawn_precision=drawn.precision[name, one.name],
                drawn_recall=drawn.recall[name, one.name],
            )
            for one in capacities
        }
        probable = name in probabilities and propensity is None
        results[name] = PolicyResult(
            policy=name,
            at=at,
            roc_auc=interval(auc[name].auc, drawn.roc_auc[name]),
            average_precision=average_precision(
                values[known], labels[known], weights=weights[known]
            ),
            brier=brier(values[known], labels[known]) if probable else float("nan"),
            ece=expected_calibration_error(values[known], labels[known])
            if probable
            else float("nan"),
            reliability=reliability(values[known], labels[known]) if probable else (),
        )
    return Evaluation(
        rows=len(frame),
        labelled=int(known.sum()),
        unlabelled=int((~known).sum()),
        positives=int((labels == 1).sum()),
        base_rate=float(positives.sum() / labelled.sum()),
        households=int(codes.max()) + 1,
        results=results,
        _precision_draws=drawn.precision,
        _auc_draws=drawn.roc_auc,
    )


def _at_capacity(
    capacity: Capacity,
    found: Tallies,
    *,
    visits: int,
    positives: float,
    labelled: float,
    weighted: bool,
    drawn_precision: Floats,
    drawn_recall: Floats,
) -> AtCapacity:
    nan = float("nan")
    precision = found.positives / found.labelled if found.labelled else nan
    base_rate = positives / labelled
    return AtCapacity(
        capacity=capacity.name,
        visits=visits,
        precision=interval(precision, drawn_precision),
        recall=interval(found.positives / positives if positives else nan, drawn_recall),
        best=min(1.0, found.best / found.labelled) if found.labelled else nan,
        worst=found.worst / found.labelled if found.labelled else nan,
        unlabelled=nan if weighted else visits - found.labelled,
        lift=precision / base_rate if base_rate else nan,
    )
