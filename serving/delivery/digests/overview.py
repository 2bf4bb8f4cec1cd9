"""Where the digests of the last nights stand; ``zhaoren digests show`` and ``zhaoren status`` ask."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from serving.delivery.digests.sending import UNCERTAIN_AFTER
from serving.store import Store
from serving.store.schema import DIGESTS, DigestState

NIGHTS_SHOWN = 5
UNCERTAIN = "uncertain"


@dataclass(frozen=True, kw_only=True)
class DigestLine:
    """Digests of one night in one state. ``workers`` are pseudonyms; none where all is well."""

    as_of_date: date
    state: str
    digests: int
    workers: tuple[str, ...]
    last_result: str | None


def overview(store: Store, *, now: datetime) -> list[DigestLine]:
    """Return the last nights' digests by state, newest night first."""
    with store.read() as read:
        rows = read.execute(
            select(DIGESTS).order_by(DIGESTS.c.as_of_date.desc(), DIGESTS.c.worker_id)
        ).all()
    nights = list(dict.fromkeys(row.as_of_date for row in rows))[:NIGHTS_SHOWN]
    lines: dict[tuple[date, str], list[tuple[str, str | None]]] = {}
    for row in rows:
        if row.as_of_date in nights:
            state = row.state
            if state == DigestState.SENDING and row.next_attempt_at <= now - UNCERTAIN_AFTER:
                state = UNCERTAIN
            lines.setdefault((row.as_of_date, state), []).append((row.worker_id, row.last_result))
    return [
        DigestLine(
            as_of_date=day,
            state=state,
            digests=len(people),
            workers=() if state == DigestState.SENT else tuple(worker for worker, _ in people),
            last_result=people[-1][1],
        )
        for (day, state), people in sorted(lines.items(), reverse=True)
    ]
