"""One night at a time: a lease in the store, with a number that rises at every takeover.

The number (the fence) is checked again in every transaction of the holder. A run that was frozen past
the end of its lease and wakes up after another took over finds a higher fence and can change nothing.
"""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select, update

from serving.refusals import ExitCode, Refusal
from serving.store import Store
from serving.store.schema import LEASES
from serving.store.turns import take_turn

NIGHT = "night"
LEASE = timedelta(minutes=10)

Clock = Callable[[], datetime]


class LeaseLost(Refusal):
    """Another run took over while this one was not renewing its lease."""

    def __init__(self, lease: "Lease") -> None:
        super().__init__(
            ExitCode.LEASE_LOST,
            found=f"the run for {lease.as_of_date} lost its lease (number {lease.fence}): it did not"
            " renew it in time and another run took over.",
            to_do="Nothing was changed by this one. See `zhaoren status` for the run that took over.",
        )


@dataclass(frozen=True, kw_only=True)
class Lease:
    """The right to run a night."""

    name: str
    owner: str
    fence: int
    as_of_date: date

    def check(self, connection: Connection) -> None:
        """Make sure that nobody took over.

        Raises:
            LeaseLost: somebody did.
        """
        # The row stays locked until the transaction ends: nobody takes over in the middle of it.
        fence = connection.scalar(
            select(LEASES.c.fence).where(LEASES.c.name == self.name).with_for_update()
        )
        if fence != self.fence:
            raise LeaseLost(self)


@dataclass(frozen=True, kw_only=True)
class Held:
    """Somebody else holds the lease."""

    as_of_date: date
    expires_at: datetime


def this_process() -> str:
    """Return ``host:pid:start``: the start time tells a process from a later one with its pid."""
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}"


def take(
    store: Store, *, owner: str, as_of_date: date, now: datetime, length: timedelta = LEASE
) -> Lease | Held:
    """Take the lease if it is free, expired, or held by a process of this host that is gone."""
    with store.write() as connection:
        take_turn(connection, "lease")
        row = connection.execute(
            select(LEASES).where(LEASES.c.name == NIGHT).with_for_update()
        ).one_or_none()
        if row is not None and row.expires_at > now and not _gone(row.owner):
            return Held(as_of_date=row.as_of_date, expires_at=row.expires_at)
        fence = 1 if row is None else row.fence + 1
        if row is not None:
            connection.execute(delete(LEASES).where(LEASES.c.name == NIGHT))
        connection.execute(
            insert(LEASES).values(
                name=NIGHT, fence=fence, owner=owner, as_of_date=as_of_date, expires_at=now + length
            )
        )
    return Lease(name=NIGHT, owner=owner, fence=fence, as_of_date=as_of_date)


def release(store: Store, lease: Lease, *, now: datetime) -> None:
    """Let others have it at once. The row stays, so that the fence only ever rises."""
    with store.write() as connection:
        connection.execute(
            update(LEASES)
            .where(LEASES.c.name == lease.name, LEASES.c.fence == lease.fence)
            .values(expires_at=now)
        )


def renew(store: Store, lease: Lease, *, now: datetime, length: timedelta = LEASE) -> bool:
    """Extend the lease; False when it was lost."""
    with store.write() as connection:
        renewed = connection.execute(
            update(LEASES)
            .where(LEASES.c.name == lease.name, LEASES.c.fence == lease.fence)
            .values(expires_at=now + length)
        )
        return renewed.rowcount == 1


@contextmanager
def renewing(
    store: Store, lease: Lease, *, clock: Clock, length: timedelta = LEASE
) -> Iterator[None]:
    """Renew ``lease`` in the background while the block runs, three times per ``length``."""
    done = threading.Event()

    def beat() -> None:
        while not done.wait(length.total_seconds() / 3):
            if not renew(store, lease, now=clock(), length=length):
                return

    thread = threading.Thread(target=beat, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _gone(owner: str) -> bool:
    """Whether ``owner`` was a process of this host that no longer runs."""
    host, pid, started = owner.rsplit(":", 2)
    if host != socket.gethostname():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return _started(int(pid)) != started


def _started(pid: int) -> str:
    """Return the kernel's start time of ``pid``; empty where there is no /proc."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    # The command name may hold spaces and brackets; the fields after its last bracket do not.
    return stat.rpartition(")")[2].split()[19]
