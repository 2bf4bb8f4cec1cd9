"""A made-up city whose truth is known, visited by staff with a hunch and by lot: what is a list really worth?

Visitors go where last year's list points and where they suspect need, and suspect it rightly more often than the score
knows. Precision and ROC-AUC among whom they visited say how good staff are at choosing. The lot draws every household
with a chance that differs by street, some of the drawn are not met, and is judged by ``models.selection.estimates``.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from experiments.selection_trials.verdicts import Line, Trial, mean_over
from models.ordering import Floats
from models.probability_metrics import auc_parts
from models.resampling import Codes, Interval, wilson
from models.selection.estimates import Estimator, at_capacity
from models.selection.lots import Flags, Lot
from models.top_of_list import Capacity

NAIVE: Final = "whom staff visited"
WAYS: Final[dict[str, Estimator]] = {
    "by lot, Hajek": "hajek",
    "by lot, Horvitz-Thompson": "horvitz_thompson",
}
FIGURES: Final = ("precision", "recall", "roc_auc")
BIASED, UNBIASED, COVERED = 0.05, 0.02, (0.93, 0.97)


@dataclass(frozen=True, kw_only=True)
class City:
    """How many households, streets; visits by staff and the least and greatest chance by lot, as shares of households.

    ``need`` and ``knows`` are the level of need and what the score knows of it (log odds); ``hunch`` what staff know
    beyond the score; ``met`` the share of drawn households somebody opens the door of.
    """

    households: int = 12_000
    streets: int = 12
    visited: float = 0.08
    by_lot: tuple[float, float] = (0.06, 0.18)
    need: float = -4.0
    knows: float = 1.1
    hunch: float = 1.2
    met: float = 0.85
    capacity: Capacity = field(default_factory=lambda: Capacity(share=0.05))


@dataclass(frozen=True, kw_only=True)
class Year:
    """One drawn city: need of everybody, the score judged, whom staff visited, and the lot."""

    need: Floats
    scores: Floats
    visited: Flags
    lot: Lot


def draw_year(city: City, rng: np.random.Generator) -> Year:
    """Draw households with their need, then who is looked at."""
    count = city.households
    streets: Codes = rng.integers(0, city.streets, count).astype(np.intp)
    poverty = rng.normal(0, 0.5, city.streets)[streets]
    seen, unseen = rng.normal(size=count), rng.normal(size=count)
    odds = city.need + city.knows * (seen + poverty) + city.hunch * unseen
    need = (rng.random(count) < 1 / (1 + np.exp(-odds))).astype(np.float64)
    scores = seen + poverty
    wanted = scores + 0.9 * city.hunch * unseen + rng.normal(size=count)
    visited = (
        wanted >= np.partition(wanted, -round(city.visited * count))[-round(city.visited * count)]
    )
    chances = np.linspace(*city.by_lot, city.streets)[streets]
    drawn = rng.random(count) < chances
    met = drawn & (rng.random(count) < city.met)
    lot = Lot(
        labels=np.where(met, need, np.nan),
        chances=np.where(drawn, chances, np.nan),
        dates=np.zeros(count, np.intp),
        households=np.arange(count),
        strata=streets,
    )
    return Year(need=need, scores=scores, visited=visited, lot=lot)


def truth_of(year: Year, capacity: Capacity) -> Floats:
    """Return the true precision, recall and ROC-AUC of the score in this city."""
    return _figures(year.scores, year.need, np.ones(len(year.need), np.bool_), capacity)


def naive_of(year: Year, capacity: Capacity) -> Floats:
    """Return the same as read from whom staff visited, lists cut among everybody."""
    return _figures(year.scores, year.need, year.visited, capacity)


def _figures(scores: Floats, need: Floats, known: Flags, capacity: Capacity) -> Floats:
    visits = capacity.of(len(scores))
    listed = scores >= np.partition(scores, -visits)[-visits]
    found = need[listed & known]
    return np.array(
        [
            found.mean(),
            found.sum() / need[known].sum(),
            auc_parts(scores[known], need[known]).auc,
        ]
    )


def selective(*, runs: int = 500, first_seed: int = 1_000, city: City | None = None) -> Trial:
    """Judge a city per run in each way and hold bias and coverage against their bars.

    Each interval is held against the truth of its own city.
    """
    world = city or City()
    truths, naive = np.empty((runs, 3)), np.empty((runs, 3))
    found = {way: np.empty((runs, 3, 3)) for way in WAYS}
    for run in range(runs):
        year = draw_year(world, np.random.default_rng((first_seed, run)))
        truths[run], naive[run] = truth_of(year, world.capacity), naive_of(year, world.capacity)
        for way, estimator in WAYS.items():
            estimates = at_capacity(
                year.lot, year.scores, capacity=world.capacity, estimator=estimator
            )
            for place, figure in enumerate(FIGURES):
                one: Interval = getattr(estimates, figure)
                found[way][run, place] = one.value, one.low, one.high
    lines = []
    for place, figure in enumerate(FIGURES):
        off = naive[:, place] - truths[:, place]
        # What is asked is that the trial is hard, to either side.
        wrong = mean_over(off if off.mean() > 0 else -off)
        lines.append(Line(way=NAIVE, figure=f"distance of {figure}", measured=wrong, low=BIASED))
        for way in WAYS:
            value, low, high = found[way][:, place].T
            truth = truths[:, place]
            off = value - truth
            covered = (low <= truth) & (truth <= high)
            lines += [
                Line(
                    way=way,
                    figure=f"bias of {figure}",
                    measured=mean_over(off),
                    low=-UNBIASED,
                    high=UNBIASED,
                ),
                Line(
                    way=way,
                    figure=f"coverage of {figure}",
                    measured=wilson(float(covered.sum()), of=runs),
                    low=COVERED[0],
                    high=COVERED[1],
                ),
                Line(
                    way=way,
                    figure=f"width of {figure}",
                    measured=mean_over(high - low),
                ),
            ]
    return Trial(name="selective", runs=runs, first_seed=first_seed, lines=tuple(lines))
