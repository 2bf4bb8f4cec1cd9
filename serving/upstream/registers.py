"""What the registers in the lake say about places, staff, visits and themselves, as known on a date."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import ibis
import pandas as pd

from data_contracts.lake import Lake
from features.connections import open_engine
from features.deployment import Deployment
from features.matrix import load_feeds, open_spine
from features.point_in_time import in_force
from features.visibility import visible
from serving.store.tables.lists import UNNAMED
from serving.upstream.never_scored import count_never_scored
from serving.upstream.protocol import Grid, Surroundings


def read_surroundings(
    lake: Lake, deployment: Deployment, *, as_of_date: date, spill: Path
) -> Surroundings:
    """Return grids, capacity with whose it is, addresses and visits.

    Where two spells of one thing overlap the newer one counts.
    """
    with open_engine(spill=spill, encrypted=False) as engine:
        feeds = load_feeds(engine, lake, deployment)
        spine, links = open_spine(engine, feeds, deployment, as_of_dates=(as_of_date,))

        def known(feed: str, *, spells: bool) -> pd.DataFrame:
            facts = visible(feeds[feed].facts, _dates(as_of_date))
            frame: pd.DataFrame = (in_force(facts) if spells else facts).execute()
            return frame.sort_values(["event_date", "known_from", feeds[feed].contract.fact_id])

        addresses: pd.DataFrame = links["address"].execute()
        # A visit filed under a number the household was known by is a visit to the household.
        names = links["household"].execute().set_index("entity_id")["household_id"]
        staff = _staff(known("staff_capacity", spells=False), as_of_date=as_of_date)
        visits = known("visits", spells=False)
        visits["household_id"] = visits["household_id"].map(names).fillna(visits["household_id"])
        return Surroundings(
            grids=_grids(known("grid_tree", spells=True)),
            capacity={key: sum(places.values()) for key, places in staff.items()},
            staff={key: places for key, places in staff.items() if UNNAMED not in places},
            addresses=addresses.rename(columns={"entity_id": "address_id"})[
                ["household_id", "address_id"]
            ],
            visits=pd.DataFrame(
                {
                    "household_id": visits["household_id"],
                    "visited_on": pd.to_datetime(visits["event_date"]).dt.date,
                    "finding": visits["finding"],
                }
            ),
            never_scored=count_never_scored(feeds, spine, links, as_of_date=as_of_date),
        )


def read_reach(
    lake: Lake, deployment: Deployment, *, as_of_date: date, spill: Path
) -> Mapping[str, date | None]:
    """Return the last day each feed speaks of; None for a feed that said nothing yet."""
    with open_engine(spill=spill, encrypted=False) as engine:
        feeds = load_feeds(engine, lake, deployment)
        newest = {
            name: visible(feed.facts, _dates(as_of_date)).event_date.max().execute()
            for name, feed in feeds.items()
        }
    return {
        name: None if pd.isna(day) else pd.Timestamp(day).date() for name, day in newest.items()
    }


def _dates(as_of_date: date) -> "ibis.Table":
    return ibis.memtable({"as_of_date": [as_of_date]}, schema={"as_of_date": "date"})


def _grids(tree: pd.DataFrame) -> dict[str, Grid]:
    names = tuple(Grid.__dataclass_fields__)
    return {
        str(row["grid_id"]): Grid(**{name: str(row[name]) for name in names})
        for row in tree[list(names)].to_dict("records")
    }


def _staff(statements: pd.DataFrame, *, as_of_date: date) -> dict[tuple[str, str], dict[str, int]]:
    """Return the places of a day by grid and role, and by worker; of the role together, under :data:`UNNAMED`.

    Lists are for ``as_of_date`` itself, so what is known beforehand to begin or to end by then does.
    """
    day = pd.Timestamp(as_of_date)
    told = pd.to_datetime(statements["event_date"])
    begins = pd.to_datetime(statements["first_day"]).fillna(told)
    ends = pd.to_datetime(statements["valid_to"])
    holds = (begins <= day) & (ends.isna() | (ends > day))
    of_the_day = statements.assign(begins=begins)[holds].sort_values("begins", kind="stable")
    found: dict[tuple[str, str], dict[str, int]] = {}
    for grid, role, worker, visits in zip(
        of_the_day["grid_id"].astype(str),
        of_the_day["role"].astype(str),
        of_the_day["worker_id"].fillna(UNNAMED).astype(str),
        of_the_day["visits_per_list"].astype(int).tolist(),
        strict=True,
    ):
        found.setdefault((grid, role), {})[worker] = visits
    for places in found.values():
        if len(places) > 1:
            places.pop(UNNAMED, None)
    return found
