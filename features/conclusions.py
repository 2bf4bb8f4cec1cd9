"""What the engine concludes on a night, told to itself as it tells a department: by versions.

The engine delivers what it concludes (``household_members``, ``household_lineage``, ``disputes``) through
the gate like anybody else. Drawing many nights one after the other, as for training, need not wait for
the gate each time: the versions are kept here as the lake would keep them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from ibis.backends.duckdb import Backend

from features.coliving.conclude import LINEAGE, MEMBERS, conclude_households
from features.conflicts.disputes import news_of_disputes
from features.conflicts.finding import find_conflicts
from features.connections import keep
from features.deployment import Feeds
from features.disputes import DISPUTES, disputed_feeds, withhold
from features.point_in_time import Feed

OWN_FEEDS = (MEMBERS, LINEAGE, DISPUTES)


@dataclass(frozen=True)
class Drawn:
    """One night: news in the columns of the contracts, and every conflict there is that night."""

    as_of_date: date
    news: Mapping[str, pa.Table]
    households: int
    conflicts: pd.DataFrame


def told_at(as_of_date: date) -> datetime:
    """Return the moment the conclusions of a night count from: a second before its midnight."""
    return datetime.combine(as_of_date, datetime.min.time()) - timedelta(seconds=1)


class Conclusions:
    """The engine's own feeds, growing night by night."""

    def __init__(self, engine: Backend, feeds: Feeds) -> None:
        """Start from what the lake holds of them."""
        self._engine = engine
        self._departments = {name: feed for name, feed in feeds.items() if name not in OWN_FEEDS}
        self._own = {name: feeds[name] for name in OWN_FEEDS}
        self._versions = {
            name: engine.to_pyarrow(feed.facts).combine_chunks() for name, feed in self._own.items()
        }

    def draw(self, as_of_date: date, *, right: Mapping[str, str] | None = None) -> Drawn:
        """Conclude the night of ``as_of_date`` and count it as told.

        Args:
            as_of_date: the night. Drawing one again gives no news.
            right: per conflict that was answered before the night, the feed that is right.
        """
        at = told_at(as_of_date)
        conflicts = self._engine.to_pandas(find_conflicts(self._departments, as_of_date))
        disputes = news_of_disputes(
            conflicts,
            self.known(DISPUTES, as_of_date),
            self._own[DISPUTES].contract,
            right=right or {},
            as_of_date=as_of_date,
        )
        self._tell(DISPUTES, disputes, at)
        told = self._feed(DISPUTES, self._versions[DISPUTES])
        free = withhold(self._departments, told.facts, names=disputed_feeds(told.facts))
        earlier = self._feed(MEMBERS, _as_before(self._versions[MEMBERS], at))
        households = conclude_households(
            self._engine,
            {**free, MEMBERS: earlier, LINEAGE: self._own[LINEAGE]},
            self._departments,
            as_of_date=as_of_date,
            held=self.known(MEMBERS, as_of_date),
        )
        self._tell(MEMBERS, households.members, at)
        self._tell(LINEAGE, households.lineage, at)
        news = {MEMBERS: households.members, LINEAGE: households.lineage, DISPUTES: disputes}
        return Drawn(as_of_date, news, households.households, conflicts)

    def known(self, feed: str, as_of_date: date) -> pd.DataFrame:
        """Return the current version of every fact of an own feed on the night after it was told."""
        midnight = pa.scalar(datetime.combine(as_of_date, datetime.min.time()), pa.timestamp("us"))
        rows = self._versions[feed]
        until = pc.fill_null(pc.greater_equal(rows["known_until"], midnight), True)
        known = rows.filter(pc.and_(pc.less(rows["known_from"], midnight), until))
        frame: pd.DataFrame = known.to_pandas(date_as_object=False)
        return frame

    def _tell(self, feed: str, rows: pa.Table, at: datetime) -> None:
        if not rows.num_rows:
            return
        held, moment = self._versions[feed], pa.scalar(at, pa.timestamp("us"))
        fact_id = self._own[feed].contract.fact_id
        ends = pc.and_(
            pc.is_in(held[fact_id], value_set=rows[fact_id].combine_chunks()),
            pc.is_null(held["known_until"]),
        )
        place = held.schema.get_field_index("known_until")
        closed = held.set_column(
            place, "known_until", pc.if_else(ends, moment, held["known_until"])
        )
        fresh = rows.append_column("known_from", pa.array([at] * rows.num_rows, pa.timestamp("us")))
        fresh = fresh.append_column("known_until", pa.nulls(rows.num_rows, pa.timestamp("us")))
        both = [closed.cast(fresh.schema), fresh]
        self._versions[feed] = pa.concat_tables(both).combine_chunks()

    def _feed(self, name: str, versions: pa.Table) -> Feed:
        table = keep(self._engine, f"own_{name}", ibis.memtable(versions))
        return Feed(self._own[name].contract, table)


def _as_before(versions: pa.Table, at: datetime) -> pa.Table:
    """Return the versions as they stood right before a moment."""
    moment = pa.scalar(at, pa.timestamp("us"))
    known = versions.filter(pc.less(versions["known_from"], moment))
    later = pc.fill_null(pc.greater_equal(known["known_until"], moment), False)
    place = known.schema.get_field_index("known_until")
    nothing = pa.scalar(None, pa.timestamp("us"))
    return known.set_column(place, "known_until", pc.if_else(later, nothing, known["known_until"]))
