"""What each trigger's alerts were worth once somebody had been at the door: alerts, visits, need confirmed.

Read from the matrices a home keeps and the visits it received. Visits follow lists, not lots: the yield is that of
the alerts somebody went to see, not of the trigger among all households.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import ibis
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.parquet as pq

from data_contracts.engines import Engine
from data_contracts.lake import Lake
from features.connections import open_engine
from features.deployment import Deployment, Feeds
from features.groups.contact_history import CLEARING_FINDINGS, CONFIRMING_FINDINGS
from features.labels import OutcomeWindow
from features.matrix import load_feeds, open_spine
from features.point_in_time import PointInTime
from models.resampling import Interval, wilson
from models.rules.triggers import RuleBook, Trigger

FOLLOWED_DAYS = 90
"""A visit so many days after an alert still answers it; until then the household's alert stays one."""
DATES_AT_ONCE = 12
ENOUGH = 30
"""Under so many answered alerts a share says too little to be printed."""


class NothingObserved(LookupError):
    """The home keeps no matrix of the days asked for."""


@dataclass(frozen=True, kw_only=True)
class ObservedYield:
    """One trigger over a range of dates.

    ``fired`` are alerts, ``visited`` those followed by a visit in time, ``answered`` those whose visit reached somebody,
    ``confirmed`` those found in need; ``dates`` how many matrices could be asked. The interval is Wilson's.
    """

    trigger_id: str
    kind: str
    title_zh: str
    dates: int
    fired: int
    visited: int
    answered: int
    confirmed: int

    @property
    def share(self) -> Interval | None:
        """Confirmed over answered alerts; None where there are too few to tell."""
        if self.answered < ENOUGH:
            return None
        return wilson(float(self.confirmed), of=float(self.answered))


def observe(
    home: Path,
    deployment: Deployment,
    book: RuleBook,
    *,
    since: date | None,
    until: date,
    progress: Callable[[str], None] = lambda _: None,
) -> list[ObservedYield]:
    """Return the yield of every trigger over the matrices of ``[since, until)``, most alerts first.

    Only visits before ``until``, as known then, are looked at.

    Raises:
        NothingObserved: no matrix of those days is kept.
    """
    matrices = {
        day: path
        for day, path in kept_matrices(home, deployment).items()
        if day < until and (since is None or day >= since)
    }
    if not matrices:
        raise NothingObserved(
            f"{home} keeps no matrix of the days before {until}: run a night or a training first"
        )
    visits = _visits(home, deployment, list(matrices), until=until)
    tally = {name: Tally() for name in (*book.versions, *book.safety)}
    for day, path in sorted(matrices.items()):
        progress(f"{day}: {path.name}")
        answers = visits[visits["as_of_date"] == pd.Timestamp(day)].set_index("household_id")
        for name, trigger, frame in _asked(path, book, day):
            tally[name].count(trigger, frame, day, answers)
    found = [one.told(book, name, until) for name, one in tally.items()]
    return sorted(found, key=lambda one: (-one.fired, one.trigger_id))


def kept_matrices(home: Path, deployment: Deployment) -> dict[date, Path]:
    """Return the newest matrix kept of each day; that of the night before one of training."""
    folder = home / "matrices"
    trained = sorted(
        (folder / deployment.name).glob("????-??-??_*.parquet"),
        key=lambda path: path.stat().st_mtime,
    )
    nights = folder.glob("????-??-??.parquet")
    return {date.fromisoformat(path.stem[:10]): path for path in (*trained, *nights)}


def _asked(path: Path, book: RuleBook, day: date) -> Iterator[tuple[str, Trigger, pd.DataFrame]]:
    """Yield each trigger in force with the columns it reads; one whose columns the matrix lacks is left out."""
    present = set(pq.read_schema(path).names)
    triggers = {
        name: book.in_force(name, as_of_date=day) for name in (*book.versions, *book.safety)
    }
    columns = {column for one in triggers.values() for column in one.columns} & present
    frame = pq.read_table(path, columns=["household_id", *sorted(columns)]).to_pandas()
    for name, trigger in triggers.items():
        if present.issuperset(trigger.columns):
            yield name, trigger, frame


class Tally:
    """Alerts of one trigger, date after date: a household has one at a time."""

    def __init__(self) -> None:
        self._opened: pd.Series[pd.Timestamp] = pd.Series(dtype="datetime64[s]")
        self._sizes: pd.Series[float] = pd.Series(dtype="float64")
        self._days = 0
        self._counts = np.zeros(4, dtype=np.int64)

    def count(
        self, trigger: Trigger, frame: pd.DataFrame, day: date, answers: pd.DataFrame
    ) -> None:
        """Add the alerts of a date and how they were answered."""
        self._days += 1
        rows = frame[trigger.fired(frame)]
        households = pd.Index(rows["household_id"])
        sizes = _sizes(rows, trigger)
        opened = self._opened.reindex(households)
        closed = opened + pd.Timedelta(days=FOLLOWED_DAYS) <= pd.Timestamp(day)
        new = opened.isna().to_numpy() | closed.to_numpy()
        if trigger.repeats_if_grown:
            new &= ~(self._sizes.reindex(households).to_numpy() >= sizes)
        alerts = households[new]
        fresh = pd.Series(pd.Timestamp(day), index=alerts)
        self._opened = fresh.combine_first(self._opened)
        self._sizes = pd.Series(sizes[new], index=alerts).combine_first(self._sizes)
        answered = answers.reindex(alerts)
        self._counts += [
            len(alerts),
            int(answered["visited"].notna().sum()),
            int(answered["answered"].eq(True).sum()),
            int(answered["confirmed"].eq(True).sum()),
        ]

    def told(self, book: RuleBook, name: str, until: date) -> ObservedYield:
        """Return what was counted."""
        trigger = book.in_force(name, as_of_date=until)
        fired, visited, answered, confirmed = (int(number) for number in self._counts)
        return ObservedYield(
            trigger_id=name,
            kind=trigger.kind,
            title_zh=trigger.title_zh,
            dates=self._days,
            fired=fired,
            visited=visited,
            answered=answered,
            confirmed=confirmed,
        )


def _sizes(rows: pd.DataFrame, trigger: Trigger) -> npt.NDArray[np.float64]:
    if trigger.order_by is None:
        return np.zeros(len(rows))
    name = trigger.order_by.removeprefix("-")
    numbers = rows[name].to_numpy(dtype=np.float64, na_value=np.nan)
    return -numbers if trigger.order_by.startswith("-") else numbers


def _visits(
    home: Path, deployment: Deployment, days: Sequence[date], *, until: date
) -> pd.DataFrame:
    with open_engine(spill=home / "spill") as engine:
        feeds = load_feeds(engine, Lake(home), deployment)
        found = [
            visits_after(
                engine, feeds, deployment, days[first : first + DATES_AT_ONCE], until=until
            )
            for first in range(0, len(days), DATES_AT_ONCE)
        ]
    return pd.concat(found, ignore_index=True)


def visits_after(
    engine: Engine, feeds: Feeds, deployment: Deployment, days: Sequence[date], *, until: date
) -> pd.DataFrame:
    """Return ``household_id, as_of_date, visited, answered, confirmed`` of who was visited within the days followed.

    ``answered``: a visit reached somebody; ``confirmed``: one of them found need. Visits from ``until`` on, and
    what became known of others since, are not looked at.
    """
    spine, links = open_spine(engine, feeds, deployment, as_of_dates=tuple(days))
    window = OutcomeWindow(
        spine=spine,
        feeds=feeds,
        links=links,
        past=PointInTime(spine, feeds, links),
        days=FOLLOWED_DAYS,
        known_before=until,
    )
    visits = window.facts("visits")
    visits = visits.filter(visits.event_date < ibis.date(until.isoformat()))
    confirmed = visits.finding.isin(CONFIRMING_FINDINGS)
    cleared = visits.finding.isin(CLEARING_FINDINGS)
    seen = visits.group_by(["household_id", "as_of_date"]).agg(
        visited=visits.count(), answered=(confirmed | cleared).any(), confirmed=confirmed.any()
    )
    found: pd.DataFrame = seen.to_pandas()
    return found.assign(as_of_date=pd.to_datetime(found["as_of_date"]))


def day_after_last_arrival(home: Path) -> date:
    """Return the day after the home last received anything.

    Raises:
        NothingObserved: it never did.
    """
    times = [time for received in Lake(home).arrivals().values() for time in received]
    if not times:
        raise NothingObserved(f"{home} never received a delivery: ingest some first")
    return max(times).date() + timedelta(days=1)


def store(found: list[ObservedYield], folder: Path, *, since: date | None, until: date) -> Path:
    """Write the table as Parquet and return where; a table of the same days is replaced."""
    rows = [
        {
            **{name: getattr(one, name) for name in one.__dataclass_fields__},
            **dict(zip(("share", "low", "high"), _interval(one.share), strict=True)),
        }
        for one in found
    ]
    path = folder / f"triggers_{since or 'first'}_{until}.parquet"
    folder.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows).assign(since=since, until=until).to_parquet(path, index=False)
    return path


def _interval(share: Interval | None) -> tuple[float | None, float | None, float | None]:
    return (None, None, None) if share is None else (share.value, share.low, share.high)
