"""What the engine concludes on a night, told to itself as it tells a department: by versions.

The engine delivers what it concludes (``household_members``, ``household_lineage``, ``disputes``) through
the gate like anybody else. Drawing many nights one after the other, as for training, need not wait for
the gate each time: the versions are kept here as the lake would keep them.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, partial

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from ibis.backends.duckdb import Backend

from features.coliving.conclude import LINEAGE, MEMBERS, conclude_households
from features.coliving.evidence import READS as EVIDENCE_READS
from features.coliving.evidence import Evidence, evidence
from features.coliving.weights import weights_on
from features.conflicts.disputes import news_of_disputes
from features.conflicts.finding import READS, find_conflicts
from features.conflicts.numbers import number_on, numbers_on
from features.connections import keep
from features.deployment import Feeds
from features.disputes import DISPUTES
from features.known import Known
from features.visibility import visible_on

OWN_FEEDS = (MEMBERS, LINEAGE, DISPUTES)
READ_FEEDS = tuple(sorted(READS | EVIDENCE_READS))
FLOWS = ("medical_settlements", "social_insurance", "utility_bills")
"""Feeds of many small events, read one year back: who gave no sign of life for a year gave none."""
Written = dict[tuple[str, Hashable], tuple[str, pa.Schema]]
_OPEN = pa.schema([("disputed_feed", pa.string()), ("disputed_fact_id", pa.string())])


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

    def __init__(self, engine: Backend, feeds: Feeds, *, written: Written | None = None) -> None:
        """Start from what the lake holds of them.

        Args:
            engine: where the feeds live.
            feeds: departments' feeds and the engine's own, facts under dispute included.
            written: questions already written as SQL, to share between several of the same feeds.
        """
        self._engine = engine
        self._departments = {name: feeds[name].facts for name in READ_FEEDS if name in feeds}
        self._contracts = {name: feeds[name].contract for name in (*OWN_FEEDS, *self._departments)}
        self._versions = {
            name: engine.to_pyarrow(feeds[name].facts).combine_chunks() for name in OWN_FEEDS
        }
        self._compiled: Written = {} if written is None else written

    def draw(self, as_of_date: date, *, right: Mapping[str, str] | None = None) -> Drawn:
        """Conclude the night of ``as_of_date`` and count it as told.

        Args:
            as_of_date: the night. Drawing one again gives no news.
            right: per conflict that was answered before the night, the feed that is right.
        """
        at = told_at(as_of_date)
        told = self._night(as_of_date)
        numbers = tuple(sorted(numbers_on(as_of_date).items()))
        conflicts = self._frame("conflicts", numbers, lambda: find_conflicts(told))
        disputes = news_of_disputes(
            conflicts,
            self.known(DISPUTES, as_of_date),
            self._contracts[DISPUTES],
            right=right or {},
            as_of_date=as_of_date,
        )
        self._tell(DISPUTES, disputes, at)
        before = _as_before(self._versions[MEMBERS], at)
        free = self._free(told, self.known(DISPUTES, as_of_date), before)
        weights = weights_on(as_of_date)
        parts = cache(lambda: evidence(free, told, weights=weights))
        found = {
            name: self._frame(name, tuple(weights.items()), partial(_part, parts, name))
            for name in ("people", "homes", "empty", "links", "gone")
        }
        found["previous"] = _current(before)
        found["used"] = pd.DataFrame({"household_id": before["household_id"].unique().to_pandas()})
        found["absorbed"] = _current(_as_before(self._versions[LINEAGE], at))
        households = conclude_households(
            found, self._contracts, as_of_date=as_of_date, held=self.known(MEMBERS, as_of_date)
        )
        self._tell(MEMBERS, households.members, at)
        self._tell(LINEAGE, households.lineage, at)
        news = {MEMBERS: households.members, LINEAGE: households.lineage, DISPUTES: disputes}
        return Drawn(as_of_date, news, households.households, conflicts)

    def _night(self, as_of_date: date) -> Known:
        """Filter every feed to what was known on the night, once."""
        first = as_of_date - timedelta(days=number_on("looks_back_days", as_of_date))
        tables = {}
        for name, facts in self._departments.items():
            known = visible_on(facts, as_of_date)
            if name in FLOWS:
                known = known.filter(known.event_date >= ibis.date(first.isoformat()))
            tables[name] = keep(self._engine, f"told_{name}", known)
        return Known(tables, as_of_date)

    def _free(self, told: Known, disputes: pd.DataFrame, members: pa.Table) -> Known:
        """Return the facts of the night without those under dispute."""
        open_ = disputes.loc[disputes["valid_to"].isna(), ["disputed_feed", "disputed_fact_id"]]
        rows = pa.Table.from_pandas(open_, preserve_index=False, schema=_OPEN)
        hidden = keep(self._engine, "open_disputes", ibis.memtable(rows))
        tables = {MEMBERS: keep(self._engine, "earlier_members", self._earlier(members, told.day))}
        for name in self._departments:
            facts, fact_id = told.facts(name), self._contracts[name].fact_id
            of_feed = hidden.filter(hidden.disputed_feed == name)
            tables[name] = facts.anti_join(of_feed, facts[fact_id] == of_feed.disputed_fact_id)
        return Known(tables, told.day)

    def _earlier(self, members: pa.Table, day: date) -> ir.Table:
        return visible_on(ibis.memtable(members), day)

    def _frame(self, name: str, numbers: Hashable, make: Callable[[], ir.Table]) -> pd.DataFrame:
        """Run a question of the night; its SQL is written once for all nights with the same numbers.

        Writing it takes ten times as long as running it on a small district.
        """
        if (name, numbers) not in self._compiled:
            asked = make()
            written = str(self._engine.compile(asked))
            self._compiled[name, numbers] = (written, asked.schema().to_pyarrow())
        written, schema = self._compiled[name, numbers]
        rows = self._engine.con.sql(written).to_arrow_table().cast(schema)
        frame: pd.DataFrame = rows.to_pandas(date_as_object=False)
        return frame

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
        fact_id = self._contracts[feed].fact_id
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


def _part(parts: Callable[[], Evidence], name: str) -> ir.Table:
    table: ir.Table = getattr(parts(), name)
    return table


def _current(versions: pa.Table) -> pd.DataFrame:
    """Return the spells without an end among the versions nothing had replaced."""
    current = versions.filter(pc.is_null(versions["known_until"]))
    if "valid_to" in current.column_names:
        current = current.filter(pc.is_null(current["valid_to"]))
    frame: pd.DataFrame = current.to_pandas(date_as_object=False)
    return frame


def _as_before(versions: pa.Table, at: datetime) -> pa.Table:
    """Return the versions as they stood right before a moment."""
    moment = pa.scalar(at, pa.timestamp("us"))
    known = versions.filter(pc.less(versions["known_from"], moment))
    later = pc.fill_null(pc.greater_equal(known["known_until"], moment), False)
    place = known.schema.get_field_index("known_until")
    nothing = pa.scalar(None, pa.timestamp("us"))
    return known.set_column(place, "known_until", pc.if_else(later, nothing, known["known_until"]))
