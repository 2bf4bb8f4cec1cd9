"""What nights do to cases: open, repeat, hand up, and never two open ones for a household."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from serving.cases import escalate_overdue, recompute_provisional, working_days
from serving.cases.journal import damaged
from serving.cases.working_days import Day
from serving.night.replay import replay
from serving.store.schema import ALERTS, CASES, CaseState, ClockClass, Level
from tests.serving.cases.desk import Desk, moment, night, strict
from tests.serving.stores import open_store
from tests.serving.village import NIGHT, Village

both_stores = pytest.mark.usefixtures("on_both_stores")
LATER = NIGHT + timedelta(days=1)


@both_stores
def test_every_alert_opens_a_case_with_the_clock_of_its_class(desk):
    with desk.store.read() as read:
        alerted = set(read.scalars(select(ALERTS.c.household_id)))
        opened = set(read.scalars(select(CASES.c.household_id)))

    assert opened == alerted
    assert desk.kinds("wang_cut_off") == ["opened"]
    clocks = {name: desk.case(name) for name in ("wang_cut_off", "li_disabled", "zhao_debts")}
    assert {name: (case.clock, case.due_at) for name, case in clocks.items()} == {
        "wang_cut_off": (ClockClass.URGENT, moment("2026-03-10T06:00")),
        "li_disabled": (ClockClass.RED, moment("2026-03-12T18:00")),
        "zhao_debts": (ClockClass.NORMAL, moment("2026-03-23T18:00")),
    }
    assert clocks["zhao_debts"].area_path == "d/s1/c-g1/g1"
    assert clocks["zhao_debts"].rules.source == "tests"


def test_the_policy_of_a_case_stays_that_of_its_day(desk, home):
    night(desk.store, home, on=LATER, lists=strict(source="a later one"))

    assert desk.case("zhao_debts").rules.source == "tests"


@both_stores
def test_worse_facts_go_into_the_case_that_is_open_and_bring_its_deadline_nearer(desk, home):
    worse = Village()
    worse.households.loc[worse.households["household_id"] == "zhao_debts", "band"] = "red"

    night(desk.store, home, on=LATER, village=worse)

    case = desk.case("zhao_debts")
    assert desk.kinds("zhao_debts") == ["opened", "worsened"]
    assert (case.repeats, case.band, case.clock) == (1, "red", ClockClass.RED)
    assert case.due_at == moment("2026-03-13T18:00")
    assert desk.decision("zhao_debts", on=LATER) == ("alerted", "ranked")
    assert desk.decision("qian_debts", on=LATER) == ("suppressed", "open_case")


@pytest.mark.parametrize(
    ("on", "decision", "level"),
    [
        (date(2026, 3, 23), ("suppressed", "open_case"), Level.GRID),
        (date(2026, 3, 24), ("escalated", "overdue"), Level.STREET),
    ],
    ids=["the morning of its last day", "the morning after"],
)
def test_a_case_nobody_answers_goes_to_the_street_the_night_after_its_deadline(
    desk, home, on, decision, level
):
    night(desk.store, home, on=on)

    case = desk.case("zhao_debts")
    assert desk.decision("zhao_debts", on=on) == decision
    assert (case.level, case.state) == (level, CaseState.OPEN)
    if level is Level.STREET:
        assert case.due_at == moment("2026-03-26T18:00")


@both_stores
def test_then_to_the_district_and_there_it_stays_open(desk, home):
    for on in (date(2026, 3, 24), date(2026, 3, 27), date(2026, 4, 30), date(2026, 6, 30)):
        night(desk.store, home, on=on)

    assert desk.kinds("zhao_debts") == ["opened", "escalated", "escalated"]
    case = desk.case("zhao_debts")
    assert (case.level, case.state) == (Level.DISTRICT, CaseState.OPEN)
    assert desk.decision("zhao_debts", on=date(2026, 6, 30)) == ("suppressed", "held_above")


def test_in_the_very_minute_of_its_deadline_a_case_is_in_time(desk, home):
    assert desk.case("wang_cut_off").due_at == moment("2026-03-10T06:00")

    night(desk.store, home, on=LATER)
    assert desk.kinds("wang_cut_off") == ["opened"]

    night(desk.store, home, on=LATER + timedelta(days=1))
    assert desk.kinds("wang_cut_off") == ["opened", "escalated"]


def test_worse_facts_of_a_household_that_is_looked_for_go_into_the_case_as_well(desk, home):
    for _ in range(3):
        desk.tries("zhao_debts")
        desk.days_pass(1)
    worse = Village()
    worse.households.loc[worse.households["household_id"] == "zhao_debts", "band"] = "red"

    night(desk.store, home, on=NIGHT + timedelta(days=8), village=worse)

    assert desk.kinds("zhao_debts")[-2:] == ["search_asked", "worsened"]
    assert desk.case("zhao_debts").state is CaseState.SEARCHING


def test_the_third_listing_without_help_is_the_streets(home):
    store = open_store(home)
    lists = strict(escalation={}, repeats={Level.STREET: 3})
    night(store, home, lists=lists)
    desk, on = Desk(store), NIGHT
    for _ in range(3):
        on += timedelta(days=31)
        night(store, home, on=on, lists=lists)

    assert desk.kinds("zhao_debts") == ["opened", "repeated", "repeated", "escalated"]
    assert desk.decision("zhao_debts", on=on) == ("escalated", "repeated_without_help")
    store.close()


def test_the_urgent_are_listed_and_handed_up_in_one_night(home):
    store = open_store(home)
    lists = strict(repeats={Level.STREET: 1})
    night(store, home, lists=lists)
    worse = Village(helpless={"water_still": frozenset({"wang_cut_off"})})

    night(
        store,
        home,
        on=LATER,
        village=worse,
        lists=lists.model_copy(update={"safety": ("water_still",)}),
    )

    desk = Desk(store)
    assert desk.kinds("wang_cut_off") == ["opened", "worsened", "escalated"]
    assert desk.decision("wang_cut_off", on=LATER) == ("alerted", "urgent")
    store.close()


def test_a_case_whose_household_left_the_register_still_goes_up_and_is_decided(desk, home):
    village = Village()
    village.households = village.households[village.households["household_id"] != "zhao_debts"]

    night(desk.store, home, on=date(2026, 3, 24), village=village)

    assert desk.decision("zhao_debts", on=date(2026, 3, 24)) == ("escalated", "overdue")
    assert desk.case("zhao_debts").level is Level.STREET


def test_a_new_alert_after_the_end_opens_a_new_case_and_the_old_one_keeps_its_events(desk, home):
    desk.reports("zhao_debts", "no_need")
    first = desk.case("zhao_debts").case_id

    night(desk.store, home, on=LATER)

    assert desk.case("zhao_debts").case_id != first
    assert desk.kinds("zhao_debts") == ["opened"]


@both_stores
def test_a_past_night_comes_out_the_same_whatever_became_of_its_cases(desk, home):
    night(desk.store, home, on=LATER)
    desk.now += timedelta(days=1)
    desk.reports("qian_debts", "no_need")
    desk.tries("chu_far")
    night(desk.store, home, on=date(2026, 3, 24))
    desk.days_pass(14)
    desk.reports("zhao_debts", "need_aid_started")

    for on in (NIGHT, LATER, date(2026, 3, 24)):
        found = replay(desk.store, Village(), home=home, as_of_date=on, progress=lambda _: None)
        assert (found.differing, found.inputs_changed) == ((), ())
    with desk.store.read() as read:
        assert damaged(read) == []


def test_between_two_nights_the_urgent_move_up_by_the_hour_and_only_once(desk):
    for hours, moved in ((0, 0), (1, 1), (2, 0)):
        with desk.store.write() as work:
            now = moment("2026-03-10T06:00") + timedelta(minutes=hours)
            assert escalate_overdue(work, now=now, day=LATER) == moved

    assert desk.case("wang_cut_off").level is Level.STREET


def test_a_provisional_deadline_is_counted_again_once_there_is_a_calendar(home, monkeypatch):
    store = open_store(home)
    night(store, home, on=date(2026, 12, 29))
    desk = Desk(store)
    before = desk.case("li_disabled")
    assert (before.due_at, before.due_is_provisional) == (moment("2027-01-01T18:00"), True)

    night(store, home, on=date(2026, 12, 30))
    assert desk.kinds("li_disabled") == ["opened"]

    holiday = date(2027, 1, 1)
    monkeypatch.setattr(
        working_days,
        "look_up",
        lambda day: Day(is_working=day.weekday() < 5 and day != holiday, is_provisional=False),
    )
    with store.write() as work:
        moved = recompute_provisional(work, now=desk.now, day=date(2026, 12, 31))
    after = desk.case("li_disabled")
    with store.read() as read:
        everyone = read.scalar(select(func.count()).select_from(CASES))
    store.close()
    assert moved == everyone - 1
    assert (after.due_at, after.due_is_provisional) == (moment("2027-01-04T18:00"), False)
