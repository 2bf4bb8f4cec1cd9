"""What departments do to data on its way: late rows, silence, duplicates, mistyped cells.

A row held back comes with the next delivery unless a newer version of the same fact overtook
it; so an old version never arrives after a newer one.
"""

from dataclasses import dataclass, field

import numpy as np

from experiments.district.config import Dirt
from experiments.district.desk import Batch, newest, take
from experiments.district.months import Flags, Ints, Month
from experiments.district.shapes import Feed, Kind
from experiments.district.streams import Streams

CLEAN_FEEDS = ("grid_tree", "staff_capacity")
MOST_MISTYPED = 0.01
"""Share of rows of one file; gates tolerate 2 %."""
MISTYPED_KINDS = (Kind.DATE, Kind.NUMBER, Kind.ENUM)


@dataclass(frozen=True)
class Slip:
    """A mistyped cell: row position in the delivery and column."""

    row: int
    column: str


@dataclass(frozen=True)
class Parcel:
    """The rows of one delivery and the cells in it that were mistyped."""

    rows: Batch
    slips: tuple[Slip, ...] = ()


@dataclass
class Post:
    """Holds rows back between deliveries, feed by feed."""

    dirt: Dirt
    streams: Streams
    _held: dict[str, Batch] = field(default_factory=dict)

    def is_silent(self, feed: Feed, month: Month) -> bool:
        """Whether ``feed`` delivers nothing for ``month``."""
        return feed.name == self.dirt.silent_feed and month.index == self.dirt.silent_month

    def pack(self, feed: Feed, rows: Batch, month: Month) -> Parcel:
        """Return what is delivered for ``month``; the rest waits for the next delivery."""
        rng = self.streams.at(f"post:{feed.name}", month.index)
        count = len(rows[feed.fact_id])
        held = self._held.pop(feed.name, None)
        if feed.name in CLEAN_FEEDS:
            return Parcel(rows)
        if self.is_silent(feed, month):
            self._held[feed.name] = newest(feed, [held, rows] if held else [rows])
            return Parcel(take(rows, np.empty(0, np.int64)))
        late: Flags = rng.random(count) < self.dirt.late_row
        going = take(rows, np.flatnonzero(~late))
        waiting = [take(rows, np.flatnonzero(late))]
        if held is not None:
            overtaken = np.isin(held[feed.fact_id], rows[feed.fact_id])
            going = newest(feed, [take(held, np.flatnonzero(~overtaken)), going])
        slips = self._mistype(feed, going, rng)
        again = [slip.row for slip in slips if rng.random() < self.dirt.retyped]
        waiting.append(take(going, np.array(again, np.int64)))
        self._held[feed.name] = newest(feed, waiting)
        return Parcel(self._duplicate(going, len(going[feed.fact_id]), slips, rng), slips)

    def _mistype(self, feed: Feed, rows: Batch, rng: np.random.Generator) -> tuple[Slip, ...]:
        columns = [
            cell.name
            for cell in feed.cells
            if cell.kind in MISTYPED_KINDS
            and (cell.kind is not Kind.DATE or cell.name == "event_date")
        ]
        count = len(rows[feed.fact_id])
        wrong = np.flatnonzero(rng.random(count) < self.dirt.mistyped_row)
        # A single slip would be most of a small file, and have the whole file refused.
        wrong = wrong[: int(MOST_MISTYPED * count)]
        chosen = rng.integers(0, len(columns), len(wrong))
        return tuple(
            Slip(int(row), columns[int(column)]) for row, column in zip(wrong, chosen, strict=True)
        )

    def _duplicate(
        self, rows: Batch, count: int, slips: tuple[Slip, ...], rng: np.random.Generator
    ) -> Batch:
        twice: Ints = np.flatnonzero(rng.random(count) < self.dirt.duplicate_row)
        twice = np.setdiff1d(twice, np.array([slip.row for slip in slips], np.int64))
        if not len(twice):
            return rows
        return {name: np.concatenate([values, values[twice]]) for name, values in rows.items()}
