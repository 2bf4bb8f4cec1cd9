"""How hard one target is pressed: a lane per target, so that none waits for another's receiver.

A lane begins with one attempt at a time and widens with every success, so that a receiver that is down
costs few messages an attempt. What the lane decides, it decides from the answers; it knows no store and
no clock.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from serving.delivery.claims import Settlement
from serving.delivery.poster import Result
from serving.delivery.targets import Target

MOST_IN_FLIGHT = 32
UNREACHABLE_IN_A_ROW = 5
REST = timedelta(seconds=30)
"""How long a receiver that does not answer is left alone by the running relay."""


@dataclass(kw_only=True)
class Lane:
    """One target's queue as the relay sees it. ``halted`` says why nothing is claimed for it now."""

    target: Target
    window: int = 1
    unreachable: int = 0
    halted: str | None = None
    halted_until: datetime | None = None
    drained: bool = False
    in_flight: set["asyncio.Task[Settlement]"] = field(default_factory=set)

    @property
    def free(self) -> int:
        """How many more attempts may begin now."""
        if self.halted is not None or self.drained:
            return 0
        return max(0, self.window - len(self.in_flight))

    def note(self, settlement: Settlement, *, now: datetime) -> None:
        """Learn from one answer."""
        attempt = settlement.attempt
        if attempt.result is Result.DELIVERED:
            self.unreachable = 0
            self.window = min(self.window + 1, MOST_IN_FLIGHT)
            return
        self.window = max(1, self.window // 2)
        self.unreachable = self.unreachable + 1 if attempt.result is Result.UNREACHABLE else 0
        if attempt.result is Result.GONE:
            self._halt("the receiver answered 410 Gone: the target is disabled", None)
        elif attempt.result is Result.FORBIDDEN:
            self._halt(f"not connected: {attempt.told}", now + REST)
        elif attempt.retry_after is not None:
            self._halt(
                f"the receiver asked to wait {attempt.retry_after}", now + attempt.retry_after
            )
        elif self.unreachable >= UNREACHABLE_IN_A_ROW:
            self._halt(
                f"the receiver was unreachable {self.unreachable} times in a row", now + REST
            )

    def disable(self, reason: str) -> None:
        """Claim nothing until :meth:`enable`."""
        self._halt(f"the target is disabled ({reason})", None)

    def wake(self, *, now: datetime, is_disabled: bool) -> None:
        """Look for work again; a halt that is over ends, and so does that of an enabled target."""
        self.drained = False
        is_over = self.halted_until is None or self.halted_until <= now
        if self.halted is not None and is_over and not is_disabled:
            self.halted, self.halted_until, self.window, self.unreachable = None, None, 1, 0

    def _halt(self, why: str, until: datetime | None) -> None:
        # An answer that was still on its way must not shorten what an earlier one asked for.
        if self.halted is None or self.halted_until is not None:
            self.halted, self.halted_until = why, until
