"""What the night needs from below: departments' deliveries, the feature matrix and the champion.

The night talks to this protocol only. :mod:`serving.upstream.district` binds it to the real gate, lake,
features and models; a test binds it to forty households in a table.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

import pandas as pd

Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class FeedState:
    """How fresh one feed is. ``last_received_at`` is the newest accepted delivery, None if there is none.

    ``refused``: why a delivery newer than that was refused, empty if none was. ``late``: its next
    delivery should have been here by the ``as_of_date``. ``degraded``: what is unusual about the newest
    accepted delivery; it was loaded all the same.
    """

    feed: str
    department: str
    last_received_at: datetime | None
    late: bool
    refused: tuple[str, ...] = ()
    degraded: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Received:
    """What the gate did: deliveries by verdict, and files left alone with the reason."""

    verdicts: Mapping[str, int]
    left_alone: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """One line for the operator."""
        judged = ", ".join(f"{count} {verdict}" for verdict, count in sorted(self.verdicts.items()))
        waiting = f"; left alone: {'; '.join(self.left_alone)}" if self.left_alone else ""
        return (judged or "no new deliveries") + waiting


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A grid and what it lies in, as known on the date."""

    grid_id: str
    grid_name: str
    community_id: str
    community_name: str
    street_id: str
    street_name: str
    district_id: str

    @cached_property
    def path(self) -> str:
        """Where it lies in the place tree: ``district/street/community/grid``."""
        # A slash or comma in an id must not read as two places.
        line = (self.district_id, self.street_id, self.community_id, self.grid_id)
        return "/".join(quote(part, safe="") for part in line)


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Where households are, who can visit them, and when somebody last did.

    ``capacity`` is visits of the day by ``(grid_id, role)``; where the register names who visits, ``staff``
    says how many of them are whose, by worker. ``addresses`` has ``household_id`` and ``address_id``.
    ``visits`` has ``household_id``, ``visited_on`` and ``finding``, one row per visit
    known before the date. ``never_scored`` counts, by ``(grid_id, why)``, households no row of the matrix
    stands for; the grid is empty where nobody knows it.
    """

    grids: Mapping[str, Grid]
    capacity: Mapping[tuple[str, str], int]
    addresses: pd.DataFrame
    visits: pd.DataFrame
    staff: Mapping[tuple[str, str], Mapping[str, int]] = field(default_factory=dict)
    never_scored: Mapping[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """A safety trigger that fires: somebody may lie helpless and is looked after within ``hours``."""

    trigger_id: str
    title: str
    hours: int
    households: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One dated sentence in plain Chinese. ``group`` is the feature group it comes from.

    ``is_event``: something happened on ``dated``; otherwise the data behind it end there.
    """

    text: str
    feature: str
    group: str
    dated: date | None
    is_event: bool


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Why a household: at most three reasons, strongest first, and one thing we do not know."""

    reasons: tuple[Reason, ...]
    uncertainty: str


class Upstream(Protocol):
    """The rooms below, as the night sees them. All answers are as known before ``as_of_date``."""

    @property
    def groups(self) -> Mapping[str, str]:
        """Feature group by feature name: every feature a list may be drawn up by."""

    @property
    def covered_by(self) -> str | None:
        """The feature that says a household already receives the help looked for."""

    def receive(self, *, as_of_date: date, progress: Progress) -> Received:
        """Pass every waiting delivery through the gate."""

    def feeds(self, *, as_of_date: date) -> Sequence[FeedState]:
        """How fresh each feed is."""

    def inputs(self, *, as_of_date: date) -> Mapping[str, Sequence[str]]:
        """Ids of the accepted deliveries by feed: the same ids mean the same facts."""

    def champion(self) -> str:
        """SHA-256 of the promoted model; raises :class:`~serving.refusals.Refusal` without one."""

    def build(self, *, as_of_date: date, out: Path, progress: Progress) -> int:
        """Write the feature matrix (Parquet) to ``out``; return how many households it has."""

    def rules(self, *, as_of_date: date) -> str:
        """SHA-256 of the policy figures the rules are asked with: the same digest means the same answers."""

    def safety_rules(self, *, as_of_date: date) -> Mapping[str, str]:
        """The safety triggers in force by id, each as one line that says everything about it."""

    def alarms(self, *, matrix: Path, as_of_date: date) -> "Sequence[Alarm]":
        """Which safety triggers fire for which households of ``matrix``."""

    def answer_rules(self, *, as_of_date: date, matrix: Path, out: Path) -> None:
        """Write what every rule says of every household of ``matrix``, sorted by household."""

    def surroundings(self, *, as_of_date: date) -> Surroundings:
        """Grids, capacity, addresses and visits."""

    def score(self, *, champion: str, matrix: Path, progress: Progress) -> pd.DataFrame:
        """Return ``household_id, score, probability, band``, one row per household of the matrix.

        ``score`` orders (larger first), ``probability`` is calibrated, ``band`` is read from it.

        Raises:
            Refusal: the model is damaged or does not reproduce its golden rows.
        """

    def explain(
        self,
        *,
        champion: str,
        matrix: Path,
        households: Sequence[str],
        as_of_date: date,
        progress: Progress,
    ) -> Mapping[str, Explanation]:
        """Return the reasons of each of ``households``."""

    def drift(self, *, champion: str, matrix: Path, as_of_date: date, progress: Progress) -> str:
        """Keep beside ``matrix`` how far it moved from what the champion was trained on; say so in a line.

        Never a reason to stop: what cannot be compared is said.
        """
