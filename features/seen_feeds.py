"""Feeds as one date sees them, kept in the engine on first use: for who asks the same feed many times over.

Who lives together is asked of the same two feeds a dozen times. Read once and kept, they need not be opened,
decoded and sorted out by version again each time.
"""

from collections.abc import Iterator, Mapping
from datetime import date

from ibis.backends.duckdb import Backend as DuckDB

from features.connections import drop, keep
from features.point_in_time import Feed


class SeenFeeds(Mapping[str, Feed]):
    """What one date sees of some feeds. The versions that date does not see are left out, nothing else."""

    def __init__(self, engine: DuckDB, feeds: Mapping[str, Feed], *, as_of_date: date) -> None:
        """Bind the feeds; nothing is read yet."""
        self._engine, self._feeds, self._day = engine, feeds, as_of_date
        self._seen: dict[str, Feed] = {}

    def __getitem__(self, name: str) -> Feed:
        """Return a feed as the date sees it, read now if it is asked for the first time."""
        if name not in self._seen:
            feed = self._feeds[name]
            facts = feed.on(self._day).drop("as_of_date")
            self._seen[name] = Feed(feed.contract, keep(self._engine, f"seen_{name}", facts))
        return self._seen[name]

    def __contains__(self, name: object) -> bool:
        """Whether the feed is there; does not read it."""
        return name in self._feeds

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self._feeds)

    def __len__(self) -> int:
        """Return how many feeds there are."""
        return len(self._feeds)

    def forget(self) -> None:
        """Give back what the kept feeds hold in memory."""
        drop(self._engine, *(f"seen_{name}" for name in self._seen))
        self._seen.clear()
