"""Who is asked about (not in hardship now) and what is true of them a week later, through the whole engine."""

from pathlib import Path

import pandas as pd
import pytest

from experiments.real.hps.deployment import FOOD, HOUSING
from experiments.real.hps.outcomes import FOOD_ONSET_7D, PAYMENT_ONSET_7D
from tests.real.survey import home_with, interviews, rows_of

STORIES = """
    scram        | week | born | state | curfoodsuf | mortlmth
    -------------+------+------+-------+------------+---------
    falls        | 1    | 1980 | 6     | 2          | 1
    falls        | 2    | 1980 | 6     | 3          | 2
    stays        | 1    | 1981 | 6     | 1          | 3
    stays        | 2    | 1981 | 6     | 2          | 3
    stays        | 3    | 1981 | 6     | 4          | 2
    short        | 1    | 1982 | 6     | 3          | 2
    short        | 2    | 1982 | 6     | 1          | 1
    silent       | 1    | 1983 | 6     | 1          | 1
    silent       | 2    | 1983 | 6     | -99        | -88
    skipsawave   | 1    | 1984 | 6     | 1          | 1
    skipsawave   | 3    | 1984 | 6     | 4          | 2
    collides     | 1    | 1985 | 6     | 1          | 1
    collides     | 2    | 1955 | 6     | 4          | 2
    noanswer     | 1    | 1986 | 6     | -88        | -99
    noanswer     | 2    | 1986 | 6     | 4          | 2
    newcomer     | 3    | 1987 | 6     | 1          | 1
    """


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return home_with(tmp_path_factory.mktemp("survey"), interviews(STORIES))


@pytest.fixture(scope="module")
def food(home: Path) -> pd.DataFrame:
    return rows_of(home, FOOD, FOOD_ONSET_7D, waves=(1, 2, 3))


@pytest.fixture(scope="module")
def payment(home: Path) -> pd.DataFrame:
    return rows_of(home, HOUSING, PAYMENT_ONSET_7D, waves=(1,))


def households(rows: pd.DataFrame, *, wave: int) -> set[str]:
    return {name.split("-")[0] for name, of in rows.index if of == wave}


def test_only_households_known_not_to_be_in_hardship_are_asked_about(
    food: pd.DataFrame, payment: pd.DataFrame
) -> None:
    not_short = {"falls", "stays", "silent", "skipsawave", "collides"}
    assert households(food, wave=1) == not_short
    assert households(payment, wave=1) == not_short, "a deferred payment is not a missed one"
    assert households(food, wave=2) == {"stays", "short"}


def test_the_next_interview_decides(food: pd.DataFrame, payment: pd.DataFrame) -> None:
    assert food.loc[("falls-1980-06", 1), "label"] == 1
    assert food.loc[("stays-1981-06", 1), "label"] == 0
    assert food.loc[("stays-1981-06", 2), "label"] == 1
    assert payment.loc[("falls-1980-06", 1), "label"] == 1
    assert payment.loc[("stays-1981-06", 1), "label"] == 0
    assert food.loc[("falls-1980-06", 1), "label_source"] == "interview"


def test_an_interview_two_waves_later_decides_nothing(
    food: pd.DataFrame, payment: pd.DataFrame
) -> None:
    assert pd.isna(food.loc[("skipsawave-1984-06", 1), "label"])
    assert pd.isna(payment.loc[("skipsawave-1984-06", 1), "label"])


def test_somebody_else_under_the_same_interview_number_decides_nothing(food: pd.DataFrame) -> None:
    assert pd.isna(food.loc[("collides-1985-06", 1), "label"])


def test_no_answer_next_time_is_unknown_not_fine(food: pd.DataFrame) -> None:
    assert pd.isna(food.loc[("silent-1983-06", 1), "label"])
    assert food.loc[("silent-1983-06", 1), "label_source"] == "no_answer"


def test_the_last_wave_has_a_cohort_but_no_labels(food: pd.DataFrame) -> None:
    assert households(food, wave=3) == {"newcomer"}
    assert pd.isna(food.loc[("newcomer-1987-06", 3), "label"])
