"""Where the simulation hands in what a department would record, month by month."""

from dataclasses import dataclass, field

import numpy as np

from experiments.district.feeds import FEEDS
from experiments.district.months import Ints
from experiments.district.shapes import Feed

Column = np.typing.NDArray[np.generic]
Batch = dict[str, Column]


@dataclass
class Desk:
    """Collects rows per feed until they are delivered; closed during burn-in."""

    is_open: bool = False
    _waiting: dict[str, list[Batch]] = field(default_factory=dict)

    def report(self, feed: str, **columns: Column) -> None:
        """Hand in rows of ``feed``; every column of the feed must be given, equally long.

        Raises:
            ValueError: a column is missing, unknown or of another length.
        """
        if not self.is_open:
            return
        expected = [cell.name for cell in FEEDS[feed].cells]
        lengths = {len(values) for values in columns.values()}
        if sorted(expected) != sorted(columns) or len(lengths) != 1:
            raise ValueError(
                f"feed {feed} wants the columns {expected} of one length;"
                f" got {sorted(columns)} of lengths {sorted(lengths)}"
            )
        if lengths != {0}:
            self._waiting.setdefault(feed, []).append(columns)

    def collect(self, feed: Feed) -> Batch:
        """Take away the rows waiting for ``feed``, the newest version of each fact only."""
        return newest(feed, self._waiting.pop(feed.name, []))


def newest(feed: Feed, batches: list[Batch]) -> Batch:
    """Join batches in the order given and keep the last version of each fact."""
    joined = {
        cell.name: np.concatenate([batch[cell.name] for batch in batches])
        if batches
        else np.empty(0, np.int64)
        for cell in feed.cells
    }
    return take(joined, last_of_each(joined[feed.fact_id].astype(np.int64)))


def last_of_each(ids: Ints) -> Ints:
    """Return the positions of the last occurrence of every id, in order of position."""
    _, from_the_end = np.unique(ids[::-1], return_index=True)
    return np.sort(len(ids) - 1 - from_the_end)


def take(batch: Batch, positions: Ints) -> Batch:
    """Return the rows at ``positions``."""
    return {name: values[positions] for name, values in batch.items()}
