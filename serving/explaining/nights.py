"""What the kept nights knew of one household: the answers beside each matrix, and the newest one explained.

Told in a person's own copy, so nothing is withheld. Reasons that were told stand in the store, with the alerts.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq

from serving.canonical import Json
from serving.explaining.answers import Asked, explained, known_nights
from serving.explaining.entitlements import KEYS, beside
from serving.policy_place import Place


def nights_of(home: Path, household_id: str, *, place: Place) -> list[Json]:
    """Return what each kept night knew, oldest first; a night that did not know the household is absent.

    ``answers`` are by rule; empty where the night is older than this way of keeping. ``rules`` are explained in
    full for the newest night alone.

    Raises:
        Refusal: the policy figures cannot be used.
    """
    found: list[Json] = []
    knowing = [
        day
        for day in known_nights(home)
        if _rows(_matrix(home, day), household_id, ("household_id",))
    ]
    for day in knowing:
        night: dict[str, Json] = {
            "as_of_date": day.isoformat(),
            "answers": _answers(_matrix(home, day), household_id),
        }
        if day == knowing[-1]:
            asked = Asked(matrix=_matrix(home, day), household_id=household_id, as_of_date=day)
            night["rules"] = explained(asked, place)
        found.append(night)
    return found


def last_grid_of(home: Path, household_id: str) -> str | None:
    """Return the grid the last kept night has a household in; None if it does not know it."""
    nights = known_nights(home)
    rows = _rows(_matrix(home, nights[-1]), household_id, KEYS) if nights else []
    return str(rows[0]["area_id"]) if rows and rows[0]["area_id"] is not None else None


def _matrix(home: Path, day: date) -> Path:
    return home / "matrices" / f"{day.isoformat()}.parquet"


def _answers(matrix: Path, household_id: str) -> dict[str, Json]:
    kept = beside(matrix)
    if not kept.exists():
        return {}
    rows = _rows(kept, household_id, None)
    return {
        name: value if value is None or isinstance(value, bool | int | float) else str(value)
        for row in rows
        for name, value in row.items()
        if name not in KEYS
    }


def _rows(path: Path, household_id: str, columns: Sequence[str] | None) -> list[dict[str, object]]:
    wanted = [("household_id", "==", household_id)]
    names = None if columns is None else [*columns]
    rows: list[dict[str, object]] = pq.read_table(path, columns=names, filters=wanted).to_pylist()
    return rows
