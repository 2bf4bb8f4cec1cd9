import pandas as pd
import pytest

from models.baselines import LastYearsList, a_year_before
from tests.tables import table

PAST = table("""
    household_id | as_of_date | score
    -------------+------------+------
    a            | 2024-01-01 | 0.9
    b            | 2024-01-01 | 0.1
    a            | 2024-03-01 | 0.2
    b            | 2024-03-01 | 0.3
    """)


def _rows(day: str, *households: str) -> pd.DataFrame:
    return pd.DataFrame({"household_id": households, "as_of_date": pd.Timestamp(day)})


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2025-03-01", "2024-03-01"),  # 365 days later
        ("2025-02-28", "2024-01-01"),  # 364
        ("2024-06-01", "2024-01-01"),  # nothing a year old: the oldest there is
        ("2024-01-01", None),
    ],
)
def test_the_list_is_a_year_old_or_the_oldest_there_is(day: str, expected: str | None) -> None:
    found = a_year_before(pd.Timestamp(day), PAST["as_of_date"].unique())

    assert found == (None if expected is None else pd.Timestamp(expected))


def test_who_was_first_then_is_first_now_and_newcomers_come_last_tied() -> None:
    again = LastYearsList(PAST)

    assert again.score(_rows("2025-02-28", "b", "new", "a", "newer")).tolist() == [0.5, 0, 1, 0]
    assert again.score(_rows("2025-03-01", "b", "new", "a")).tolist() == [1, 0, 0.5]


def test_without_an_earlier_list_everybody_is_tied() -> None:
    assert LastYearsList(PAST).score(_rows("2024-01-01", "a", "b")).tolist() == [0, 0]


def test_only_the_lists_needed_are_drawn_up_and_each_date_gets_its_own() -> None:
    drawn: list[str] = []

    def score(rows: pd.DataFrame) -> object:
        drawn.extend(sorted({f"{day:%Y-%m-%d}" for day in rows["as_of_date"]}))
        return rows["score"].to_numpy()

    history = pd.concat([PAST, PAST.assign(as_of_date=pd.Timestamp("2025-02-01"))])
    both = pd.concat([_rows("2025-02-28", "a", "b"), _rows("2025-03-01", "a", "b")])

    again = LastYearsList.drawn_by(score, history, days=both["as_of_date"].unique())

    assert drawn == ["2024-01-01", "2024-03-01"]
    assert again.score(both).tolist() == [1, 0.5, 0.5, 1]
