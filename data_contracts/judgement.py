"""What the gate decided about a delivery, and why: stored once, shown to the operator."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from data_contracts.examination import Examination


class Verdict(StrEnum):
    """What became of a delivery."""

    ACCEPTED = "accepted"
    ACCEPTED_WITH_QUARANTINE = "accepted_with_quarantine"
    DEGRADED = "degraded"
    """Loaded, rows in quarantine left out, but unlike the deliveries before: the feed is marked."""
    REFUSED = "refused"
    """Nothing was loaded; the file stays in the landing folder until a corrected one comes."""
    DUPLICATE = "duplicate"
    """Every row was already known; nothing was loaded."""
    WAITING = "waiting"
    """Not judged yet, and not stored: looked at again the next night."""


LOADED = (Verdict.ACCEPTED, Verdict.ACCEPTED_WITH_QUARANTINE, Verdict.DEGRADED)
"""Verdicts that bring facts into the lake."""


class ConservationError(RuntimeError):
    """Rows were lost or doubled on the way: a fault of this software, never of the data."""


@dataclass(frozen=True)
class Judgement:
    """The verdict on one delivery.

    Rows in = accepted + quarantined + exact duplicates + refused, always. ``rows_in`` is what the manifest
    promises; ``refused`` is all of them when the file is refused whole, and 0 otherwise. ``received_at`` is
    None for a file without a readable manifest. ``examination`` is what the checks found, None when the file
    could not be read; it is stored apart (:meth:`data_contracts.catalogue.Catalogue.examinations`).
    """

    delivery_id: str
    feed: str
    name: str
    received_at: datetime | None
    verdict: Verdict
    reasons: tuple[str, ...]
    rows_in: int = 0
    accepted: int = 0
    quarantined: int = 0
    exact_duplicates: int = 0
    refused: int = 0
    examination: Examination | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Raise ConservationError when the counts do not add up."""
        out = self.accepted + self.quarantined + self.exact_duplicates + self.refused
        if self.rows_in != out:
            raise ConservationError(
                f"feed {self.feed}, file {self.name}: {self.rows_in} rows in, but {self.accepted} accepted +"
                f" {self.quarantined} quarantined + {self.exact_duplicates} exact duplicates + {self.refused}"
                " refused; nothing was published, report this as a fault"
            )

    @property
    def arrived(self) -> datetime:
        """When a judged delivery was received; one that still waits may have no time."""
        if self.received_at is None:
            raise ValueError(f"feed {self.feed}, file {self.name} was not judged yet")
        return self.received_at

    def __str__(self) -> str:
        """One line for the operator."""
        counts = (
            f"{self.rows_in} rows = {self.accepted} accepted + {self.quarantined} quarantined"
            f" + {self.exact_duplicates} exact duplicates + {self.refused} refused"
        )
        why = f": {'; '.join(self.reasons)}" if self.reasons else ""
        told = "" if self.verdict is Verdict.WAITING else f" ({counts})"
        return f"feed {self.feed}, file {self.name}: {self.verdict.value}{told}{why}"
