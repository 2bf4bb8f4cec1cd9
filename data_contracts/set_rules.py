"""Set checks as data: a delivery as a whole against the recent deliveries of its feed, or against other feeds.

Each value in a file may be valid and the file still be wrong: a street is missing, yuan became ten thousand
yuan, two codes changed places. Such checks name no row, so they can quarantine nothing. Their severity says:

===========  =====================================================================================
``warning``  the delivery is loaded and *degraded*: the feed is marked until its next good delivery
``fatal``    the delivery is refused. It depends on what was received before, so a file judged
             before its predecessors arrived may be judged otherwise than after them; for rules
             where that matters, say ``warning``
===========  =====================================================================================

"Recent" is the last :data:`RECENT` loaded deliveries received before the one judged, degraded ones included:
what lasts becomes normal. ``min_deliveries`` of them are needed for a rule to say anything.
"""

from dataclasses import dataclass

RECENT = 14
"""How many deliveries back is recent: a year and a bit of monthly files, two weeks of daily ones."""


@dataclass(frozen=True)
class UsualVolume:
    """The number of rows lies in [``low``, ``high``] times the recent median; None is no upper bound."""

    low: float
    high: float | None
    min_deliveries: int


@dataclass(frozen=True)
class UsualGap:
    """The time since the delivery before is at most cadence plus latency of the contract."""


@dataclass(frozen=True)
class UsualDistribution:
    """The population stability index of the column against the pooled recent deliveries is at most ``most``.

    The rule of thumb of 0.25 is credit scoring's (Lewis 1994; Siddiqi, Credit Risk Scorecards, 2006), made
    for samples of thousands. Small samples exceed it by chance alone: without any shift its expectation is
    (cells - 1)(1/n + 1/m), so what chance explains is allowed on top (:mod:`data_contracts.shifts`). Fewer
    than ``min_rows`` rows say nothing.
    """

    column: str
    most: float
    min_rows: int
    min_deliveries: int


@dataclass(frozen=True)
class UsualUnit:
    """The median is not about 10, 100, 1,000 or 10,000 times, or one such part of, the recent median.

    ``where`` narrows to rows with that value in that column. Ten thousand is yuan against 万元.
    """

    column: str
    where: tuple[str, str] | None
    min_rows: int
    min_deliveries: int


@dataclass(frozen=True)
class UsualCodes:
    """No two codes of the column have changed places.

    ``companion`` is a column they go together with differently (usage with service, relation with sex); what
    comes beside each code tells them apart. Without one only how often each comes can, which says nothing of
    codes equally frequent, and little of codes with a season.
    """

    column: str
    companion: str | None
    min_deliveries: int


@dataclass(frozen=True)
class Step:
    """One step from a key to what it belongs to: in ``feed``, the ``value`` beside that ``key``."""

    feed: str
    key: str
    value: str


@dataclass(frozen=True)
class UsualGroups:
    """Groups that always came are still there, e.g. streets reached from the address of each row.

    ``path`` leads from the column through other feeds; empty when the column itself is the group. Groups
    with a recent median under ``min_rows`` rows may be missing by chance and are left out.
    """

    column: str
    path: tuple[Step, ...]
    min_rows: int
    min_deliveries: int


@dataclass(frozen=True)
class MostlyKnown:
    """At most this share of the values, chance allowed for, is unknown to ``feed_column`` of another feed.

    Every unknown value is counted and told; none is quarantined: not being in a register is no fault. One of
    five is a fifth and says little, so the low end of the share's 95 % interval must exceed the tolerance.
    """

    column: str
    feed: str
    feed_column: str
    most_unknown_share: float


SetRule = (
    UsualVolume | UsualGap | UsualDistribution | UsualUnit | UsualCodes | UsualGroups | MostlyKnown
)
