"""One change by one person: the transaction, the time, and what of it stands in the audit.

The API opens one per request that writes (:mod:`serving.api.changing`); what is noted is committed with it.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from serving.access.audit import Action, Seen, append
from serving.access.callers import Caller
from serving.canonical import Json
from serving.ledger.leases import Clock


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a change is made with. ``today`` is the bureau's day of ``now``."""

    work: Connection
    caller: Caller
    now: datetime
    today: date
    seen: list[Seen] = field(default_factory=list)

    def note(self, action: Action, household_id: str | None, **detail: Json) -> None:
        """Enter in the audit, with the change, what is done; ``detail`` holds codes and ids only."""
        actor = self.caller.worker_id
        self.seen.append(
            Seen(at=self.now, actor=actor, action=action, household_id=household_id, detail=detail)
        )


@contextmanager
def changing(
    write: Callable[[], AbstractContextManager[Connection]],
    *,
    caller: Caller,
    clock: Clock,
    zone: ZoneInfo,
) -> Iterator[Change]:
    """Open a transaction and commit it with its entries in the audit; an exception takes back both."""
    with write() as work:
        # Asked once the write lock is held: a day's outcomes are handed on when it is over, and none may
        # still be dated into it by then.
        now = clock()
        change = Change(work=work, caller=caller, now=now, today=now.astimezone(zone).date())
        yield change
        # Last of all: the end of the chain is everybody's, and is held no longer than the commit takes.
        append(work, change.seen)
