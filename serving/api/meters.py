"""What is counted about requests, for Prometheus: route templates and statuses, never ids.

Each server process counts for itself. What the store holds (messages waiting, outcomes that conflict,
the age of the lists) is asked at the moment of the scrape.
"""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from serving.ledger.leases import Clock
from serving.status import read_status
from serving.store import Store

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0)


class Meters:
    """Counters of one process, in a registry of their own."""

    def __init__(self, store: Store, *, clock: Clock) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "zhaoren_requests",
            "Requests answered.",
            ("route", "method", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "zhaoren_request_seconds",
            "Seconds until the answer was handed to the server.",
            ("route",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._registry.register(_StoreGauges(store, clock))

    def count(self, *, route: str, method: str, status: int, seconds: float) -> None:
        """Count one answer; ``route`` is the template, so that there are few of them."""
        told = method if method in _METHODS else "other"
        self._requests.labels(route, told, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def page(self) -> bytes:
        """Return everything in the text format."""
        return generate_latest(self._registry)


class _StoreGauges(Collector):
    """What the store holds now."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Describe without asking the store."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Ask the store."""
        now = self._clock()
        status = read_status(self._store)
        messages = GaugeMetricFamily("zhaoren_messages", "Messages by state.", labels=("state",))
        for state, count in sorted(status.messages.items()):
            messages.add_metric((state,), count)
        yield messages
        outcomes = GaugeMetricFamily("zhaoren_outcomes", "Outcomes by state.", labels=("state",))
        for state, count in sorted(status.outcomes.items()):
            outcomes.add_metric((state,), count)
        yield outcomes
        if status.oldest_waiting is not None:
            yield GaugeMetricFamily(
                "zhaoren_oldest_message_seconds",
                "Age of the oldest message not yet delivered.",
                value=(now - status.oldest_waiting).total_seconds(),
            )
        if status.last is not None:
            yield GaugeMetricFamily(
                "zhaoren_publication_age_seconds",
                "Since the lists that stand were published.",
                value=(now - status.last.published_at).total_seconds(),
            )
