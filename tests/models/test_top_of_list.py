"""Sums of a whole date, added up once for many policies, change no figure; quick counts are those of a plain loop."""

import numpy as np
import pytest

from models.ordering import Floats
from models.resampling import HouseholdBootstrap
from models.top_of_list import Capacity, RankedRows, whole_dates

ROWS, HOUSEHOLDS = 900, 400
DRAWN = np.random.default_rng(3)
CODES = DRAWN.integers(0, HOUSEHOLDS, ROWS).astype(np.intp)
DATES = [np.arange(0, 500), np.arange(500, 900)]
LABELS = (DRAWN.random(ROWS) < 0.2).astype(np.float64)
KNOWN = (DRAWN.random(ROWS) < 0.7).astype(np.float64)
CAPACITIES = [Capacity(share=share) for share in (0.01, 0.05, 0.4, 1.0)]
SCORES = {
    "all different": DRAWN.random(ROWS),
    "hardly anybody": (DRAWN.random(ROWS) < 0.004).astype(np.float64),
    "all tied": np.zeros(ROWS),
    "a few steps": DRAWN.integers(0, 4, ROWS).astype(np.float64),
}


@pytest.mark.parametrize("scores", SCORES.values(), ids=SCORES)
@pytest.mark.parametrize("weight", [1.0, 0.37])
def test_whole_dates_change_no_bit_of_any_draw(scores: Floats, weight: float) -> None:
    positives, labelled = LABELS * KNOWN * weight, KNOWN * weight
    ranked = RankedRows(scores, positives=positives, labelled=labelled, dates=DATES)
    [weights] = HouseholdBootstrap(CODES, 60, 1).batches()
    whole = whole_dates(DATES, positives=positives, labelled=labelled, weights=weights, codes=CODES)
    assert (whole[0].positives is None) == (weight != 1)

    plain = ranked.drawn(CAPACITIES, weights=weights, codes=CODES)
    quick = ranked.drawn(CAPACITIES, weights=weights, codes=CODES, whole=whole)

    for name, counts in plain.items():
        assert np.array_equal(counts, quick[name])


@pytest.mark.parametrize("scores", SCORES.values(), ids=SCORES)
def test_expected_counts_are_those_of_a_plain_loop(scores: Floats) -> None:
    positives, labelled = LABELS * KNOWN, KNOWN
    ranked = RankedRows(scores, positives=positives, labelled=labelled, dates=DATES)
    for capacity in CAPACITIES:
        expected = np.zeros(2)
        for day in DATES:
            left = capacity.of(len(day))
            for score in sorted(set(scores[day]), reverse=True):
                tied = day[scores[day] == score]
                taken = min(left, len(tied))
                share = taken / len(tied)
                expected += share * positives[tied].sum(), share * labelled[tied].sum()
                left -= taken
        assert ranked.expected(capacity) == pytest.approx(tuple(expected), abs=1e-9)
        tallies = ranked.tallies(capacity)
        assert (tallies.positives, tallies.labelled) == ranked.expected(capacity)
        assert tallies.worst <= tallies.positives <= tallies.best
