"""When learning takes over from rules: both sides of each count, of the gain, and the day it would be."""

from datetime import date

import pytest

from models.cold_start import PACE_DAYS, Gathered, standing
from models.gate.answers import Answer
from models.gate.evidence import Arm, Prospective
from tests.models.gate.gathered import BARS

DAY = date(2026, 7, 1)
BETTER = Prospective(
    challenger=Arm(visits=400, found=160), random=None, champion=Arm(visits=400, found=120)
)
ENOUGH = Gathered(visits=385, found=96, lately=90, found_lately=9)


def test_exactly_enough_hands_over() -> None:
    found = standing(ENOUGH, BETTER, BARS, as_of_date=DAY)

    assert found.hands_over
    assert found.ready_on == DAY


@pytest.mark.parametrize(
    ("gathered", "visited", "name"),
    [
        (Gathered(visits=384, found=96, lately=90, found_lately=9), BETTER, "visits"),
        (Gathered(visits=385, found=95, lately=90, found_lately=9), BETTER, "in need"),
        (ENOUGH, None, "gain"),
        (ENOUGH, Prospective(challenger=Arm(visits=400, found=160), random=None, champion=None), "gain"),
        (ENOUGH, Prospective(challenger=Arm(visits=400, found=130), random=None, champion=Arm(visits=400, found=120)), "gain"),
        (ENOUGH, Prospective(challenger=Arm(visits=0, found=0), random=None, champion=Arm(visits=9, found=1)), "gain"),
    ],
)  # fmt: skip
def test_what_is_missing_is_named_with_what_to_do(
    gathered: Gathered, visited: Prospective | None, name: str
) -> None:
    found = standing(gathered, visited, BARS, as_of_date=DAY)

    assert not found.hands_over
    (missing,) = found.condition.open_checks
    assert missing.name == name
    assert missing.answer is Answer.CANNOT_TELL
    assert missing.to_do


def test_learning_that_finds_less_than_the_rules_fails() -> None:
    worse = Prospective(
        challenger=Arm(visits=400, found=60), random=None, champion=Arm(visits=400, found=160)
    )
    assert standing(ENOUGH, worse, BARS, as_of_date=DAY).condition.answer is Answer.FAILS


def test_the_day_follows_from_the_slower_count() -> None:
    halfway = Gathered(visits=340, found=86, lately=90, found_lately=9)
    found = standing(halfway, None, BARS, as_of_date=DAY)

    assert found.ready_on is not None
    assert (found.ready_on - DAY).days == 10 * PACE_DAYS / 9
    assert "45 more completed random visits" in found.condition.checks[0].to_do


def test_without_visits_by_lot_there_is_no_such_day() -> None:
    none = Gathered(visits=10, found=1, lately=0, found_lately=0)
    assert standing(none, None, BARS, as_of_date=DAY).ready_on is None
