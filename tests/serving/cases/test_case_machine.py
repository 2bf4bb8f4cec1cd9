"""Nights, two clients that are offline, supervisors and clocks in any order: nothing is lost, nothing closes by itself."""

import shutil
import tempfile
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from uuid import UUID, uuid5

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import func, insert, select

from serving.cases import (
    Asked,
    Attempt,
    CaseClosed,
    CaseNotClosed,
    CloseReason,
    Decision,
    MoveReason,
    NewPlace,
    SearchNotDecided,
    ask_search,
    close_case,
    decide_search,
    escalate_overdue,
    reassign,
    record_attempt,
)
from serving.cases.findings import Finding, Outcome, record_outcome
from serving.cases.journal import damaged, timeline
from serving.cases.ladder import Channel, Evidence, Result
from serving.cases.opening import Alerted, enter_alerts
from serving.cases.policy import NEVER_CLOSES, Span, rules_of
from serving.lists.documents import alert_id
from serving.store import Store, open_store
from serving.store.schema import (
    ALERTS,
    CASE_EVENTS,
    CASES,
    LISTS,
    OUTCOMES,
    PUBLICATIONS,
    CaseEventKind,
    CaseState,
    ClockClass,
)
from tests.serving.cases.desk import NINE, night
from tests.serving.made_cases import STRICT
from tests.serving.village import NIGHT, ZONE

NAMESPACE = UUID(int=7)
TRYING = (CaseEventKind.ATTEMPTED, CaseEventKind.OUTCOME)
HOUSEHOLDS = ("zhao_debts", "qian_debts")
WORKERS = ("w1", "w2")
FINDINGS = st.sampled_from(list(Finding))
households = st.sampled_from(HOUSEHOLDS)
workers = st.sampled_from(WORKERS)
CLOSERS = st.sampled_from(("w1", "supervisor"))


@cache
def first_night() -> tempfile.TemporaryDirectory:
    """A home with one published night, made once for all examples and gone with the process."""
    folder = tempfile.TemporaryDirectory(prefix="zhaoren-machine-")
    store = open_store(Path(folder.name))
    night(store, Path(folder.name))
    store.close()
    return folder


class CaseMachine(RuleBasedStateMachine):
    """Two households, two workers with queues of their own, one supervisor, one calendar."""

    @initialize()
    def begin(self):
        self.home = Path(tempfile.mkdtemp(prefix="zhaoren-case-"))
        shutil.copy(Path(first_night().name) / "store.db", self.home / "store.db")
        self.store: Store = open_store(self.home)
        self.now = NINE
        self.listed = {NIGHT}
        self.queues: dict[str, list] = {worker: [] for worker in WORKERS}
        self.sent: dict[str, object] = {}
        self.made = 0

    def teardown(self):
        if hasattr(self, "store"):
            self.store.close()
            shutil.rmtree(self.home)

    @property
    def today(self):
        return self.now.astimezone(ZONE).date()

    def case(self, household):
        with self.store.read() as read:
            row = read.execute(
                select(CASES)
                .where(CASES.c.household_id == household)
                .order_by(CASES.c.opened_on.desc())
            ).first()
        return row

    @rule(days=st.integers(1, 20))
    def time_passes(self, days):
        self.now += timedelta(days=days)

    @precondition(lambda self: self.today not in self.listed)
    @rule(household=households, has_worsened=st.booleans())
    def a_night_lists(self, household, has_worsened):
        on = self.today
        self.listed.add(on)
        with self.store.write() as work:
            alert = self._publish(work, household, on)
            enter_alerts(
                work,
                [replace(alert, has_worsened=has_worsened)],
                rules=rules_of(STRICT, zone=ZONE.key),
                ready_at=self.now.astimezone(ZONE).replace(hour=6),
                as_of_date=on,
                publish_seq=1,
                now=self.now,
            )

    def _publish(self, work, household, on):
        """Copy the first night's publication with this household's alert to another date."""
        for table in (PUBLICATIONS, LISTS, ALERTS):
            rows = select(table).where(table.c.as_of_date == NIGHT)
            if table is ALERTS:
                rows = rows.where(ALERTS.c.household_id == household)
            copies = [dict(row) | {"as_of_date": on} for row in work.execute(rows).mappings()]
            if table is ALERTS:
                copies[0]["alert_id"] = alert_id(as_of_date=on, household_id=household)
            work.execute(insert(table), copies)
        [alert] = copies
        return Alerted(
            alert_id=alert["alert_id"],
            household_id=household,
            grid_id=alert["grid_id"],
            area_path="d/s1/c-g1/g1",
            role=alert["role"],
            band=alert["band"],
            urgent_rules="",
            clock=ClockClass.NORMAL,
            span=Span(weeks=2),
            has_worsened=False,
        )

    @rule()
    def clocks_run_out(self):
        with self.store.write() as work:
            escalate_overdue(work, now=self.now, day=self.today)

    @rule(worker=workers, household=households, finding=FINDINGS)
    def writes_an_outcome_offline(self, worker, household, finding):
        case = self.case(household)
        self.queues[worker].append(
            Outcome(
                outcome_id=self._id(),
                alert_id=case.alert_id,
                visited_on=self.today,
                finding=finding,
                needs=(),
                note=None,
                worker_id=worker,
                worker_role="grid_worker",
                base_version=case.version,
            )
        )

    @rule(
        worker=workers,
        household=households,
        channel=st.sampled_from(list(Channel)),
        result=st.sampled_from([Result.NOBODY_HOME, Result.REACHED, Result.REFUSED]),
    )
    def writes_an_attempt_offline(self, worker, household, channel, result):
        self.queues[worker].append(
            Attempt(
                attempt_id=self._id(),
                case_id=self.case(household).case_id,
                channel=channel,
                result=result,
                evidence=Evidence.NONE,
                device_at=self.now,
                worker_id=worker,
                worker_role="grid_worker",
            )
        )

    @rule(worker=workers, times=st.integers(1, 2), backwards=st.booleans())
    def comes_back_online(self, worker, times, backwards):
        queue = self.queues[worker][::-1] if backwards else self.queues[worker]
        for form in queue * times:
            self._send(form)
        self.queues[worker] = []

    def _send(self, form):
        with self.store.write() as work:
            times = {"now": self.now, "today": self.today}
            if isinstance(form, Attempt):
                receipt = record_attempt(work, attempt=form, **times)
                known_as = receipt.attempt_id
            else:
                receipt = record_outcome(work, outcome=form, known_alert=True, **times)
                known_as = receipt.outcome_id
        before = self.sent.setdefault(known_as, receipt)
        same = (receipt.recorded_at, receipt.state) == (before.recorded_at, before.state)
        assert same, "the same form again has the same receipt"

    @rule(household=households, to=st.sampled_from([None, *WORKERS]))
    def is_given_to(self, household, to):
        case = self.case(household)
        if case.state == CaseState.CLOSED:
            return
        with self.store.write() as work:
            reassign(
                work, case_id=case.case_id, to_worker=to, reason=MoveReason.ABSENT,
                actor="supervisor", now=self.now, today=self.today,
            )  # fmt: skip

    @rule(household=households, decision=st.sampled_from(list(Decision)), first=st.booleans())
    def is_searched_for(self, household, decision, first):
        case_id = self.case(household).case_id
        place = NewPlace(grid_id="g3", area_path="d/s2/c-g3/g3", role="grid_worker")
        times = {"case_id": case_id, "now": self.now, "today": self.today}
        with self.store.write() as work, suppress(SearchNotDecided):
            if first:
                ask_search(work, reason=Asked.MOVED, worker_id="w1", **times)
            else:
                decide_search(
                    work, decision=decision, supervisor_id="supervisor", place=place, **times
                )

    @rule(household=households, reason=st.sampled_from(list(CloseReason)), by=CLOSERS)
    def is_closed_by(self, household, reason, by):
        case_id = self.case(household).case_id
        with self.store.write() as work, suppress(CaseNotClosed, CaseClosed):
            close_case(
                work, case_id=case_id, reason=reason, supervisor_id=by, now=self.now,
                today=self.today,
            )  # fmt: skip

    def _id(self):
        self.made += 1
        return str(uuid5(NAMESPACE, str(self.made)))

    @invariant()
    def no_form_is_lost(self):
        if not hasattr(self, "store"):
            return
        with self.store.read() as read:
            kept = read.execute(
                select(OUTCOMES.c.outcome_id, func.count()).group_by(OUTCOMES.c.outcome_id)
            ).all()
        sent = {known_as for known_as, receipt in self.sent.items() if hasattr(receipt, "clash")}
        assert dict(kept) == dict.fromkeys(sent, 1)

    @invariant()
    def each_household_has_at_most_one_open_case_and_rows_are_what_events_make(self):
        if not hasattr(self, "store"):
            return
        with self.store.read() as read:
            open_ones = read.scalars(
                select(CASES.c.household_id).where(CASES.c.state != CaseState.CLOSED)
            ).all()
            assert len(open_ones) == len(set(open_ones))
            assert damaged(read) == []

    @invariant()
    def a_case_ends_by_a_finding_or_by_several_people_and_in_no_other_way(self):
        if not hasattr(self, "store"):
            return
        with self.store.read() as read:
            closed = read.execute(select(CASES).where(CASES.c.state == CaseState.CLOSED)).all()
            for case in closed:
                events = timeline(read, case_id=case.case_id)
                ending = [one for one in events if one.body.get("state") == CaseState.CLOSED][-1]
                if ending.kind is CaseEventKind.OUTCOME:
                    assert case.closed_because in STRICT.closes
                    assert case.closed_because not in NEVER_CLOSES
                    continue
                tried = {one.actor for one in events if one.kind in TRYING}
                assert ending.actor not in tried
                assert ending.kind in (CaseEventKind.SEARCH_DECIDED, CaseEventKind.CLOSED)
                assert len(tried) >= (2 if ending.kind is CaseEventKind.SEARCH_DECIDED else 1)
            numbers = read.execute(
                select(func.count(), func.max(CASE_EVENTS.c.version)).group_by(
                    CASE_EVENTS.c.case_id
                )
            ).all()
        assert all(count == last for count, last in numbers)


TestCaseMachine = CaseMachine.TestCase
TestCaseMachine.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
