"""Drawn facts -> the households concluded from them, night after night, without a lake."""

from datetime import date

import pandas as pd
from ibis.backends.duckdb import Backend

from features.conclusions import Conclusions, Drawn, Written
from tests.features.records import feeds

FIRST = date(2024, 7, 1)
NEXT = date(2024, 8, 1)

FAMILY = """
    residence_id | person_id | household_id | address_id | event_date | birth_date | relation
    r1           | mother    | book1        | a1         | 2015-01-01 | 1980-01-01 | head
    r2           | father    | book1        | a1         | 2015-01-01 | 1979-01-01 | spouse
    r3           | girl      | book1        | a1         | 2015-06-01 | 2015-06-01 | child
    """


_WRITTEN: Written = {}
"""Writing the questions takes longer than answering them for a village."""


class Village:
    """Feeds and what the engine concluded of them so far."""

    def __init__(self, engine: Backend, **drawings: str | pd.DataFrame) -> None:
        nobody = {"addresses": pd.DataFrame(), "utility_accounts": pd.DataFrame()}
        drawn = feeds(engine, {"residents": pd.DataFrame(), **nobody, **drawings})
        self._conclusions = Conclusions(engine, drawn, written=_WRITTEN)

    def night(self, as_of_date: date = FIRST) -> Drawn:
        """Draw the conclusions of one night and make them known."""
        return self._conclusions.draw(as_of_date)

    def members(self, as_of_date: date = FIRST, *, certain: bool = True) -> dict[str, list[str]]:
        """Return the members of each household, as known on the night after its conclusions."""
        rows = self._conclusions.known("household_members", as_of_date)
        rows = rows[(rows["certain"] == certain) & rows["valid_to"].isna()]
        return {
            str(household): sorted(people)
            for household, people in rows.groupby("household_id")["person_id"]
        }

    def rows(self, feed: str, as_of_date: date = FIRST) -> pd.DataFrame:
        """Return what is known of a feed of conclusions."""
        return self._conclusions.known(feed, as_of_date)
