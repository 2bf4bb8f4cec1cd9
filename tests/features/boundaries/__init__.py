"""Where each window begins and ends: per feature named ``..._Nd`` the fact that must count just inside it.

One module per feature group, named like the group's, with ``BOUNDARIES: dict[str, Boundary]`` by feature and,
where a window is not by the ``event_date`` of one feed, ``OWN_TESTS: dict[str, str]``: feature and the test
that holds its window. :mod:`tests.features.test_boundaries` reads them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Boundary:
    """A fact that changes a feature if, and only if, it happened within the feature's window.

    Attributes:
        feed: of which feed the fact is.
        fact: its cells without ``event_date``; the household of :mod:`tests.features.records` is person ``p1``
            of ``h1`` at ``a1`` with account ``u1``. A ``timedelta`` is a date that long after ``event_date``.
        also: what else is known, as drawings; they replace those of the household feed by feed. Needed
            where a feature is unknown without some other fact.
    """

    feed: str
    fact: Mapping[str, object]
    also: Mapping[str, str] = field(default_factory=dict)
