"""Named places where a test may kill the process, to prove that a crash there does no harm.

A test arms one name (``ZHAOREN_FAILPOINT`` for a whole command) and the process dies by SIGKILL when
it reaches that place: no ``finally`` runs, no buffer is flushed, as in a power cut. Disarmed, a
failpoint costs one comparison.
"""

import os
import signal

NAMES = (
    "night.lease_taken",
    "night.run_recorded",
    "night.debris_cleared",
    "outcomes.data_written",
    "outcomes.manifest_written",
    "gate.passed",
    "features.built",
    "rules.answered",
    "score.scored",
    "score.written",
    "reasons.explained",
    "reasons.written",
    "lists.drawn",
    "lists.half_written",
    "lists.files_written",
    "lists.manifest_written",
    "publish.before_rename",
    "publish.old_moved_away",
    "publish.renamed",
    "publish.publication_inserted",
    "publish.alerts_inserted",
    "publish.cases_entered",
    "publish.outbox_inserted",
    "publish.committed",
    "send.claimed",
    "send.delivered",
    "send.marked",
    "digests.claimed",
    "digests.handed_over",
    "night.before_release",
)

_armed: str | None = None


class UnknownFailpoint(ValueError):
    """No place in the code carries this name, so a test arming it would prove nothing."""


def arm(name: str | None) -> None:
    """Die at ``name`` from now on; None disarms.

    Raises:
        UnknownFailpoint: ``name`` is not one of :data:`NAMES`.
    """
    global _armed
    if name is not None and name not in NAMES:
        raise UnknownFailpoint(f"no failpoint {name!r}; there are: {', '.join(NAMES)}")
    _armed = name


def failpoint(name: str) -> None:
    """Die here if armed."""
    if _armed == name:
        os.kill(os.getpid(), signal.SIGKILL)
