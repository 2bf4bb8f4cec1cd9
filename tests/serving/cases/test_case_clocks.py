"""Deadlines on both sides of each boundary: the working day's end, feasts, make-up days, a year without a calendar."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from serving.cases import working_days
from serving.cases.clocks import deadline
from serving.cases.policy import CasePolicy, Span
from serving.cases.working_days import Day, look_up

ZONE = ZoneInfo("Asia/Shanghai")
THREE_DAYS, TWO_WEEKS = Span(working_days=3), Span(weeks=2)


def due(start, span, *, business_ends=18):
    begins = datetime.fromisoformat(start).replace(tzinfo=ZONE)
    found = deadline(begins, span, business_ends=business_ends)
    return found.at.strftime("%Y-%m-%dT%H:%M"), found.is_provisional


@pytest.mark.parametrize(
    ("start", "ends"),
    [
        ("2026-03-09T06:00", "2026-03-12T18:00"),
        ("2026-03-09T18:00", "2026-03-12T18:00"),
        ("2026-03-09T23:59", "2026-03-12T18:00"),
        ("2026-03-10T00:00", "2026-03-13T18:00"),
        ("2026-03-12T06:00", "2026-03-17T18:00"),
        ("2026-03-14T06:00", "2026-03-18T18:00"),
        ("2026-02-13T06:00", "2026-02-25T18:00"),
        ("2026-02-27T06:00", "2026-03-03T18:00"),
        ("2026-09-30T06:00", "2026-10-10T18:00"),
    ],
    ids=[
        "the day it begins on does not count",
        "nor when it begins as business ends",
        "nor in its last minute",
        "one minute later it is the next day's",
        "over a weekend",
        "begun on a Saturday",
        "over Spring Festival: Saturday the 14th works, then nobody until the 24th",
        "over Saturday the 28th of February, which works",
        "over National Day: nobody until the 8th, and Saturday the 10th works",
    ],
)
def test_three_working_days(start, ends):
    assert due(start, THREE_DAYS) == (ends, False)


@pytest.mark.parametrize(
    ("start", "span", "ends"),
    [
        ("2026-03-09T06:00", TWO_WEEKS, "2026-03-23T18:00"),
        ("2026-02-03T06:00", TWO_WEEKS, "2026-02-24T18:00"),
        ("2026-01-31T06:00", TWO_WEEKS, "2026-02-14T18:00"),
        ("2026-02-14T20:00", Span(hours=24), "2026-02-15T20:00"),
        ("2026-03-09T06:00", Span(days=7), "2026-03-16T18:00"),
    ],
    ids=[
        "two weeks end on the same weekday",
        "on a feast they end behind it",
        "on a Saturday that works they end there",
        "hours run through nights and feasts",
        "days of the calendar, as lists had them",
    ],
)
def test_weeks_end_on_working_days_and_hours_do_not_wait(start, span, ends):
    assert due(start, span) == (ends, False)


@pytest.mark.parametrize(
    ("start", "ends", "is_provisional"),
    [
        ("2026-12-28T06:00", "2026-12-31T18:00", False),
        ("2026-12-29T06:00", "2027-01-01T18:00", True),
        ("2026-12-31T06:00", "2027-01-05T18:00", True),
    ],
    ids=["it ends in the last year with a calendar", "its last day does not", "over a weekend"],
)
def test_a_year_without_a_calendar_is_counted_by_weekdays_and_said_to_be(
    start, ends, is_provisional
):
    assert due(start, THREE_DAYS) == (ends, is_provisional)


def test_with_the_calendar_of_the_new_year_the_same_deadline_is_later_and_firm(monkeypatch):
    monkeypatch.setattr(
        working_days, "look_up", lambda day: Day(
            is_working=day.weekday() < 5 and day != date(2027, 1, 1), is_provisional=False
        )
    )  # fmt: skip

    assert due("2026-12-29T06:00", THREE_DAYS) == ("2027-01-04T18:00", False)


def test_business_may_end_at_midnight():
    assert due("2026-03-09T06:00", THREE_DAYS, business_ends=24) == ("2026-03-13T00:00", False)


def test_hours_are_real_hours_where_clocks_are_changed():
    begins = datetime(2026, 3, 28, 20, tzinfo=ZoneInfo("Europe/Berlin"))

    ends = deadline(begins, Span(hours=24), business_ends=18).at

    assert ends.astimezone(UTC) - begins.astimezone(UTC) == timedelta(hours=24)


@given(st.dates(date(2024, 1, 1), date(2027, 6, 1)), st.integers(1, 30), st.integers(1, 8))
def test_a_deadline_in_days_or_weeks_falls_on_a_working_day_after_the_start(day, days, weeks):
    start = datetime(day.year, day.month, day.day, 6, tzinfo=ZONE)
    for span in (Span(working_days=days), Span(weeks=weeks)):
        found = deadline(start, span, business_ends=18)

        assert look_up(found.at.date()).is_working
        assert found.at.date() > start.date()
    between = [start.date() + timedelta(days=n) for n in range(1, 400)]
    ends = deadline(start, Span(working_days=days), business_ends=18).at.date()
    assert sum(look_up(day).is_working for day in between if day <= ends) == days


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"clocks": {"red": {"working_days": 3, "weeks": 1}}}, "exactly one"),
        ({"clocks": {"red": {}}}, "exactly one"),
        ({"closes": ["not_found"]}, "never close a case"),
        ({"closes": ["refused", "no_need"]}, "never close a case"),
        ({"closes": ["no_need"], "passes_up": ["no_need"]}, "both close a case and pass it up"),
        ({"escalation": {"grid": {"weeks": 1}}}, "above the grid"),
    ],
)
def test_a_policy_of_cases_that_cannot_be_meant_is_refused(parts, says):
    with pytest.raises(ValidationError, match=says):
        CasePolicy.model_validate(parts)
