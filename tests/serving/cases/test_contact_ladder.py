"""Who could not be reached is looked for by two and decided by a third; nothing closes by itself."""

from datetime import timedelta

import pytest

from serving.cases import (
    Asked,
    AttemptConflict,
    CaseClosed,
    CaseMoved,
    CaseNotClosed,
    CloseReason,
    Decision,
    MoveReason,
    NewPlace,
    SearchNotDecided,
    ask_search,
    close_case,
    decide_search,
    pass_up,
    reassign,
)
from serving.cases.closing import CloseRefusal
from serving.cases.ladder import Channel, Refused, Result
from serving.cases.searching import SearchRefusal
from serving.store.schema import AttemptState, CaseState, Level

both_stores = pytest.mark.usefixtures("on_both_stores")
WHO = "zhao_debts"
ELSEWHERE = NewPlace(grid_id="g3", area_path="d/s2/c-g3/g3", role="grid_worker")


def decides(desk, decision, *, by="supervisor", place=None):
    with desk.store.write() as work:
        return decide_search(
            work,
            case_id=desk.case(WHO).case_id,
            decision=decision,
            supervisor_id=by,
            place=place,
            now=desk.now,
            today=desk.today,
        )


def searched_for(desk):
    for _ in range(3):
        desk.tries(WHO)
        desk.days_pass(1)


def test_a_letter_before_a_visit_and_a_call_is_kept_and_refused(desk):
    early = desk.tries(WHO, channel=Channel.LETTER, result=Result.SENT)
    desk.tries(WHO, channel=Channel.VISIT)
    still_early = desk.tries(WHO, channel=Channel.LETTER, result=Result.SENT)
    desk.tries(WHO, channel=Channel.PHONE, result=Result.NO_ANSWER)
    in_time = desk.tries(WHO, channel=Channel.LETTER, result=Result.SENT)

    assert (early.state, early.reason) == (AttemptState.REFUSED, Refused.LETTER_TOO_EARLY)
    assert still_early.reason is Refused.LETTER_TOO_EARLY
    assert (in_time.state, in_time.case_version) == (AttemptState.ACCEPTED, 4)
    assert desk.kinds(WHO) == ["opened", "attempted", "attempted", "attempted"]


@both_stores
def test_the_same_attempt_again_has_the_same_receipt_and_another_body_is_kept_apart(desk):
    first = desk.tries(WHO, attempt_id="a")
    desk.days_pass(1)
    again = desk.tries(WHO, attempt_id="a")

    assert (again.is_new, again.recorded_at, again.case_version) == (
        False, first.recorded_at, first.case_version,
    )  # fmt: skip
    with pytest.raises(AttemptConflict):
        desk.tries(WHO, attempt_id="a", result=Result.MOVED)
    assert desk.kinds(WHO) == ["opened", "attempted"]


@pytest.mark.parametrize(
    ("channel", "result", "state"),
    [
        (Channel.VISIT, Result.NOBODY_HOME, CaseState.SEARCHING),
        (Channel.PHONE, Result.NO_ANSWER, CaseState.SEARCHING),
        (Channel.VISIT, Result.UNSAFE, CaseState.OPEN),
        (Channel.VISIT, Result.REFUSED, CaseState.OPEN),
        (Channel.MESSAGE, Result.SENT, CaseState.OPEN),
    ],
)
def test_tries_on_three_days_begin_a_search_and_what_was_no_try_does_not(
    desk, channel, result, state
):
    for _ in range(3):
        assert desk.case(WHO).state is CaseState.OPEN
        desk.tries(WHO, channel=channel, result=result)
        desk.days_pass(1)

    assert desk.case(WHO).state is state


def test_many_tries_on_two_days_are_two_and_meeting_somebody_begins_the_count_again(desk):
    for _ in range(4):
        desk.tries(WHO)
    desk.days_pass(1)
    desk.reports(WHO, "not_found")
    assert (desk.case(WHO).tried_days, desk.case(WHO).state) == (2, CaseState.OPEN)

    desk.tries(WHO, result=Result.REACHED)
    assert desk.case(WHO).tried_days == 0


def test_findings_that_met_nobody_count_as_tries_and_never_close(desk):
    for _ in range(3):
        desk.reports(WHO, "not_found")
        desk.days_pass(1)

    assert desk.case(WHO).state is CaseState.SEARCHING
    assert desk.kinds(WHO)[-1] == "search_asked"


@both_stores
def test_a_second_person_looks_and_a_third_decides_that_they_moved_away(desk):
    searched_for(desk)
    with pytest.raises(SearchNotDecided) as alone:
        decides(desk, Decision.MOVED_AWAY)
    desk.tries(WHO, by="w1", result=Result.EMPTY_HOME)
    with pytest.raises(SearchNotDecided) as still_alone:
        decides(desk, Decision.MOVED_AWAY)
    desk.tries(WHO, by="w2", channel=Channel.PHONE, result=Result.NO_ANSWER)
    with pytest.raises(SearchNotDecided) as only_called:
        decides(desk, Decision.MOVED_AWAY)
    desk.tries(WHO, by="w2", result=Result.EMPTY_HOME)
    with pytest.raises(SearchNotDecided) as one_of_them:
        decides(desk, Decision.MOVED_AWAY, by="w2")

    ended = decides(desk, Decision.MOVED_AWAY)

    assert [error.value.reason for error in (alone, still_alone, only_called, one_of_them)] == [
        *[SearchRefusal.NO_SECOND_LOOK] * 3,
        SearchRefusal.NOT_A_THIRD_PERSON,
    ]
    assert (ended.state, ended.closed_because) == (CaseState.CLOSED, "moved_away")


def test_found_elsewhere_the_case_goes_there_with_a_new_clock(desk):
    searched_for(desk)
    desk.tries(WHO, by="w2", result=Result.MOVED)
    with pytest.raises(SearchNotDecided) as nowhere:
        decides(desk, Decision.FOUND)
    before = desk.case(WHO).due_at

    found = decides(desk, Decision.FOUND, place=ELSEWHERE)

    assert nowhere.value.reason is SearchRefusal.NO_PLACE_GIVEN
    assert (found.state, found.grid_id, found.area_path) == (
        CaseState.OPEN, "g3", "d/s2/c-g3/g3",
    )  # fmt: skip
    assert found.due_at > before
    assert found.tried_days == 0


def test_going_on_needs_no_second_look_and_starts_the_count_again(desk):
    searched_for(desk)

    assert decides(desk, Decision.CONTINUE).state is CaseState.OPEN
    desk.tries(WHO)
    assert desk.case(WHO).state is CaseState.OPEN
    with pytest.raises(SearchNotDecided):
        decides(desk, Decision.CONTINUE)


def test_somebody_met_ends_the_search_and_the_case_stays_open(desk):
    searched_for(desk)

    desk.tries(WHO, by="w2", result=Result.REACHED)

    assert desk.case(WHO).state is CaseState.OPEN
    assert desk.case(WHO).first_contact_at is not None


def test_a_search_may_be_asked_for_at_once_by_who_stands_before_an_empty_home(desk):
    case = desk.case(WHO)
    with desk.store.write() as work:
        arguments = {"case_id": case.case_id, "reason": Asked.EMPTY_HOME, "worker_id": "w1"}
        times = {"now": desk.now, "today": desk.today}
        asked = ask_search(work, **arguments, **times, base_version=case.version)
        with pytest.raises(CaseMoved):
            ask_search(work, **arguments, **times, base_version=case.version)
        with pytest.raises(SearchNotDecided):
            ask_search(work, **arguments, **times)

    assert asked.state is CaseState.SEARCHING


def test_a_case_given_to_somebody_keeps_its_deadline_and_takes_no_tries_of_others(desk):
    before = desk.case(WHO)
    with desk.store.write() as work:
        reassign(
            work, case_id=before.case_id, to_worker="w2", reason=MoveReason.ABSENT,
            actor="supervisor", now=desk.now, today=desk.today,
        )  # fmt: skip

    late, own = desk.tries(WHO, by="w1"), desk.tries(WHO, by="w2")

    assert (late.state, late.reason) == (AttemptState.ORPHAN, Refused.OTHER_WORKER)
    assert own.state is AttemptState.ACCEPTED
    assert desk.case(WHO).due_at == before.due_at


def test_a_case_can_be_handed_up_before_its_clock_does_and_the_district_keeps_it(desk):
    for level in (Level.STREET, Level.DISTRICT, Level.DISTRICT):
        with desk.store.write() as work:
            case = pass_up(
                work, case_id=desk.case(WHO).case_id, reason=MoveReason.NEEDS_LEVEL_ABOVE,
                actor="w1", now=desk.now, today=desk.today,
            )  # fmt: skip
        assert case.level is level
    assert desk.kinds(WHO) == ["opened", "escalated", "escalated"]


def test_an_attempt_after_the_end_is_kept_as_an_orphan(desk):
    case_id = desk.case(WHO).case_id
    desk.reports(WHO, "no_need")
    desk.now += timedelta(hours=1)

    late = desk.tries(WHO, by="w2", case_id=case_id)

    assert (late.state, late.reason) == (AttemptState.ORPHAN, Refused.CASE_CLOSED)


def closes(desk, reason, *, by="supervisor"):
    with desk.store.write() as work:
        return close_case(
            work, case_id=desk.case(WHO).case_id, reason=CloseReason(reason), supervisor_id=by,
            now=desk.now, today=desk.today,
        )  # fmt: skip


def test_a_supervisor_closes_what_no_finding_does_once_somebody_else_was_there(desk):
    with pytest.raises(CaseNotClosed) as nobody_went:
        closes(desk, "helped_otherwise")
    desk.tries(WHO)
    with pytest.raises(CaseNotClosed) as nobody_met:
        closes(desk, "helped_otherwise")
    desk.reports(WHO, "need_no_entitlement", by="w1")
    with pytest.raises(CaseNotClosed) as alone:
        closes(desk, "helped_otherwise", by="w1")

    closed = closes(desk, "helped_otherwise")

    assert [error.value.reason for error in (nobody_went, nobody_met, alone)] == [
        CloseRefusal.NOBODY_WENT, CloseRefusal.NOBODY_MET, CloseRefusal.NOT_ANOTHER_PERSON,
    ]  # fmt: skip
    assert (closed.state, closed.closed_because) == (CaseState.CLOSED, "helped_otherwise")
    with pytest.raises(CaseClosed):
        closes(desk, "helped_otherwise")


def test_who_is_looked_for_is_not_closed_past_the_search(desk):
    searched_for(desk)

    with pytest.raises(CaseNotClosed) as searching:
        closes(desk, "died")

    assert searching.value.reason is CloseRefusal.SEARCHING
