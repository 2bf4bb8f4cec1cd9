"""What need not be kept for ever is deleted: answers kept for resends, notices about accounts, sent digests.

Never what happened to a household: lists, cases, outcomes, objections and the audit stay. Called after each
night and by ``zhaoren store tidy``.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Table, delete

from serving.store.schema import ANSWERED, DIGESTS, NOTICES, DigestState


@dataclass(frozen=True, kw_only=True)
class Tidied:
    """How many rows were deleted."""

    answers: int
    notices: int
    digests: int

    @property
    def sentence(self) -> str:
        """One line for the operator."""
        return f"{self.answers} kept answers, {self.notices} notices, {self.digests} sent digests deleted"


def tidy(work: Connection, *, now: datetime, answered_days: int, notices_days: int) -> Tidied:
    """Delete what is older than so many days; a row of exactly that age stays."""
    answered_before = now - timedelta(days=answered_days)
    noticed_before = now - timedelta(days=notices_days)
    return Tidied(
        answers=_deleted(work, ANSWERED, ANSWERED.c.answered_at < answered_before),
        notices=_deleted(work, NOTICES, NOTICES.c.at < noticed_before),
        # One that was not sent waits for a person, however old it is.
        digests=_deleted(
            work,
            DIGESTS,
            (DIGESTS.c.state == DigestState.SENT) & (DIGESTS.c.settled_at < noticed_before),
        ),
    )


def _deleted(work: Connection, table: Table, condition: ColumnElement[bool]) -> int:
    return work.execute(delete(table).where(condition)).rowcount
