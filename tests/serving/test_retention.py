"""What need not be kept for ever goes after its days; what happened to a household never does."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select

from serving.settings import SettingsError, read_settings
from serving.store.retention import tidy
from serving.store.schema import (
    ALERTS,
    ANSWERED,
    AUDIT_ENTRIES,
    CASES,
    DIGESTS,
    NOTICES,
    DigestState,
)
from tests.serving.desk import desk_over

NOW = datetime(2026, 3, 9, 2, 0, tzinfo=UTC)


@pytest.fixture
def desk(published_on_both, tmp_path):
    opened = desk_over(published_on_both, tmp_path / "home")
    yield opened
    opened.close()


def keep(work, *, days, second=0):
    """Keep one row of each kind that is so many days old, and perhaps a second more."""
    at = NOW - timedelta(days=days, seconds=second)
    name = f"{days}-{second}"
    work.execute(
        insert(ANSWERED).values(
            worker_id="w1", idempotency_key=name, request_sha256="x", status=200, answer="{}",
            answered_at=at,
        )
    )  # fmt: skip
    work.execute(
        insert(NOTICES).values(notice_id=name, kind="many_households", worker_id="w1", at=at)
    )
    for state in (DigestState.SENT, DigestState.FAILED):
        work.execute(
            insert(DIGESTS).values(
                as_of_date=date(2020, 1, 1) + timedelta(days=days), worker_id=f"{state}-{second}",
                state=state, attempts=1, next_attempt_at=at, settled_at=at,
            )
        )  # fmt: skip


def test_a_row_goes_the_moment_it_is_older_than_its_days(desk):
    with desk.store.write() as work:
        for days in (30, 190):
            keep(work, days=days)
            keep(work, days=days, second=1)

        gone = tidy(work, now=NOW, answered_days=30, notices_days=190)

        assert (gone.answers, gone.notices, gone.digests) == (3, 1, 1)
        assert work.scalars(select(ANSWERED.c.idempotency_key)).all() == ["30-0"]
        assert work.scalar(select(func.count()).where(NOTICES.c.notice_id == "190-1")) == 0
        unsent = DIGESTS.c.state == DigestState.FAILED
        assert work.scalar(select(func.count()).select_from(DIGESTS).where(unsent)) == 4
    again = "1 kept answers, 0 notices, 0 sent digests deleted"
    with desk.store.write() as work:
        assert (
            tidy(work, now=NOW + timedelta(seconds=1), answered_days=30, notices_days=191).sentence
            == again
        )


def test_nothing_that_happened_to_a_household_goes(desk):
    def kept(work):
        return [
            work.scalar(select(func.count()).select_from(table))
            for table in (ALERTS, CASES, AUDIT_ENTRIES)
        ]

    with desk.store.write() as work:
        before = kept(work)
        tidy(work, now=NOW + timedelta(days=9_999), answered_days=1, notices_days=184)
        assert kept(work) == before


def test_notices_are_kept_for_six_months_whatever_is_set():
    with pytest.raises(SettingsError, match="KEEP_NOTICES_DAYS"):
        read_settings({"ZHAOREN_KEEP_NOTICES_DAYS": "183"})
    assert read_settings({"ZHAOREN_KEEP_NOTICES_DAYS": "184"}).keep_notices_days == 184
