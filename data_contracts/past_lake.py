"""The lake as a past night had it: nothing that was received later can be read from it at all.

The full lake tells by ``known_from`` what was known when, and whoever reads it must heed that. Here the question
does not arise: a row counts only if the catalogue says its delivery had been received, whatever its own
``known_from`` claims, and an end only if it had been told. So what is computed from both must agree, or
something looked ahead.
"""

from datetime import datetime
from pathlib import Path

import ibis.expr.types as ir

from data_contracts.lake import Lake
from data_contracts.lake_files import Kind, LakeFile
from data_contracts.lake_tables import DELIVERY_ID, KNOWN_UNTIL


class PastLake(Lake):
    """The facts of one home folder that deliveries received before a time had told. For reading only."""

    def __init__(self, home: Path, *, before: datetime) -> None:
        """Open the lake of a home folder as it was before a time."""
        super().__init__(home)
        self._before = before

    def files(self, feed: str, kind: Kind) -> list[LakeFile]:
        """Return the files in which something of the time may stand, each verified.

        Raises:
            LakeError: a file is missing or its content changed.
        """
        received = set(self.catalogue.received(feed, before=self._before))
        judged = {one.delivery_id for one in self.catalogue.judgements(feed=feed)}
        files = [
            file
            for file in self.catalogue.files(kind=kind, feed=feed)
            # A file that is no delivery's was merged from those of several: its rows are looked at one by one.
            if file.delivery_id in received or file.delivery_id not in judged
        ]
        for file in files:
            self.require(file)
        return files

    def arrivals(self, *, before: datetime | None = None) -> dict[str, list[datetime]]:
        """Return, per feed, when deliveries that were loaded had been received, oldest first."""
        return super().arrivals(before=min(before or self._before, self._before))

    def _held(self, rows: ir.Table, feed: str) -> ir.Table:
        received = self.catalogue.received(feed, before=self._before)
        return rows.filter(rows[DELIVERY_ID].isin(received))

    def _ended(self, ends: ir.Table) -> ir.Table:
        return ends.filter(ends[KNOWN_UNTIL] < self._before)
