"""The facts of one night, filtered once and read by many questions."""

from collections.abc import Mapping
from datetime import date

import ibis.expr.types as ir

from features.point_in_time import in_force


class Known:
    """Facts by feed, as known on one night: contract columns and ``as_of_date``."""

    def __init__(self, facts: Mapping[str, ir.Table], day: date) -> None:
        """Bind tables already filtered to what was known on ``day``."""
        self._facts = facts
        self.day = day

    def has(self, feed: str) -> bool:
        """Whether the deployment has the feed."""
        return feed in self._facts

    def facts(self, feed: str) -> ir.Table:
        """Return the facts known on the night."""
        return self._facts[feed]

    def current(self, feed: str) -> ir.Table:
        """Return the spells in force."""
        return in_force(self._facts[feed])
