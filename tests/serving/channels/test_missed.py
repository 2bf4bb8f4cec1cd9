"""Who came by another channel, once each, and what the engine had made of them before."""

from datetime import date, datetime, timedelta

import pytest

from models.resampling import wilson
from serving.cases.findings import Finding, Need
from serving.cases.policy import rules_of
from serving.channels import (
    Fate,
    Intake,
    IntakeChannel,
    IntakeConflict,
    IntakeUnknown,
    confirm_intake,
    missed,
    record_intake,
)
from tests.serving.stores import open_store
from tests.serving.village import NIGHT, ZONE, policy, run

NOW = datetime(2026, 3, 20, 9, tzinfo=ZONE)
RULES = rules_of(policy().cases, zone=ZONE.key)
CAME_ON = NIGHT + timedelta(days=5)


@pytest.fixture
def store(home):
    run(home, lists=policy(exploration={"random_share": 0, "uncertain_share": 0}))
    opened = open_store(home)
    yield opened
    opened.close()


def intake(intake_id, household, **changes):
    told = {
        "intake_id": intake_id,
        "channel": IntakeChannel.HOTLINE,
        "came_on": CAME_ON,
        "household_id": household,
        "grid_id": "g1",
        "finding": Finding.NEED_AID_STARTED,
        "needs": (Need.CASH,),
        "recorded_by": "w1",
    }
    return Intake(**told | changes)


def record(store, one):
    with store.write() as work:
        return record_intake(work, intake=one, rules=RULES, now=NOW, today=NOW.date())


def confirm(store, intake_id, **changes):
    told = {"household_id": None, "finding": Finding.NO_NEED, "needs": (), "recorded_by": "w2"}
    with store.write() as work:
        return confirm_intake(
            work, intake_id=intake_id, rules=RULES, now=NOW, today=NOW.date(), **told | changes
        )


def review(store, home, first=NIGHT, last=date(2026, 12, 31)):
    with store.read() as read:
        return missed(read, home=home, first=first, last=last)


def fates(found):
    return {(one.channel, one.fate, one.why): one.households for one in found.shares}


def test_each_is_sorted_by_the_most_the_engine_had_done_before(store, home):
    for number, household in enumerate(
        ("zhao_debts", "sun_covered", "wu_quiet", "wei_nowhere", "a_stranger", None)
    ):
        record(store, intake(str(number), household))

    found = review(store, home)

    assert found.of == {"hotline": 6}
    assert fates(found) == {
        ("hotline", Fate.LISTED, "ranked"): 1,
        ("hotline", Fate.SUPPRESSED, "already_covered"): 1,
        ("hotline", Fate.BELOW_THE_LINE, "no_place_left"): 1,
        ("hotline", Fate.BELOW_THE_LINE, "no_grid"): 1,
        ("hotline", Fate.NEVER_SCORED, ""): 1,
        ("hotline", Fate.UNKNOWN, "no_number"): 1,
    }
    [listed] = [one for one in found.shares if one.fate is Fate.LISTED]
    assert listed.interval == wilson(1, of=6)


@pytest.mark.parametrize(
    ("came_on", "fate"),
    [
        (NIGHT, Fate.UNKNOWN),
        (NIGHT + timedelta(days=1), Fate.LISTED),
        (NIGHT + timedelta(days=90), Fate.LISTED),
        (NIGHT + timedelta(days=91), Fate.UNKNOWN),
    ],
    ids=["that very day", "the day after", "90 days later", "91 days later"],
)
def test_only_nights_before_a_household_came_count_and_only_those_of_the_look_back(
    store, home, came_on, fate
):
    record(store, intake("1", "zhao_debts", came_on=came_on))

    assert [one.fate for one in review(store, home).shares] == [fate]


def test_the_same_intake_again_is_one_and_another_body_under_its_id_is_kept_apart(store, home):
    first = record(store, intake("1", "zhao_debts"))
    again = record(store, intake("1", "zhao_debts"))
    other = intake("1", "qian_debts", channel=IntakeChannel.FIELD)
    with store.write() as work, pytest.raises(IntakeConflict):
        record_intake(work, intake=other, rules=RULES, now=NOW, today=NOW.date())

    assert (first.is_new, again.is_new, again.recorded_at) == (True, False, first.recorded_at)
    assert review(store, home).of == {"hotline": 1}


def test_a_household_that_calls_three_times_is_one_and_by_two_channels_it_is_two(store, home):
    for number, channel in enumerate(("hotline", "hotline", "hotline", "field")):
        record(store, intake(str(number), "zhao_debts", channel=IntakeChannel(channel)))

    assert review(store, home).of == {"field": 1, "hotline": 1}


def test_what_is_found_later_counts_and_the_newest_finding_alone(store, home):
    record(store, intake("1", None, finding=None))
    first = review(store, home)
    assert (first.of, first.unconfirmed, first.unknown) == ({}, 1, 1)

    found = confirm(store, "1", finding=Finding.NEED_NO_ENTITLEMENT, household_id="wu_quiet")
    assert (found.version, review(store, home).unknown) == (2, 0)
    assert fates(review(store, home)) == {("hotline", Fate.BELOW_THE_LINE, "no_place_left"): 1}
    confirm(store, "1")
    assert (review(store, home).of, review(store, home).unconfirmed) == ({}, 0)


def test_only_the_days_asked_for_count_both_included(store, home):
    record(store, intake("1", "zhao_debts"))

    assert review(store, home, first=CAME_ON, last=CAME_ON).of == {"hotline": 1}
    assert review(store, home, first=CAME_ON + timedelta(days=1)).of == {}
    assert review(store, home, last=CAME_ON - timedelta(days=1)).of == {}


def test_a_finding_of_an_intake_nobody_recorded_is_refused(store):
    with pytest.raises(IntakeUnknown):
        confirm(store, "nowhere")
