"""Two streets in equal need, a year of nights: does learning from one's own visits drift to one of them?

After Ensign and others (2018). Every night the two streets share the visits by what the training set says of them.
The naive loop presumes that whoever was not visited is not in need, so it counts discoveries: a Polya urn. Ours weighs
each visit by the chance it was made with and keeps a share for the lot. A third pair of streets, one twice as much in
need, shows that ours does not simply halve the visits.
"""

from dataclasses import dataclass

import numpy as np

from experiments.selection_trials.verdicts import Line, Trial
from models.ordering import Floats
from models.resampling import Interval, wilson
from models.selection.importance import importance

NAIVE, OURS = "naive retrain", "our loop"
DRIFTED, SPLIT_WITHIN = 0.65, 0.05


@dataclass(frozen=True, kw_only=True)
class Streets:
    """Two streets of so many households each, the share of visits that find need, visits a night, the share by lot."""

    need: tuple[float, float] = (0.3, 0.3)
    households: int = 2_000
    visits: int = 6
    nights: int = 364
    by_lot: float = 0.05


def year_of_nights(streets: Streets, *, weighted: bool, runs: int, first_seed: int) -> Floats:
    """Return the first street's share of the planned visits, a row per run and a column per night.

    Both loops begin with one household in need known per street.
    """
    rng = np.random.default_rng((first_seed, runs, weighted))
    need = np.array(streets.need)
    per_visit = streets.visits / (2 * streets.households)
    known = np.ones((runs, 2))
    shares = np.empty((runs, streets.nights))
    for night in range(streets.nights):
        share = known[:, 0] / known.sum(axis=1)
        if weighted:
            share = streets.by_lot / 2 + (1 - streets.by_lot) * share
        shares[:, night] = share
        first = rng.binomial(streets.visits, share)
        visits = np.stack([first, streets.visits - first], axis=1)
        found = rng.binomial(visits, need)
        if weighted:
            chances = streets.visits * np.stack([share, 1 - share], axis=1) / streets.households
            known += found * _in_visits(chances, per_visit)
        else:
            known += found
    return shares


def _in_visits(chances: Floats, usual: float) -> Floats:
    """Weigh tonight's visits; the scale is that of a night with the same chance for everybody."""
    weights = importance(np.append(chances.ravel(), usual)).weights
    return np.asarray((weights[:-1] / weights[-1]).reshape(chances.shape))


def urn(*, runs: int = 200, first_seed: int = 1_000) -> Trial:
    """Run both loops and hold them against their bars."""
    equal, unequal = Streets(), Streets(need=(0.4, 0.2))
    naive = year_of_nights(equal, weighted=False, runs=runs, first_seed=first_seed)[:, -1]
    ours = year_of_nights(equal, weighted=True, runs=runs, first_seed=first_seed)[:, -1]
    apart = year_of_nights(unequal, weighted=True, runs=runs, first_seed=first_seed)[:, -1]
    fair = equal.by_lot / 2 + (1 - equal.by_lot) * 2 / 3

    def share_of(hits: np.typing.NDArray[np.bool_]) -> Interval:
        return wilson(float(hits.sum()), of=runs)

    drifted = np.maximum(naive, 1 - naive) > DRIFTED
    return Trial(
        name="urn",
        runs=runs,
        first_seed=first_seed,
        lines=(
            Line(
                way=NAIVE,
                figure="years that end beyond 65 : 35",
                measured=share_of(drifted),
                low=0.5,
            ),
            Line(
                way=OURS,
                figure="years that end within 45 : 55",
                measured=share_of(np.abs(ours - 0.5) <= SPLIT_WITHIN),
                low=0.95,
            ),
            Line(
                way=NAIVE,
                figure="years that end within 45 : 55 (naive)",
                measured=share_of(np.abs(naive - 0.5) <= SPLIT_WITHIN),
            ),
            Line(
                way=OURS,
                figure="need 2 : 1, years that end within 5 points of it",
                measured=share_of(np.abs(apart - fair) <= SPLIT_WITHIN),
                low=0.9,
            ),
        ),
    )
