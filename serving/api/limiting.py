"""How much one person may ask: many requests in all, fewer details of households.

Counted in the memory of each server process, of which each has its share of the allowance: together they
never allow more, and who comes to one process only is held up earlier. Who opens households faster than
anybody visits them is held up, and their supervisor is told (:mod:`serving.supervision.notices`).

What is allowed is said in the words of library `limits`. Its own memory is not used: it starts a thread for
every hit, which walks through everybody's; for 3,000 people that took 3.6 ms of CPU a request.
"""

import time
from collections import deque
from dataclasses import dataclass
from threading import Lock

from limits import RateLimitItem, parse

from serving.api.problems import TOO_MANY, Refused


@dataclass(frozen=True, kw_only=True)
class Allowances:
    """How often one person may ask, in the words of library `limits`."""

    requests: str = "600 per 1 minute"
    households: str = "200 per 10 minute"


class RateLimits:
    """The counters of one of ``processes`` server processes."""

    def __init__(self, allowances: Allowances | None = None, *, processes: int = 1) -> None:
        allowed = allowances or Allowances()
        self._requests = _Window(parse(allowed.requests), processes)
        self._households = _Window(parse(allowed.households), processes)

    def take_request(self, worker_id: str) -> None:
        """Count one request.

        Raises:
            Refused: there were too many.
        """
        self._requests.take(worker_id, what="requests")

    def take_household(self, worker_id: str) -> None:
        """Count one opened household.

        Raises:
            Refused: there were too many.
        """
        self._households.take(worker_id, what="households")


class _Window:
    """A window that moves with the clock: a fixed one would let twice as many pass around its edge."""

    def __init__(self, item: RateLimitItem, processes: int) -> None:
        self._item = item
        self._most = max(1, item.amount // processes)
        self._moments: dict[str, deque[float]] = {}
        self._lock = Lock()

    def take(self, worker_id: str, *, what: str) -> None:
        now, span = time.monotonic(), self._item.get_expiry()
        with self._lock:
            moments = self._moments.setdefault(worker_id, deque())
            while moments and moments[0] <= now - span:
                moments.popleft()
            if len(moments) < self._most:
                moments.append(now)
                return
            left = moments[0] + span - now
        raise Refused(TOO_MANY, f"at most {self._item} for {what}", retry_after=int(left) + 1)
