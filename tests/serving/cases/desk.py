"""A night of the village under a policy where everything can happen, and people who work on its cases."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

from sqlalchemy import select

from serving.cases import Attempt, case_of, open_case_of, record_attempt, timeline
from serving.cases.findings import Finding, Outcome, record_outcome
from serving.cases.ladder import Channel, Evidence, Result
from serving.store import Store
from serving.store.schema import CASES, DECISIONS
from tests.serving.made_cases import STRICT
from tests.serving.village import NIGHT, ZONE, Village, policy, run

NINE = datetime(2026, 3, 9, 9, tzinfo=ZONE)


def strict(**changes):
    """The village's policy with clocks, ways up and a search; ``changes`` go into its cases."""
    return policy(
        cases=STRICT.model_copy(update=changes).model_dump(mode="json"),
        exploration={"random_share": 0, "uncertain_share": 0},
        needed_feeds={"residents": None},
    )


@dataclass
class Desk:
    """Works on a store with a published night. ``now`` is when; a test moves it."""

    store: Store
    now: datetime = NINE
    made: list[str] = field(default_factory=list)

    @property
    def today(self) -> date:
        return self.now.astimezone(ZONE).date()

    def case(self, household):
        with self.store.read() as read:
            return open_case_of(read, household_id=household) or self.last(household)

    def last(self, household):
        with self.store.read() as read:
            ids = read.scalars(
                select(CASES.c.case_id)
                .where(CASES.c.household_id == household)
                .order_by(CASES.c.opened_on)
            ).all()
            return case_of(read, case_id=ids[-1])

    def kinds(self, household):
        with self.store.read() as read:
            events = timeline(read, case_id=self.case(household).case_id)
        return [event.kind.value for event in events]

    def decision(self, household, *, on):
        with self.store.read() as read:
            row = read.execute(
                select(DECISIONS.c.decision, DECISIONS.c.reason).where(
                    DECISIONS.c.household_id == household, DECISIONS.c.as_of_date == on
                )
            ).one_or_none()
        return None if row is None else tuple(row)

    def tries(
        self, household, *, by="w1", channel=Channel.VISIT, result=Result.NOBODY_HOME, **given
    ):
        told = {
            "attempt_id": str(uuid4()),
            "case_id": self.case(household).case_id,
            "channel": channel,
            "result": result,
            "evidence": Evidence.NOTE_LEFT,
            "device_at": None,
            "worker_id": by,
            "worker_role": "grid_worker",
        } | given
        with self.store.write() as work:
            return record_attempt(work, attempt=Attempt(**told), now=self.now, today=self.today)

    def reports(self, household, finding, *, by="w1", known=True, **given):
        told = {
            "outcome_id": str(uuid4()),
            "alert_id": self.case(household).alert_id,
            "visited_on": self.today,
            "finding": Finding(finding),
            "needs": (),
            "note": None,
            "worker_id": by,
            "worker_role": "grid_worker",
        } | given
        with self.store.write() as work:
            return record_outcome(
                work, outcome=Outcome(**told), known_alert=known, now=self.now, today=self.today
            )

    def days_pass(self, days):
        self.now += timedelta(days=days)


def night(store, home, *, on=NIGHT, village=None, lists=None):
    """Run one night of the village into ``store``."""
    return run(
        home, store=store, as_of_date=on, upstream=village or Village(), lists=lists or strict()
    )


def moment(text):
    """A local time of the village as the store gives it back."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)
