import numpy as np
import pytest

from data_contracts.linkage.thresholds import LEAST_ACCEPTING, TooFewLabels, choose, lower_bound


def slice_of(*parts: tuple[float, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Parts of (probability, right, wrong)."""
    probability = np.concatenate([np.full(right + wrong, p) for p, right, wrong in parts])
    right = np.concatenate([np.repeat([True, False], [r, w]) for _, r, w in parts])
    return probability, right


def test_the_lowest_threshold_that_is_still_precise_enough_is_chosen() -> None:
    chosen = choose(*slice_of((0.99, 3000, 0), (0.95, 500, 0), (0.85, 50, 50)), source="slice")

    assert chosen.accepting == 0.95
    assert chosen.source == "slice"


def test_no_link_counts_that_the_model_doubts_however_easy_the_rest_is() -> None:
    chosen = choose(*slice_of((0.99, 9000, 0), (LEAST_ACCEPTING, 10, 0), (0.79, 10, 0)), source="")

    assert chosen.accepting == LEAST_ACCEPTING


def test_too_few_labels_are_refused_with_how_many_it_takes() -> None:
    with pytest.raises(TooFewLabels, match=r"100 checked accounts \(100 right\).*needs about 76\d"):
        choose(*slice_of((0.99, 100, 0)), source="")


def test_the_lower_bound_is_below_the_share_and_grows_with_the_count() -> None:
    assert lower_bound(0, 0) == 0
    assert lower_bound(99, 100) < lower_bound(990, 1000) < 0.99
