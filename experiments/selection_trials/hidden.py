"""Three in ten households in need were never found: does a model still put them in the right order?

Need depends on what is known of a household, and so does whether it is found: staff go where they went before, and
rather not where hardship is greatest. Training sees found need and, for the rest, nothing. The oracle sees
everybody's need; naive training presumes the rest is in none; ours lets them count both ways. All are the same
logistic regression, and are judged on households they have not seen, by their true need.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from experiments.selection_trials.verdicts import Line, Trial, mean_over
from models.ordering import Floats
from models.probability_metrics import auc_parts
from models.selection.unlabelled import BothWays, both_ways, learn_hidden

ORACLE: Final = "everybody's need known"
NAIVE: Final = "the rest presumed not in need"
ONE_CHANCE: Final = "one chance for all (Elkan and Noto)"
ROUGHLY: Final = "a chance by household, 20 % wrong"
OURS: Final = "a chance by household"
LOST: Final = 0.05


@dataclass(frozen=True, kw_only=True)
class Quarter:
    """Households to train on and to judge by; about the share of need that is found, and how much it differs."""

    households: int = 5_000
    judged: int = 10_000
    features: int = 6
    found: float = 0.7
    spread: float = 2.0
    visits: float = 0.05


@dataclass(frozen=True, kw_only=True)
class _People:
    known: Floats
    need: Floats
    found_chance: Floats


def hidden(*, runs: int = 40, first_seed: int = 1_000, quarter: Quarter | None = None) -> Trial:
    """Train every way on a quarter per run and hold what its order loses against the bar."""
    world = quarter or Quarter()
    ways = (NAIVE, ONE_CHANCE, ROUGHLY, OURS)
    losses = {way: np.empty((runs, 2)) for way in ways}
    missed = np.empty(runs)
    for run in range(runs):
        rng = np.random.default_rng((first_seed, run))
        slopes = rng.normal(0, 0.7, world.features)
        slopes[0] = 1.0
        train, fresh = (
            _people(world, slopes, count, rng) for count in (world.households, world.judged)
        )
        found = (train.need == 1) & (rng.random(world.households) < train.found_chance)
        missed[run] = 1 - found.sum() / train.need.sum()
        labels = np.where(found, 1.0, np.nan)
        oracle = _figures(_fit(train.known, both_ways(train.need, train.need)), fresh, world)
        for way in ways:
            rows = _rows(way, labels, train, world, rng)
            figures = _figures(_fit(train.known, rows), fresh, world)
            losses[way][run] = (
                (1 - figures[0]) / (1 - oracle[0]) - 1,
                1 - figures[1] / oracle[1],
            )
    lines = [
        Line(way=ORACLE, figure="need never found", measured=mean_over(missed), low=0.25, high=0.35)
    ]
    for way in ways:
        # Of the naive way it is asked that the trial is hard.
        least, most = (LOST if way == one else None for one in (NAIVE, OURS))
        for place, figure in enumerate(("pairs in wrong order, more", "precision at 5 %, lost")):
            measured = mean_over(losses[way][:, place])
            lines.append(Line(way=way, figure=figure, measured=measured, low=least, high=most))
    return Trial(name="hidden", runs=runs, first_seed=first_seed, lines=tuple(lines))


def _people(world: Quarter, slopes: Floats, count: int, rng: np.random.Generator) -> _People:
    """Draw households: the first feature raises need and keeps visitors away."""
    known = rng.normal(size=(count, world.features))
    odds = known @ slopes - 3.0
    need = (rng.random(count) < 1 / (1 + np.exp(-odds))).astype(np.float64)
    level = np.log(world.found / (1 - world.found)) + 0.9 * world.spread
    found_chance = 1 / (1 + np.exp(world.spread * known[:, 0] - level))
    return _People(known=known, need=need, found_chance=np.clip(found_chance, 0.05, 0.98))


def _rows(
    way: str, labels: Floats, train: _People, world: Quarter, rng: np.random.Generator
) -> BothWays:
    if way == NAIVE:
        return both_ways(np.nan_to_num(labels), np.zeros(len(labels)))
    chance = train.found_chance
    if way == ONE_CHANCE:
        chance = np.full(len(labels), world.found)
    if way == ROUGHLY:
        chance = np.clip(chance * np.exp(rng.normal(0, 0.2, len(chance))), 0.02, 0.98)

    def refit(rows: BothWays) -> Floats:
        return _probabilities(train.known, _fit(train.known, rows))

    return learn_hidden(labels, chance, refit)


def _fit(known: Floats, rows: BothWays) -> Floats:
    """Fit a weighted logistic regression by Newton steps, hardly penalised."""
    design = np.column_stack([np.ones(len(known)), known])
    weight, in_need = (
        np.bincount(rows.rows, weights=values, minlength=len(known))
        for values in (rows.weights, rows.weights * rows.labels)
    )
    slopes = np.zeros(design.shape[1])
    for _ in range(6):
        chance = 1 / (1 + np.exp(-(design @ slopes)))
        gain = design.T @ (in_need - weight * chance) - 1e-3 * slopes
        curve = (design * (weight * chance * (1 - chance))[:, None]).T @ design
        slopes = slopes + np.linalg.solve(curve + 1e-3 * np.eye(len(slopes)), gain)
    return slopes


def _probabilities(known: Floats, slopes: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-(slopes[0] + known @ slopes[1:]))))


def _figures(slopes: Floats, fresh: _People, world: Quarter) -> tuple[float, float]:
    """Return ROC-AUC and precision among the visits of fresh households."""
    scores = _probabilities(fresh.known, slopes)
    listed = np.argsort(-scores, kind="stable")[: round(world.visits * len(scores))]
    return auc_parts(scores, fresh.need).auc, float(fresh.need[listed].mean())
