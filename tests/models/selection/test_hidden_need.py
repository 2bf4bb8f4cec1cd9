"""Learning from found and unlabelled rows: the weights by hand, the limits, what is refused."""

import numpy as np
import pytest

from models.selection.unlabelled import (
    BothWays,
    both_ways,
    hidden_chance,
    learn_hidden,
    need_from_found,
)

NAN = float("nan")


def test_with_one_chance_for_all_it_is_the_weight_of_elkan_and_noto() -> None:
    found, chance = np.array([0.07, 0.35, 0.63]), np.full(3, 0.7)
    weights = (1 - 0.7) / 0.7 * found / (1 - found)

    assert hidden_chance(need_from_found(found, chance), chance).tolist() == pytest.approx(
        weights.tolist()
    )


def test_where_need_is_always_found_nothing_hides() -> None:
    assert hidden_chance(np.array([0.3, 0.9]), np.ones(2)).tolist() == [0, 0]


def test_where_looking_has_nothing_to_do_with_need_the_unseen_are_like_the_others() -> None:
    need = np.array([0.2, 0.8])

    hidden = hidden_chance(need, np.full(2, 0.4), cleared_chance=0.4)

    assert hidden.tolist() == pytest.approx(need.tolist())


def test_need_is_at_most_certain() -> None:
    assert need_from_found(np.array([0.3, 0.8]), np.full(2, 0.6)).tolist() == [0.5, 1]


def test_a_row_without_an_answer_stands_once_in_need_and_once_not() -> None:
    rows = both_ways(
        np.array([1, 0, NAN, NAN]),
        np.array([0.9, 0.9, 0.25, 0.5]),
        weights=np.array([1.0, 2.0, 4.0, 0.0]),
    )

    assert rows.rows.tolist() == [0, 1, 2, 2]
    assert rows.labels.tolist() == [1, 0, 1, 0]
    assert rows.weights.tolist() == [1, 2, 1, 3]


def test_the_share_in_need_of_a_single_group_is_found_again() -> None:
    """One group of 1,000 with 200 in need, 140 found: repeated refits arrive at 200."""
    labels = np.where(np.arange(1000) < 140, 1.0, NAN)

    def refit(rows: BothWays) -> np.typing.NDArray[np.float64]:
        return np.full(1000, float(np.average(rows.labels, weights=rows.weights)))

    rows = learn_hidden(labels, np.full(1000, 0.7), refit)

    assert float((rows.weights * rows.labels).sum()) == pytest.approx(200, abs=0.5)
    assert float(rows.weights.sum()) == pytest.approx(1000)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"labels": np.array([0.0, NAN])}, "nothing to tell the hidden by"),
        ({"found_chance": np.array([0.5, 0.0])}, "found_chance"),
        ({"found_chance": np.array([0.5, 1.1])}, "found_chance"),
        ({"cleared_chance": 1.0}, "cleared_chance"),
        ({"rounds": 0}, "at least 1"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(changed: dict[str, object], says: str) -> None:
    given = {"labels": np.array([1.0, NAN]), "found_chance": np.array([0.5, 1.0]), **changed}

    with pytest.raises(ValueError, match=says):
        learn_hidden(refit=lambda rows: np.full(2, 0.5), **given)
