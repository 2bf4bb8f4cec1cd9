"""Households of other channels: each opens its one case with its clock, joins it, or is told why not."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from serving.cases import open_case_of, timeline
from serving.cases.findings import Finding
from serving.cases.journal import damaged
from serving.cases.policy import Dispatch, Span, rules_of
from serving.channels import Entered, Intake, IntakeChannel, confirm_intake, record_intake
from serving.lists.list_policy import load_list_policy
from serving.store.schema import CASES, INTAKE_FINDINGS, ClockClass
from tests.serving.cases.desk import Desk, night, strict
from tests.serving.made_cases import STRICT
from tests.serving.stores import open_store
from tests.serving.village import NIGHT, ZONE, Village

CLOCKS = {
    IntakeChannel.MANDATORY_REPORT: Dispatch(
        role="street_officer", clock=ClockClass.URGENT, within=Span(hours=24)
    ),
    IntakeChannel.HOTLINE: Dispatch(
        role="grid_worker", clock=ClockClass.NORMAL, within=Span(weeks=2)
    ),
}
RULES = rules_of(STRICT.model_copy(update={"intakes": CLOCKS}), zone=ZONE.key)
NOON = datetime(2026, 3, 9, 12, tzinfo=ZONE)
LISTED, UNLISTED = "zhao_debts", "sun_covered"


@pytest.fixture
def desk(home):
    store = open_store(home)
    night(store, home)
    yield Desk(store, now=NOON)
    store.close()


def brings(desk, household, channel=IntakeChannel.HOTLINE, *, grid="g1", finding=None, intake="i1"):
    intake = Intake(
        intake_id=intake,
        channel=channel,
        came_on=NIGHT,
        household_id=household,
        grid_id=grid,
        finding=finding,
        needs=(),
        recorded_by="w7",
    )
    with desk.store.write() as work:
        return record_intake(work, intake=intake, rules=RULES, now=desk.now, today=desk.today)


def finds(desk, household, finding, *, intake="i1"):
    with desk.store.write() as work:
        return confirm_intake(
            work, intake_id=intake, household_id=household, finding=finding, needs=(),
            recorded_by="w8", rules=RULES, now=desk.now, today=desk.today,
        )  # fmt: skip


def cases_of(desk, household):
    with desk.store.read() as read:
        return read.execute(select(CASES).where(CASES.c.household_id == household)).all()


@pytest.mark.parametrize(
    ("channel", "role", "clock", "due"),
    [
        (IntakeChannel.MANDATORY_REPORT, "street_officer", "urgent", timedelta(hours=24)),
        (IntakeChannel.HOTLINE, "grid_worker", "normal", timedelta(days=14, hours=6)),
    ],
)
def test_a_household_without_a_case_gets_one_with_the_clock_of_its_channel(
    desk, channel, role, clock, due
):
    receipt = brings(desk, UNLISTED, channel)

    (case,) = cases_of(desk, UNLISTED)
    assert (receipt.entered, receipt.case_id) == (Entered.OPENED, case.case_id)
    assert (case.role, case.clock, case.state, case.alert_id) == (role, clock, "open", None)
    assert case.due_at == desk.now + due
    assert case.area_path == "d/s1/c-g1/g1"
    with desk.store.read() as read:
        assert damaged(read) == []


def test_a_report_joins_the_open_case_and_its_deadline_only_comes_nearer(desk):
    (before,) = cases_of(desk, LISTED)
    joined = brings(desk, LISTED, IntakeChannel.MANDATORY_REPORT)
    (pressed,) = cases_of(desk, LISTED)
    again = brings(desk, LISTED, IntakeChannel.HOTLINE, intake="i2")
    (after,) = cases_of(desk, LISTED)

    assert (joined.entered, joined.case_id) == (Entered.JOINED, before.case_id)
    assert (pressed.clock, pressed.due_at) == ("urgent", desk.now + timedelta(hours=24))
    assert before.clock != "urgent"
    assert (again.case_id, after.clock, after.due_at) == (before.case_id, "urgent", pressed.due_at)
    assert after.alert_id == before.alert_id
    assert desk.kinds(LISTED) == ["opened", "reported", "reported"]


@pytest.mark.parametrize(
    ("household", "channel", "given", "why"),
    [
        (None, IntakeChannel.HOTLINE, {}, Entered.HOUSEHOLD_UNKNOWN),
        (UNLISTED, IntakeChannel.HOTLINE, {"grid": "elsewhere"}, Entered.PLACE_UNKNOWN),
        (UNLISTED, IntakeChannel.FIELD, {}, Entered.NOT_IN_POLICY),
        (UNLISTED, IntakeChannel.HOTLINE, {"finding": Finding.NO_NEED}, Entered.SETTLED),
    ],
)
def test_what_opens_no_case_is_kept_with_the_reason(desk, household, channel, given, why):
    receipt = brings(desk, household, channel, **given)

    assert (receipt.entered, receipt.case_id) == (why, None)
    assert cases_of(desk, UNLISTED) == []
    with desk.store.read() as read:
        kept = read.execute(select(INTAKE_FINDINGS)).one()
    assert (kept.entered, kept.case_id, kept.household_id) == (why, None, household)


def test_the_same_intake_again_is_the_same_receipt_and_one_case(desk):
    first, again = brings(desk, UNLISTED), brings(desk, UNLISTED)

    assert (again.is_new, again.entered, again.case_id) == (False, first.entered, first.case_id)
    assert len(cases_of(desk, UNLISTED)) == 1
    assert desk.kinds(UNLISTED) == ["opened"]


def test_once_the_household_is_known_the_case_is_opened_and_what_is_found_later_ends_it(desk):
    brings(desk, None, IntakeChannel.MANDATORY_REPORT)
    known = finds(desk, UNLISTED, Finding.NEED_NO_ENTITLEMENT)
    helped = finds(desk, UNLISTED, Finding.NEED_AID_STARTED)

    assert (known.version, known.entered) == (2, Entered.OPENED)
    assert (helped.version, helped.entered, helped.case_id) == (3, Entered.JOINED, known.case_id)
    (case,) = cases_of(desk, UNLISTED)
    assert (case.state, case.closed_because) == ("closed", "need_aid_started")
    kinds = desk.kinds(UNLISTED)
    assert kinds[:2] == ["opened", "outcome"]
    assert kinds.count("reported") == 0


def test_a_closed_case_stays_closed_and_new_need_opens_another(desk):
    brings(desk, UNLISTED, finding=Finding.NOT_FOUND)
    finds(desk, UNLISTED, Finding.ALREADY_MET)
    later = brings(desk, UNLISTED, intake="i2")

    first, second = sorted(cases_of(desk, UNLISTED), key=lambda case: case.state)
    assert (first.state, second.state) == ("closed", "open")
    assert (later.entered, later.case_id) == (Entered.OPENED, second.case_id)


def test_the_first_list_that_names_the_household_is_news_to_its_case(desk, home):
    brings(desk, "wu_quiet")
    village = Village()
    village.households.loc[village.households["household_id"] == "wu_quiet", "score"] = 9.0
    with desk.store.read() as read:
        opened = open_case_of(read, household_id="wu_quiet")
    night(desk.store, home, on=NIGHT + timedelta(days=1), village=village)

    with desk.store.read() as read:
        case = open_case_of(read, household_id="wu_quiet")
        events = timeline(read, case_id=case.case_id)
    assert case.case_id == opened.case_id
    assert [event.kind.value for event in events] == ["opened", "worsened"]
    assert (case.band, case.alert_id is None) == ("yellow", False)


def test_the_shipped_policy_has_a_clock_for_every_channel_and_hours_for_a_mandatory_report():
    shipped = load_list_policy(None, as_of_date=NIGHT.replace(month=8)).cases.intakes

    assert set(shipped) == set(IntakeChannel)
    report = shipped[IntakeChannel.MANDATORY_REPORT]
    assert (report.clock, report.within.hours) == (ClockClass.URGENT, 24)


def test_a_policy_that_sends_a_report_to_a_role_without_an_urgent_lane_is_refused():
    lanes = [{"role": "grid_worker", "title": "t", "takes": ["ranked"]}]

    with pytest.raises(ValueError, match="street_officer"):
        strict(intakes=CLOCKS).model_validate(
            strict(intakes=CLOCKS).model_dump(mode="json") | {"roles": lanes}
        )
