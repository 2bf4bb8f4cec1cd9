"""Onset and entry: what was known, when it was known, and what nobody knew."""

import pandas as pd

from models.news import in_need_before, newly_in_cohort, news_subsets
from tests.tables import table

# Answers are known 59 days later: January's on 2025-03-01 and not a day before.
HISTORY = table("""
    household_id | as_of_date | label
    -------------+------------+------
    found        | 2025-01-01 | 1.0
    cleared      | 2025-01-01 | 0.0
    unseen       | 2025-01-01 | ?
    found        | 2025-02-01 | ?
    late         | 2025-02-01 | 1.0
    found        | 2025-03-01 | 0.0
    cleared      | 2025-03-01 | 1.0
    unseen       | 2025-03-01 | 1.0
    late         | 2025-03-01 | ?
    new          | 2025-03-01 | ?
    """)


def _of(values: pd.Series, day: str) -> dict[str, object]:
    here = HISTORY["as_of_date"] == pd.Timestamp(day)
    return dict(zip(HISTORY.loc[here, "household_id"], values[here].astype("object"), strict=True))


def test_an_answer_counts_from_the_day_it_is_known() -> None:
    closed = _of(in_need_before(HISTORY, known_after_days=59), "2025-03-01")
    still_open = _of(in_need_before(HISTORY, known_after_days=60), "2025-03-01")

    assert closed["found"] is True
    assert closed["cleared"] is False
    assert closed["unseen"] is pd.NA
    assert closed["late"] is pd.NA
    assert set(still_open.values()) == {pd.NA}


def test_the_answer_of_the_day_itself_is_never_used() -> None:
    before = in_need_before(HISTORY, known_after_days=0)

    assert _of(before, "2025-01-01")["found"] is pd.NA
    assert _of(before, "2025-03-01")["cleared"] is False


def test_once_found_in_need_a_later_no_does_not_make_it_onset() -> None:
    twice = pd.concat(
        [HISTORY, table("household_id | as_of_date | label\nfound | 2025-06-01 | ?")],
        ignore_index=True,
    )

    assert in_need_before(twice, known_after_days=30).iloc[-1]


def test_new_in_the_cohort_is_unknown_on_the_first_date() -> None:
    new = newly_in_cohort(HISTORY)

    assert set(_of(new, "2025-01-01").values()) == {pd.NA}
    assert _of(new, "2025-02-01") == {"found": False, "late": True}
    assert _of(new, "2025-03-01")["new"] is True
    assert _of(new, "2025-03-01")["late"] is False


def test_the_never_looked_at_belong_to_onset_and_the_first_date_to_no_entry() -> None:
    subsets = news_subsets(HISTORY, known_after_days=59)

    assert _of(subsets["onset"], "2025-03-01") == {
        "found": False, "cleared": True, "unseen": True, "late": True, "new": True,
    }  # fmt: skip
    assert not subsets.loc[HISTORY["as_of_date"] == pd.Timestamp("2025-01-01"), "entry"].any()
    assert _of(subsets["entry"], "2025-03-01")["new"]


def test_the_order_of_rows_changes_nothing() -> None:
    turned = HISTORY.iloc[::-1]

    found = news_subsets(turned, known_after_days=59)

    pd.testing.assert_frame_equal(found.sort_index(), news_subsets(HISTORY, known_after_days=59))
