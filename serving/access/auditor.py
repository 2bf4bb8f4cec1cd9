"""Commits what was seen before anybody is told: one thread adds the entries of many requests together.

The API holds one :class:`Auditor` per process. While one commit is on its way to the disk, the entries of
the next requests gather; the commit after it takes them all. Nobody waits for more than two commits, and
3,000 lists that are opened at once need not queue for 3,000 of them.
"""

import threading
from collections.abc import Sequence
from concurrent.futures import Future

from serving.access.audit import Seen, append
from serving.store import Store
from serving.store.scopes import WHOLE

PATIENCE_S = 35.0
"""Longer than the store waits for a lock: the store's own complaint comes first."""


class Auditor:
    """Adds entries to the audit and returns when they are committed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[tuple[tuple[Seen, ...], Future[None]]] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def record(self, seen: Sequence[Seen]) -> None:
        """Return once ``seen`` is committed.

        Raises:
            StoreUnavailable: it could not be. What was to be shown must then not be shown.
        """
        if not seen:
            return
        done: Future[None] = Future()
        with self._changed:
            if self._closed:
                raise RuntimeError("the auditor is closed: nothing more can be shown")
            self._waiting.append((tuple(seen), done))
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="audit", daemon=True)
                self._thread.start()
            self._changed.notify()
        done.result(timeout=PATIENCE_S)

    def close(self) -> None:
        """Commit what waits and stop."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed)
                batch, self._waiting = self._waiting, []
                if not batch:
                    return
            self._commit(batch)

    def _commit(self, batch: Sequence[tuple[tuple[Seen, ...], Future[None]]]) -> None:
        try:
            with self._store.write(WHOLE) as work:
                append(work, [one for seen, _ in batch for one in seen])
        except Exception as error:  # noqa: BLE001  (handed to every request that waits for it)
            for _, done in batch:
                done.set_exception(error)
            return
        for _, done in batch:
            done.set_result(None)
