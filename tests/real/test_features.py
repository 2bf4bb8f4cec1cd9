"""What the engine knows of a household: this interview, earlier ones, the state around it."""

from pathlib import Path

import pandas as pd
import pytest

from experiments.real.hps.deployment import FOOD
from experiments.real.hps.outcomes import FOOD_ONSET_7D
from models.rules.triggers import load_triggers
from tests.real.survey import home_with, interviews, rows_of

TOLD = """
    scram | week | born | state | weight | curfoodsuf | foodconf | worry | down | hlthins1 | hlthins2 | mortconf | rsnnowrk | thhld_numper | tspndfood
    ------+------+------+-------+--------+------------+----------+-------+------+----------+----------+----------+----------+--------------+----------
    back  | 1    | 1980 | 6     | 1      | 1          | 4        | 1     | 1    | 2        | 1        | 4        | -88      | 4            | 120
    back  | 2    | 1980 | 6     | 1      | 2          | -99      | 4     | -99  | 2        | -99      | 5        | 8        | 4            | 100
    back  | 3    | 1980 | 6     | 1      | 2          | 1        | 4     | 3    | 2        | -99      | 1        | 8        | 5            | -88
    hers  | 1    | 1990 | 6     | 3      | 4          | 1        | 4     | 4    | 2        | 2        | 1        | 9        | 2            | 40
    once  | 3    | 1990 | 6     | 1      | 1          | 2        | 2     | 2    | 1        | 2        | 3        | -88      | 2            | 80
    far   | 2    | 1990 | 36    | 1      | 1          | 2        | 2     | 2    | 1        | 2        | 3        | -88      | 2            | 80
    """


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    home: Path = home_with(tmp_path_factory.mktemp("survey"), interviews(TOLD))
    return rows_of(home, FOOD, FOOD_ONSET_7D, waves=(1, 2, 3))


def of(rows: pd.DataFrame, scram: str, wave: int) -> pd.Series:
    [row] = [row for (name, at), row in rows.iterrows() if name.startswith(scram) and at == wave]
    return row


def test_unanswered_is_unknown_and_never_a_value(rows: pd.DataFrame) -> None:
    second = of(rows, "back", 2)
    assert pd.isna(second["food_confidence"])
    assert pd.isna(second["health_insured_directly"])
    assert not second["health_insured_by_employer"]
    assert pd.isna(of(rows, "back", 1)["work_reason_without"])
    assert pd.isna(second["people_income_bracket"])


def test_a_mean_is_over_the_answers_given(rows: pd.DataFrame) -> None:
    assert of(rows, "back", 2)["health_distress_mean"] == 4
    assert of(rows, "back", 3)["health_distress_mean"] == pytest.approx(3.5)


def test_a_deferred_payment_is_no_degree_of_confidence(rows: pd.DataFrame) -> None:
    second, third = of(rows, "back", 2), of(rows, "back", 3)
    assert pd.isna(second["home_payment_confidence"])
    assert second["home_payment_will_be_deferred"]
    assert third["home_payment_confidence"] == 1
    assert not third["home_payment_will_be_deferred"]


def test_only_earlier_interviews_of_the_same_household_are_remembered(rows: pd.DataFrame) -> None:
    first, second, third = (of(rows, "back", wave) for wave in (1, 2, 3))
    assert [row["before_interviews"] for row in (first, second, third)] == [0, 1, 2]
    assert pd.isna(first["before_foodconf"])
    assert second["before_foodconf"] == 4
    assert pd.isna(third["before_foodconf"]), "the last interview but this one left it open"
    assert third["before_curfoodsuf"] == 2
    assert second["change_curfoodsuf"] == 1
    assert pd.isna(second["change_foodconf"])
    assert second["before_days_ago"] == 8
    assert of(rows, "once", 3)["before_interviews"] == 0


def test_the_state_is_read_from_its_last_two_tables(rows: pd.DataFrame) -> None:
    share = "state_food_insufficient_share_14d"
    assert of(rows, "back", 1)[share] == pytest.approx(3 / 4)
    assert of(rows, "back", 2)[share] == pytest.approx(3 / 8)
    assert of(rows, "back", 3)[share] == 0, "wave 1 closed fifteen days before"
    assert of(rows, "far", 2)[share] == 0


def test_per_person_needs_both_answers(rows: pd.DataFrame) -> None:
    assert of(rows, "back", 1)["food_spend_per_person"] == 30
    assert pd.isna(of(rows, "back", 3)["food_spend_per_person"])


def test_the_state_of_a_household_is_its_area(rows: pd.DataFrame) -> None:
    assert of(rows, "far", 2)["area_id"] == "36"


def test_the_plain_rules_rest_on_declared_features_and_put_the_least_confident_first(
    rows: pd.DataFrame,
) -> None:
    book = load_triggers(FOOD.triggers, features=FOOD.features, region=FOOD.region)
    frame = rows.reset_index()
    scores = pd.Series(book.score_trigger(frame, "food_confidence_low"), index=frame.index)
    confidence = frame["food_confidence"].fillna(99)
    assert scores[confidence == 1].min() > scores[confidence == 2].max() > 0
    assert (scores[confidence > 3] == 0).all()
