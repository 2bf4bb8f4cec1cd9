"""Weights by the chance of being looked at: inverse, trimmed, on average one."""

import numpy as np
import pytest

from models.selection.importance import CAP, chance_looked_at, chance_over, importance

NAN = float("nan")


def test_a_row_weighs_the_inverse_of_its_chance_and_one_on_average() -> None:
    given = importance(np.array([1.0, 0.5, 0.25, NAN]))

    assert given.weights.tolist() == pytest.approx([3 / 7, 6 / 7, 12 / 7, 0])
    assert given.trimmed == 0
    assert given.worth == pytest.approx(7**2 / (1 + 4 + 16))


@pytest.mark.parametrize(("rarest", "heaviest", "trimmed"), [(20.0, 20, 0.0), (20.1, 20, 1 / 5)])
def test_no_row_weighs_more_than_the_cap_times_the_median(
    rarest: float, heaviest: float, trimmed: float
) -> None:
    given = importance(np.array([1.0, 1.0, 1.0, 1.0, 1 / rarest]), cap=CAP)

    assert given.weights[-1] / given.weights[0] == pytest.approx(heaviest)
    assert given.trimmed == pytest.approx(trimmed)


def test_nobody_looked_at_weighs_nothing() -> None:
    given = importance(np.array([NAN, NAN]))

    assert (given.weights.tolist(), given.worth) == ([0, 0], 0)


@pytest.mark.parametrize("chance", [0.0, -0.1, 1.01])
def test_a_chance_that_is_none_is_refused(chance: float) -> None:
    with pytest.raises(ValueError, match="chances must lie"):
        importance(np.array([0.5, chance]))


def test_a_cap_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="below 1"):
        importance(np.array([0.5]), cap=0.9)


def test_over_many_nights_the_chance_adds_up() -> None:
    once, often = (chance_over(np.array([0.01, 1.0, NAN]), draws=draws) for draws in (1, 180))

    assert once[:2].tolist() == pytest.approx([0.01, 1])
    assert often[:2].tolist() == pytest.approx([1 - 0.99**180, 1])
    assert np.isnan(often[2])
    with pytest.raises(ValueError, match="at least 1"):
        chance_over(once, draws=0)


def test_who_was_sent_would_have_been_looked_at_anyway() -> None:
    chances = chance_looked_at(
        np.array([0.1, NAN, NAN, 0.2]), looked_at=np.array([True, True, False, False])
    )

    assert chances[:2].tolist() == [0.1, 1]
    assert np.isnan(chances[2:]).all()
