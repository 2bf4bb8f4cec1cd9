"""Aggregates taken per person first come out as if taken per household at once."""

from datetime import date
from typing import Any

import pytest
from ibis import _

from features.households import own_accounts
from features.registry import KEYS, DeclarationError
from features.windows import count, highest, lowest, total
from tests.features.records import view_of

TWO_PERSONS = """
    residence_id | person_id | household_id | address_id | event_date | birth_date | relation
    r1           | p1        | h1           | a1         | 2015-01-01 | 1980-01-01 | head
    r2           | p2        | h1           | a1         | 2015-01-01 | 1981-01-01 | spouse
    r3           | p3        | h2           | a1         | 2015-01-01 | 1981-01-01 | head
    """
BILLS = """
    settlement_id | person_id | event_date | care_kind  | self_paid
    just_in       | p1        | 2024-04-02 | outpatient | 0.10
    just_out      | p1        | 2024-04-01 | outpatient | 7
    last_day      | p2        | 2024-06-29 | inpatient  | 0.20
    not_yet       | p2        | 2024-07-01 | inpatient  | 9
    """


def test_persons_add_up_to_their_household(either_engine: Any) -> None:
    view = view_of(either_engine, residents=TWO_PERSONS, medical_settlements=BILLS)
    found = view.windowed(
        "medical_settlements",
        bills_90d=count(days=90),
        stays_90d=count(days=90, where=_.care_kind == "inpatient"),
        paid_90d=total(_.self_paid, days=90),
        paid_ever=total(_.self_paid),
        dearest_90d=highest(_.self_paid, days=90),
        first_90d=lowest(_.event_date, days=90),
        dearest_stay_5d=highest(_.self_paid, days=5, where=_.care_kind == "outpatient"),
    )
    (row,) = either_engine.to_pyarrow(found).to_pylist()

    assert row == {
        "household_id": "h1",
        "as_of_date": date(2024, 7, 1),
        "bills_90d": 2,
        "stays_90d": 1,
        "paid_90d": 0.3,
        "paid_ever": 7.3,
        "dearest_90d": 0.2,
        "first_90d": date(2024, 4, 2),
        "dearest_stay_5d": None,
    }


def test_several_dates_each_see_their_own_window(either_engine: Any) -> None:
    days = (date(2024, 5, 1), date(2024, 7, 1))
    view = view_of(either_engine, on=days, residents=TWO_PERSONS, medical_settlements=BILLS)
    found = view.windowed("medical_settlements", paid_90d=total(_.self_paid, days=90))
    rows = either_engine.to_pandas(found).set_index(list(KEYS))["paid_90d"].to_dict()

    assert {str(day)[:10]: paid for (_household, day), paid in rows.items()} == {
        "2024-05-01": 7.1,
        "2024-07-01": 0.3,
    }


def test_a_total_needs_something_to_add_up(either_engine: Any) -> None:
    view = view_of(either_engine, residents=TWO_PERSONS, medical_settlements=BILLS)
    with pytest.raises(DeclarationError, match="at least one"):
        view.windowed("medical_settlements")


def test_bills_of_whoever_lived_there_before_are_somebody_elses(either_engine: Any) -> None:
    view = view_of(
        either_engine,
        residents="""
            residence_id | person_id | household_id | address_id | event_date | birth_date | relation
            r1           | p1        | h1           | a1         | 2024-03-01 | 1980-01-01 | head
            """,
        utility_bills="""
            bill_id | account_id | service | event_date | usage | amount_due | due_date
            theirs  | u1         | power   | 2024-02-28 | 100   | 50         | 2024-03-15
            ours    | u1         | power   | 2024-03-01 | 10    | 5          | 2024-03-15
            """,
    )
    found = view.windowed(
        "utility_bills", link=own_accounts(view), due=total(_.amount_due, days=365)
    )

    assert either_engine.to_pandas(found)["due"].tolist() == [5.0]
