"""What outcomes do to a case, and what becomes of those that come late or say something else."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from uuid import uuid4

import pytest

from serving.cases import Ground, MoveReason, reassign, record_objection
from serving.cases.findings import Help, counted_for, unsettled
from serving.cases.journal import case_to_change
from serving.cases.outcomes import Clash
from serving.store.schema import CaseState, Level, OutcomeState
from tests.serving.cases.desk import moment, night

both_stores = pytest.mark.usefixtures("on_both_stores")
WHO = "zhao_debts"


@pytest.mark.parametrize(
    ("finding", "state", "because", "level"),
    [
        ("need_aid_started", CaseState.CLOSED, "need_aid_started", Level.GRID),
        ("already_met", CaseState.CLOSED, "already_met", Level.GRID),
        ("no_need", CaseState.CLOSED, "no_need", Level.GRID),
        ("need_no_entitlement", CaseState.OPEN, None, Level.STREET),
        ("refused", CaseState.OPEN, None, Level.GRID),
        ("not_found", CaseState.OPEN, None, Level.GRID),
        ("unsafe", CaseState.OPEN, None, Level.GRID),
    ],
)
def test_which_findings_close_a_case_is_policy(desk, finding, state, because, level):
    desk.reports(WHO, finding)

    case = desk.case(WHO)
    assert (case.state, case.closed_because, case.level) == (state, because, level)


def test_somebody_met_and_not_helped_yet_is_followed_up_in_weeks(desk):
    desk.reports(WHO, "refused")

    assert desk.case(WHO).due_at == moment("2026-04-07T18:00"), "6 April is a holiday"
    assert desk.case(WHO).first_contact_at == desk.now


def test_what_came_with_the_outcome_is_kept_beside_the_servers_time(desk):
    receipt = desk.reports(
        WHO,
        "need_no_entitlement",
        base_version=1,
        device_at=moment("2026-03-01T00:00"),
        helped_by=(Help.COMPANY, Help.CASH_ONCE),
    )

    assert (receipt.case_version, receipt.clash, receipt.recorded_at) == (3, None, desk.now)


@pytest.mark.parametrize(
    ("second", "clash", "state", "case_state"),
    [
        ("no_need", Clash.SOFT, OutcomeState.ACCEPTED, CaseState.CLOSED),
        ("need_no_entitlement", Clash.HARD, OutcomeState.ORPHAN, CaseState.CLOSED),
    ],
)
def test_two_who_were_offline_agree_softly_or_clash_and_nothing_is_lost(
    desk, second, clash, state, case_state
):
    desk.reports(WHO, "no_need", by="w1", base_version=1)

    receipt = desk.reports(WHO, second, by="w2", base_version=1)

    assert (receipt.clash, receipt.state) == (clash, state)
    assert desk.case(WHO).state is case_state
    with desk.store.read() as read:
        shown = unsettled(read, case_ids=[desk.case(WHO).case_id])
        assert len(shown) == (clash is Clash.HARD)
        assert counted_for(read, worker_id="w2") == {state: 1}


def test_a_clash_on_an_open_case_is_kept_and_does_not_end_it(desk):
    desk.reports(WHO, "refused", by="w1", base_version=1)

    receipt = desk.reports(WHO, "no_need", by="w2", base_version=1)

    assert (receipt.clash, receipt.state) == (Clash.HARD, OutcomeState.ACCEPTED)
    assert desk.case(WHO).state is CaseState.OPEN
    settled = desk.reports(WHO, "no_need", by="w2", base_version=desk.case(WHO).version)
    assert settled.clash is None
    assert desk.case(WHO).state is CaseState.CLOSED


@both_stores
def test_who_closed_a_case_may_correct_it_and_it_opens_again(desk):
    desk.reports(WHO, "no_need", by="w1")

    corrected = desk.reports(WHO, "need_no_entitlement", by="w1")

    assert corrected.state is OutcomeState.ACCEPTED
    assert desk.case(WHO).state is CaseState.OPEN
    assert desk.case(WHO).level is Level.STREET


@both_stores
def test_what_comes_after_the_case_was_given_away_is_an_orphan_and_counted(desk):
    before = desk.case(WHO)
    with desk.store.write() as work:
        reassign(
            work, case_id=before.case_id, to_worker="w2", reason=MoveReason.ABSENT,
            actor="supervisor", now=desk.now, today=desk.today,
        )  # fmt: skip

    late = desk.reports(
        WHO, "need_aid_started", by="w1", base_version=before.version, outcome_id="o"
    )
    again = desk.reports(
        WHO, "need_aid_started", by="w1", base_version=before.version, outcome_id="o"
    )
    own = desk.reports(WHO, "no_need", by="w2", base_version=before.version)

    assert (late.state, again.recorded_at, again.is_new) == (
        OutcomeState.ORPHAN, late.recorded_at, False,
    )  # fmt: skip
    assert own.state is OutcomeState.ACCEPTED
    with desk.store.read() as read:
        assert counted_for(read, worker_id="w1") == {OutcomeState.ORPHAN: 1}


def test_an_outcome_of_the_first_alert_still_finds_the_case_after_it_was_repeated(desk, home):
    first = desk.case("qian_debts").alert_id
    desk.now = moment("2026-04-09T10:00")
    night(desk.store, home, on=date(2026, 3, 24))
    receipt = desk.reports("qian_debts", "no_need", alert_id=first)

    assert receipt.case_id == desk.last("qian_debts").case_id
    assert desk.last("qian_debts").state is CaseState.CLOSED


def beside_a_change(desk, do):
    """Let ``do`` begin while somebody else has the case, who then gives it away; return what it returns."""
    with ThreadPoolExecutor(1) as other:
        with desk.store.write() as work:
            case = case_to_change(work, case_id=desk.case(WHO).case_id)
            waiting = other.submit(do)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)
            reassign(
                work, case_id=case.case_id, to_worker=None, reason=MoveReason.OVERLOADED,
                actor="supervisor", now=desk.now, today=desk.today,
            )  # fmt: skip
        return waiting.result(timeout=20)


@pytest.mark.parametrize("on_both_stores", ["postgresql"], indirect=True)
def test_two_who_report_at_once_wait_for_each_other_and_both_are_in_the_timeline(
    on_both_stores, desk
):
    """One holds the case while the other reports by its first alert: neither sees a half-made event."""
    receipt = beside_a_change(desk, lambda: desk.reports(WHO, "refused", by="w2", base_version=1))

    assert desk.kinds(WHO) == ["opened", "reassigned", "outcome"]
    assert receipt.case_version == 3


@pytest.mark.parametrize("on_both_stores", ["postgresql"], indirect=True)
def test_the_same_outcome_sent_twice_at_once_is_recorded_once(on_both_stores, desk):
    """Both wait for the case; whoever has it second finds what the first one left."""
    case_id = desk.case(WHO).case_id
    same = {"outcome_id": str(uuid4()), "alert_id": desk.case(WHO).alert_id}
    with ThreadPoolExecutor(2) as two:
        with desk.store.write() as work:
            case_to_change(work, case_id=case_id)
            waiting = [two.submit(desk.reports, WHO, "refused", **same) for _ in range(2)]
            time.sleep(0.3)
        receipts = [one.result(timeout=20) for one in waiting]

    assert sorted(receipt.is_new for receipt in receipts) == [False, True]
    assert desk.kinds(WHO) == ["opened", "outcome"]
    assert {receipt.case_version for receipt in receipts} == {2}


@pytest.mark.parametrize("on_both_stores", ["postgresql"], indirect=True)
def test_an_objection_waits_for_who_has_the_case_and_follows_in_the_timeline(on_both_stores, desk):
    def objects():
        with desk.store.write() as work:
            record_objection(
                work, objection_id=str(uuid4()), household_id=WHO, ground=Ground.NO_VISITS,
                actor="w2", now=desk.now, today=desk.today,
            )  # fmt: skip

    beside_a_change(desk, objects)

    assert desk.kinds(WHO) == ["opened", "reassigned", "objected"]
