"""Intervals without redrawing: equal to the plain formulas where rows are alone, wider where they belong together."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from models.clustered import auc, share, share_interval
from models.resampling import wilson


def test_a_share_of_single_households_is_wilsons_and_of_twins_is_wider() -> None:
    hits, ones = np.array([1.0] * 30 + [0.0] * 70), np.ones(100)
    alone = share_interval(share(hits, among=ones), np.arange(100), among=ones)
    expected = wilson(30, of=100)
    assert (alone.low, alone.high) == (pytest.approx(expected.low), pytest.approx(expected.high))
    twins = share_interval(share(hits, among=ones), np.repeat(np.arange(50), 2), among=ones)
    pairs = wilson(15, of=50)
    assert (twins.low, twins.high) == (pytest.approx(pairs.low), pytest.approx(pairs.high))


def test_weights_move_the_share_and_none_of_anything_is_not_a_share() -> None:
    hits, weights = np.array([1.0, 0.0, 0.0]), np.array([2.0, 1.0, 1.0])
    assert share(hits, among=weights).value == 0.5
    assert np.isnan(share(hits, among=np.zeros(3)).value)
    nothing = share_interval(share(hits, among=np.zeros(3)), np.arange(3), among=np.zeros(3))
    assert np.isnan(nothing.value)


def test_the_area_is_scikit_learns_and_its_interval_covers_the_truth_of_redrawn_tables() -> None:
    draw = np.random.default_rng(1)
    covered = 0
    for _ in range(200):
        labels = (draw.random(300) < 0.3).astype(float)
        scores = draw.normal(size=300) + labels
        found = auc(scores, labels)
        assert found.value == pytest.approx(roc_auc_score(labels, scores))
        told = found.interval(np.arange(300))
        # Two normal scores one standard deviation apart: the area is Phi(1 / sqrt 2).
        covered += told.low <= 0.7602 <= told.high
    assert 0.90 <= covered / 200 <= 0.99


def test_a_paired_difference_of_equal_scores_is_exactly_nothing() -> None:
    draw = np.random.default_rng(2)
    labels, scores = (draw.random(100) < 0.3).astype(float), draw.normal(size=100)
    told = (auc(scores, labels) - auc(scores.copy(), labels)).interval(np.arange(100))
    assert (told.value, told.low, told.high) == (0.0, 0.0, 0.0)
