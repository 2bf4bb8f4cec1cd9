"""When a message that was not accepted is tried again; the relay asks after every attempt."""

from datetime import date, timedelta

from serving.lists.lots import lot

RETRY_AFTER = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""Waits between attempts; after the last one the message is dead and waits for a person."""

_JITTER = 0.2


def wait_before(*, attempts: int, message_id: str, asked: timedelta | None) -> timedelta | None:
    """Return how long to wait after the ``attempts``-th attempt failed; None: give up.

    The wait is stretched by up to a fifth, differently for every message, so that a receiver that
    comes back is not met by all of them at once. ``asked`` is the receiver's Retry-After.
    """
    if attempts > len(RETRY_AFTER):
        return None
    planned = RETRY_AFTER[attempts - 1]
    share = lot(seed="retry", as_of_date=date.min, key=f"{message_id}/{attempts}")
    stretched = planned * (1 + _JITTER * share)
    return max(stretched, asked) if asked is not None else stretched
