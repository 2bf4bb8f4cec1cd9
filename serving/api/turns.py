"""How many requests hold a transaction at once; the others wait in the event loop, not in a thread.

A request that reads holds its transaction while it waits for a thread to work in. Were all threads of the
pool taken by requests that wait for the database, nobody who holds it could go on: so fewer hold it than
there are threads. SQLite has one writer: one request writes, and the next has its turn without asking
over and over.
"""

import asyncio

from serving.store import Store

READERS = 16
WRITERS = 8


class Turns:
    """The turns of one server process."""

    def __init__(self, store: Store) -> None:
        self.read = asyncio.Semaphore(READERS)
        self.write = asyncio.Semaphore(WRITERS if store.is_postgresql else 1)
