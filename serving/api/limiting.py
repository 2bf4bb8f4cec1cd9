"""How much one person may ask: many requests in all, fewer details of households.

Counted by library `limits` in the memory of each server process, of which each has its share of the
allowance: together they never allow more, and who comes to one process only is held up earlier. Who opens
households faster than anybody visits them is held up, and their supervisor is told
(:mod:`serving.supervision.notices`).
"""

import time
from dataclasses import dataclass

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter, RateLimiter

from serving.api.problems import TOO_MANY, Refused


@dataclass(frozen=True, kw_only=True)
class Allowances:
    """How often one person may ask, in the words of library `limits`."""

    requests: str = "600 per 1 minute"
    households: str = "200 per 10 minute"


class RateLimits:
    """The counters of one of ``processes`` server processes."""

    def __init__(self, allowances: Allowances | None = None, *, processes: int = 1) -> None:
        storage = MemoryStorage()
        allowed = allowances or Allowances()
        self._requests = _share(parse(allowed.requests), processes)
        self._households = _share(parse(allowed.households), processes)
        self._fixed = FixedWindowRateLimiter(storage)
        # Moving: a fixed window would let 400 households pass around its edge.
        self._moving = MovingWindowRateLimiter(storage)

    def take_request(self, worker_id: str) -> None:
        """Count one request.

        Raises:
            Refused: there were too many.
        """
        if not self._fixed.hit(self._requests, "requests", worker_id):
            raise _too_many(self._fixed, self._requests, "requests", worker_id)

    def take_household(self, worker_id: str) -> None:
        """Count one opened household.

        Raises:
            Refused: there were too many.
        """
        if not self._moving.hit(self._households, "households", worker_id):
            raise _too_many(self._moving, self._households, "households", worker_id)


def _share(item: RateLimitItem, processes: int) -> RateLimitItem:
    return type(item)(max(1, item.amount // processes), item.multiples)


def _too_many(limiter: RateLimiter, item: RateLimitItem, what: str, worker_id: str) -> Refused:
    # The clock that library `limits` counts by.
    left = limiter.get_window_stats(item, what, worker_id).reset_time - time.time()  # noqa: TID251
    return Refused(TOO_MANY, f"at most {item} for {what}", retry_after=max(1, int(left) + 1))
