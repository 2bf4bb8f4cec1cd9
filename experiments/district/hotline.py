"""12345 and the grid desk: calls for help, some of them again and again without an answer."""

from dataclasses import dataclass, field

import numpy as np

from experiments.district.desk import Batch, Desk
from experiments.district.feeds import FEEDS
from experiments.district.months import NO_DAY, Ints, Month
from experiments.district.streams import Streams
from experiments.district.world import World

CALLS_MONTH = 0.012
"""Households that call in a month; Beijing's line took about 21 million calls in 2023 for 22
million people, most cities far fewer: rounded down, as most calls there are no complaint at home."""
CALLS_IN_HARDSHIP = 2.2
"""Times as many from families in hidden hardship; plausible."""
CALLS_AGAIN = 0.22
"""Families in hidden hardship who called last month and call again; plausible."""
GIVES_ID, GIVES_ADDRESS = 0.62, 0.80
CLOSED_WITHIN_DAYS, LEFT_OPEN = 15, 0.08
CATEGORIES = FEEDS["tickets"].cell("category").values
USUAL = (0.01, 0.02, 0.02, 0.01, 0.04, 0.05, 0.14, 0.22, 0.17, 0.22, 0.10)
IN_HARDSHIP = (0.20, 0.12, 0.06, 0.06, 0.06, 0.12, 0.10, 0.12, 0.05, 0.06, 0.05)
"""Shares of the categories, in their order; plausible."""


@dataclass
class Hotline:
    """Remembers who called last month, and tickets still open."""

    _called: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    _open: Batch = field(default_factory=dict)

    def month(self, world: World, desk: Desk, streams: Streams, month: Month) -> None:
        """Take the calls of one month; close those of the month before."""
        rng = streams.at("hotline", month.index)
        homes = world.homes
        here = np.flatnonzero(homes.present)
        hidden = homes.in_hardship & (homes.scheme < 0)
        chance = CALLS_MONTH * np.where(hidden[here], CALLS_IN_HARDSHIP, 1.0)
        callers = here[rng.random(len(here)) < chance]
        before = self._called[hidden[self._called] & homes.present[self._called]]
        again = before[rng.random(len(before)) < CALLS_AGAIN]
        callers = np.union1d(callers, again)
        self._called = callers
        count = len(callers)
        kind = np.where(
            hidden[callers],
            rng.choice(len(CATEGORIES), count, p=IN_HARDSHIP),
            rng.choice(len(CATEGORIES), count, p=USUAL),
        )
        days = month.first + rng.integers(0, month.days, count)
        closed = days + rng.integers(0, CLOSED_WITHIN_DAYS, count)
        closed = np.where(rng.random(count) < LEFT_OPEN, NO_DAY, closed)
        told = rng.random((2, count)) < np.array([[GIVES_ID], [GIVES_ADDRESS]])
        person = world.heads()[callers]
        made: Batch = {
            "ticket_id": world.ids.take("ticket", count),
            "person_id": np.where(told[0], person, -1),
            "address_id": np.where(told[1], homes.address[callers], -1),
            "category": kind,
            "event_date": days,
            "closed_on": closed,
        }
        if self._open:
            desk.report("tickets", **self._open)
        late = (closed != NO_DAY) & (closed >= month.after)
        self._open = {name: values[late] for name, values in made.items()}
        desk.report("tickets", **{**made, "closed_on": np.where(late, NO_DAY, closed)})
