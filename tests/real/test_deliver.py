"""From the published files to deliveries: identity, unknown answers, parts, and what is refused."""

import json
from pathlib import Path

import pandas as pd
import pytest

from experiments.real.hps.deliver import SurveyError, as_of_date, closing_day, deliver
from tests.real.survey import interviews, publish


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    return tmp_path / "landing"


def two_states() -> pd.DataFrame:
    return interviews("""
        scram | week | born | state | weight | curfoodsuf | mortlmth | foodconf
        ------+------+------+-------+--------+------------+----------+---------
        v1    | 1    | 1980 | 6     | 3.0    | 4          | -88      | 1
        v2    | 1    | 1950 | 6     | 1.0    | 1          | 2        | -99
        v3    | 1    | 1960 | 6     | 9.0    | -99        | -88      | -88
        v4    | 1    | 1960 | 36    | 2.0    | -88        | -88      | -88
        """)


def delivered(landing: Path, feed: str, wave: int = 1) -> pd.DataFrame:
    return pd.read_parquet(landing / feed / f"wave{wave:02d}.parquet")


def test_an_interview_number_with_another_birth_year_or_state_is_another_household(
    tmp_path: Path, landing: Path
) -> None:
    told = interviews("""
        scram | week | born | state
        ------+------+------+------
        v1    | 1    | 1980 | 6
        v1    | 2    | 1980 | 6
        v2    | 1    | 1980 | 6
        v2    | 2    | 1981 | 6
        v3    | 1    | 1980 | 6
        v3    | 2    | 1980 | 36
        """)
    deliver(publish(tmp_path / "data", told), landing)
    first, second = (set(delivered(landing, "hps_people", wave)["household_id"]) for wave in (1, 2))
    assert first & second == {"v1-1980-06"}
    assert second - first == {"v2-1981-06", "v3-1980-36"}


def test_codes_for_no_answer_become_empty_and_other_odd_codes_are_left_for_the_gate(
    tmp_path: Path, landing: Path
) -> None:
    told = two_states()
    told.loc[told["SCRAM"] == "v1", "PRIFOODSUF"] = -77
    deliver(publish(tmp_path / "data", told), landing)
    food = delivered(landing, "hps_food").set_index("household_id")
    assert food.loc["v1-1980-06", "prifoodsuf"] == -77
    assert food.loc["v1-1980-06", "foodconf"] == 1
    assert pd.isna(food.loc["v2-1950-06", "foodconf"])
    assert (food[["curfoodsuf", "foodconf"]].dropna() >= 1).all(axis=None)


def test_an_interview_without_an_answer_to_a_part_is_not_in_that_part(
    tmp_path: Path, landing: Path
) -> None:
    deliver(publish(tmp_path / "data", two_states()), landing)
    assert set(delivered(landing, "hps_food")["household_id"]) == {"v1-1980-06", "v2-1950-06"}
    assert set(delivered(landing, "hps_housing")["household_id"]) == {"v2-1950-06"}
    assert len(delivered(landing, "hps_people")) == 4


def test_state_shares_are_weighted_and_count_only_those_who_answered(
    tmp_path: Path, landing: Path
) -> None:
    deliver(publish(tmp_path / "data", two_states()), landing)
    shares = delivered(landing, "hps_state_tables").set_index("state_id")
    assert shares.loc["06", "food_insufficient_share"] == pytest.approx(3 / 4)
    assert shares.loc["06", "payment_missed_share"] == 1
    assert pd.isna(shares.loc["36", "food_insufficient_share"])


def test_a_wave_arrives_on_the_day_it_closes_and_counts_from_the_day_after(
    tmp_path: Path, landing: Path
) -> None:
    deliver(publish(tmp_path / "data", two_states()), landing)
    told = json.loads((landing / "hps_food" / "wave01.parquet.manifest.json").read_text())
    assert told["received_at"] == "2020-05-05T20:00:00"
    assert told["rows"] == 2
    assert str(as_of_date(1)) == "2020-05-06"
    assert str(closing_day(12)) == "2020-07-21"


def test_a_second_call_writes_nothing(tmp_path: Path, landing: Path) -> None:
    data = publish(tmp_path / "data", two_states())
    first = deliver(data, landing)
    written = {path: path.stat().st_mtime_ns for path in landing.rglob("*.*")}
    assert deliver(data, landing) == first
    assert {path: path.stat().st_mtime_ns for path in landing.rglob("*.*")} == written


def test_another_version_of_a_delivered_wave_is_refused(tmp_path: Path, landing: Path) -> None:
    deliver(publish(tmp_path / "data", two_states()), landing)
    changed = two_states().assign(FOODCONF=4)
    with pytest.raises(SurveyError, match=r"hps_food/wave01\.parquet was delivered before"):
        deliver(publish(tmp_path / "data", changed), landing)


def test_a_folder_without_the_survey_says_what_to_do(tmp_path: Path, landing: Path) -> None:
    with pytest.raises(SurveyError, match=r"no week01\.parquet.*docs/real_households\.md"):
        deliver(tmp_path, landing)


def test_a_missing_column_is_named(tmp_path: Path, landing: Path) -> None:
    data = publish(tmp_path / "data", two_states().drop(columns="FOODCONF"))
    with pytest.raises(SurveyError, match=r"week01\.parquet lacks \['FOODCONF'\]"):
        deliver(data, landing)


def test_a_file_named_after_another_wave_is_refused(tmp_path: Path, landing: Path) -> None:
    data = publish(tmp_path / "data", two_states())
    (data / "week01.parquet").rename(data / "week03.parquet")
    with pytest.raises(SurveyError, match=r"week03\.parquet holds .* \[1\]; expected only 3"):
        deliver(data, landing)
    assert not landing.exists()
