"""How the clocks were kept: in time to the minute, late a minute later, and never by worker."""

from datetime import date, timedelta
from math import inf

import pytest

from serving.cases.ladder import Result
from serving.cases.sla import held_now, quantile, sla
from serving.cli import main
from serving.store.schema import CaseState, ClockClass, Level
from tests.serving.cases.desk import moment, night
from tests.serving.stores import settings_of
from tests.serving.village import NIGHT, ZONE

MONTH_AFTER = date(2026, 4, 9)


def report(desk, *, on=MONTH_AFTER, days=90):
    with desk.store.read() as read:
        found = sla(read, as_of_date=on, days=days, zone=ZONE)
    return {(one.street_id, one.clock): one for one in found}


@pytest.mark.parametrize(
    ("met_at", "in_time"),
    [("2026-03-12T18:00", 1), ("2026-03-12T18:01", 0)],
    ids=["the last minute of the third working day", "a minute later"],
)
def test_the_last_minute_is_in_time(desk, met_at, in_time):
    desk.now = moment(met_at)
    desk.tries("li_disabled", result=Result.REACHED)

    found = report(desk)["s1", ClockClass.RED]

    assert (found.opened, found.in_time, found.late) == (1, in_time, 1 - in_time)
    assert found.median_hours == pytest.approx(84, abs=0.02)


def test_a_try_is_no_contact_and_who_was_never_met_counts_as_never(desk):
    desk.tries("zhao_debts")
    desk.reports("qian_debts", "no_need")

    found = report(desk)["s1", ClockClass.NORMAL]

    assert (found.in_time, found.late, found.pending) == (1, found.opened - 1, 0)
    assert found.median_hours is None
    assert found.overdue == found.opened - 1


def test_as_of_a_day_before_the_deadline_they_are_pending_and_later_contacts_unknown(desk):
    desk.days_pass(3)
    desk.reports("qian_debts", "no_need")

    found = report(desk, on=NIGHT + timedelta(days=3))["s1", ClockClass.NORMAL]

    assert (found.in_time, found.late, found.pending) == (0, 0, found.opened)


def test_a_deadline_moved_later_makes_no_late_contact_timely(desk, home):
    night(desk.store, home, on=date(2026, 3, 13))
    assert desk.kinds("li_disabled") == ["opened", "escalated"]
    desk.now = moment("2026-03-13T12:00")
    desk.tries("li_disabled", result=Result.REACHED)

    assert report(desk)["s1", ClockClass.RED].late == 1


@pytest.mark.parametrize(("days", "is_there"), [(31, True), (30, False)])
def test_only_cases_opened_in_the_days_asked_for_count(desk, days, is_there):
    assert (("s1", ClockClass.RED) in report(desk, days=days)) is is_there


def test_quantiles_are_those_of_everybody_the_never_met_last():
    assert quantile([3.0, 1.0, inf], 0.5) == 3.0
    assert quantile([3.0, 1.0, inf], 0.9) is None
    assert quantile([], 0.5) is None


def test_the_commands_tell_streets_and_never_workers(desk, home, capsys):
    desk.reports("zhao_debts", "no_need", by="a_worker")
    environ = settings_of(home)

    assert main(["sla", "--as-of-date", "2026-03-20"], environ) == 0
    told = capsys.readouterr().out
    assert "s1街道" in told
    assert "a_worker" not in told
    assert main(["missed", "--from", "2026-01-01", "--to", "2026-12-31"], environ) == 0
    assert main(["cases", "held"], environ) == 0
    assert main(["cases", "clocks"], environ) == 0
    assert main(["cases", "verify"], environ) == 0
    assert "0 cases differ" in capsys.readouterr().out


def test_who_holds_the_open_cases_now(desk):
    for _ in range(3):
        desk.tries("zhao_debts")
        desk.days_pass(1)
    desk.reports("qian_debts", "need_no_entitlement")
    desk.reports("feng_two", "no_need")

    with desk.store.read() as read:
        found = held_now(read, now=moment("2026-03-12T18:00"))
        later = held_now(read, now=moment("2026-03-12T18:01"))

    told = {(one.level, one.state): (one.cases, one.overdue) for one in found}
    everyone = told[Level.GRID, CaseState.OPEN][0]
    assert told == {
        (Level.GRID, CaseState.OPEN): (everyone, 1),
        (Level.GRID, CaseState.SEARCHING): (1, 0),
        (Level.STREET, CaseState.OPEN): (1, 0),
    }
    assert later[0].overdue == 2, "the red one as well, a minute after its deadline"
