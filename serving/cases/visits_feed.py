"""Hand what visitors found back to the engine, as deliveries of the visits feed. Called by the night."""

import json
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import Connection, RowMapping, select

from serving.canonical import canonical_json
from serving.failpoints import failpoint
from serving.folders import write
from serving.store import Store
from serving.store.schema import ALERTS, OUTCOMES, OutcomeState

FEED = "visits"


def deliver_findings(
    store: Store, *, landing: Path, as_of_date: date, today: date
) -> tuple[int, int]:
    """Hand back the outcomes of every finished day as deliveries of the visits feed.

    One file per day on which something was recorded, received at the end of that day: what was
    recorded before midnight is known to the night after it, and a day's file never changes. Files that
    are there already are left alone.

    Returns:
        How many files were written, and how many outcomes they hold.
    """
    closed = min(as_of_date, today)
    # Alone, to wait for an outcome that was accepted just before midnight and is still being committed:
    # its day's file is written once.
    with store.write(alone=True) as connection:
        days: Sequence[date] = connection.scalars(
            select(OUTCOMES.c.recorded_on)
            .distinct()
            .where(OUTCOMES.c.state == OutcomeState.ACCEPTED, OUTCOMES.c.recorded_on < closed)
            .order_by(OUTCOMES.c.recorded_on)
        ).all()
        missing = [day for day in days if not _manifest_of(landing, day).exists()]
        rows = {day: _visits_of(connection, day) for day in missing}
    for day, visits in rows.items():
        content = "".join(json.dumps(visit, ensure_ascii=False) + "\n" for visit in visits)
        data = landing / FEED / f"findings-{day.isoformat()}.jsonl"
        digest = write(data, content.encode())
        failpoint("outcomes.data_written")
        # The manifest last: a file without one is still being written and is left alone.
        received_at = datetime.combine(day + timedelta(days=1), time()) - timedelta(seconds=1)
        write(
            _manifest_of(landing, day),
            canonical_json(
                {
                    "feed": FEED,
                    "format": "jsonl",
                    "received_at": received_at.isoformat(),
                    "rows": len(visits),
                    "sha256": digest,
                }
            ),
        )
        failpoint("outcomes.manifest_written")
    return len(rows), sum(len(visits) for visits in rows.values())


def _manifest_of(landing: Path, day: date) -> Path:
    return landing / FEED / f"findings-{day.isoformat()}.jsonl.manifest.json"


def _visits_of(connection: Connection, day: date) -> list[dict[str, str | float | None]]:
    rows = connection.execute(
        select(OUTCOMES, ALERTS.c.household_id, ALERTS.c.lane, ALERTS.c.propensity)
        .join(ALERTS, ALERTS.c.alert_id == OUTCOMES.c.alert_id)
        .where(OUTCOMES.c.state == OutcomeState.ACCEPTED, OUTCOMES.c.recorded_on == day)
        .order_by(OUTCOMES.c.outcome_id)
    )
    return [_visit(row) for row in rows.mappings()]


def _visit(row: RowMapping) -> dict[str, str | float | None]:
    return {
        "visit_id": row["outcome_id"],
        "household_id": row["household_id"],
        "event_date": row["visited_on"].isoformat(),
        "channel": _channel(row["lane"], row["propensity"]),
        "propensity": row["propensity"],
        "finding": row["finding"],
        "needs": row["needs"] or None,
        "worker_role": row["worker_role"],
    }


def _channel(lane: str, propensity: float | None) -> str:
    """Return how the visit came about. A household drawn by lot counts as drawn, wherever it ranked."""
    if propensity is not None:
        return "routine_random"
    return "trigger" if lane == "urgent" else "list"
