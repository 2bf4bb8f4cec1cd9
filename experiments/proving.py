"""Was a past row what that night could have known? Rebuild it from the lake of the time and compare.

Three ways to the same row: what is stored, what a night builds of one date from nothing but the deliveries
received before it, and what training builds of many dates from the whole lake. Any difference is a leak, or a
definition changed without a new matrix.
"""

import hashlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Literal

import pandas as pd
import pyarrow.parquet as pq

from data_contracts.lake import Lake
from data_contracts.past_lake import PastLake
from experiments.history import definitions_digest
from features.connections import open_engine
from features.deployment import Deployment
from features.matrix import Arrivals, build_matrices, build_matrix, load_feeds
from features.matrix_contract import AREA

Against = Literal["stored", "training"]
HOUSEHOLDS = "household_id"


class NothingToProve(LookupError):
    """The home has no past date that could be rebuilt."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One column of one date that is not what the night could have known."""

    as_of_date: date
    against: Against
    group: str
    column: str
    households: int


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What was compared and what differed. ``set_aside`` says why a stored matrix was left out."""

    dates: tuple[date, ...]
    stored: tuple[date, ...]
    households: int
    values: int
    differences: tuple[Difference, ...]
    set_aside: Mapping[str, str]


def prove(
    home: Path,
    deployment: Deployment,
    *,
    dates: int,
    households: int,
    progress: Callable[[str], None] = lambda _: None,
) -> Proof:
    """Rebuild up to ``dates`` past dates and compare ``households`` of each, the same ones every time.

    Raises:
        NothingToProve: no matrix is stored and the lake has less than two months.
    """
    lake = Lake(home)
    stored, set_aside = stored_matrices(home, lake, deployment)
    chosen = _spread(sorted(stored) or _month_firsts(lake), dates)
    if not chosen:
        raise NothingToProve(
            f"{home} has no matrix and no two months of facts: ingest deliveries first"
        )
    compared, values, found = 0, 0, list[Difference]()
    with tempfile.TemporaryDirectory(prefix="proof", dir=home) as folder:
        scratch = Path(folder)
        trained = _as_training(home, lake, deployment, chosen, scratch / "training", progress)
        for day in chosen:
            progress(f"{day}: rebuilt from what had been received before it")
            night = _as_that_night(home, deployment, day, scratch / f"{day}.parquet")
            others: list[tuple[Against, Path]] = [("training", trained[day])]
            others += [("stored", path) for path in stored.get(day, ())]
            sample = _sample([night, *(path for _, path in others)], households)
            rebuilt = _rows(night, sample)
            compared += len(rebuilt)
            for against, path in others:
                values += rebuilt.size
                found += _differences(rebuilt, _rows(path, sample), deployment, day, against)
    return Proof(
        dates=tuple(chosen),
        stored=tuple(day for day in chosen if day in stored),
        households=compared,
        values=values,
        differences=tuple(found),
        set_aside=set_aside,
    )


def stored_matrices(
    home: Path, lake: Lake, deployment: Deployment
) -> tuple[dict[date, list[Path]], dict[str, str]]:
    """Return the stored matrices that today's definitions and facts should give again, and why not the others.

    A matrix of training carries in its name what it was made of. One of a night does not: it counts while
    its columns are today's and nothing has expired since.
    """
    code = definitions_digest(deployment)[:12]
    columns = {column for group in deployment.groups for column in group.columns}
    found: dict[date, list[Path]] = {}
    set_aside: dict[str, str] = {}
    folder = home / "matrices"
    nights = folder.glob("????-??-??.parquet")
    for path in sorted([*nights, *(folder / deployment.name).glob("*.parquet")]):
        day = date.fromisoformat(path.stem[:10])
        name = path.relative_to(home).as_posix()
        facts = lake.digest(before=_midnight(day))[:12]
        if path.parent == folder:
            expired = [one for one in lake.catalogue.removals() if one.as_of_date >= day]
            if not columns < set(pq.read_schema(path).names):
                set_aside[name] = "its columns are not those declared today"
            elif expired:
                set_aside[name] = "facts it rests on have expired since"
            else:
                found.setdefault(day, []).append(path)
        elif not path.stem.endswith(f"_{code}"):
            set_aside[name] = "made by other definitions than today's"
        elif not path.stem.startswith(f"{day}_{facts}"):
            set_aside[name] = "what is known of that time has changed since"
        else:
            found.setdefault(day, []).append(path)
    return found, set_aside


def _as_that_night(home: Path, deployment: Deployment, day: date, out: Path) -> Path:
    lake = PastLake(home, before=_midnight(day))
    with open_engine(spill=home / "spill") as engine:
        feeds = load_feeds(engine, lake, deployment)
        build_matrix(engine, feeds, Arrivals(lake.arrivals()), deployment, as_of_date=day, out=out)
    return out


def _as_training(
    home: Path,
    lake: Lake,
    deployment: Deployment,
    days: Sequence[date],
    out: Path,
    progress: Callable[[str], None],
) -> dict[date, Path]:
    # With one date more than asked for, even a single one is built as training builds it: beside others.
    beside = min(days) - timedelta(days=1)
    with open_engine(spill=home / "spill") as engine:
        built = build_matrices(
            engine,
            load_feeds(engine, lake, deployment),
            Arrivals(lake.arrivals()),
            deployment,
            out={day: out / f"{day}.parquet" for day in (beside, *days)},
            progress=progress,
        )
    return {matrix.as_of_date: matrix.path for matrix in built}


def _spread(days: Sequence[date], most: int) -> list[date]:
    """Return up to ``most`` of the days, evenly spread, the last always among them."""
    if len(days) <= most:
        return list(days)
    step = len(days) / most
    return sorted({days[len(days) - 1 - int(place * step)] for place in range(most)})


def _month_firsts(lake: Lake) -> list[date]:
    times = [time for received in lake.arrivals().values() for time in received]
    if not times:
        return []
    firsts = pd.date_range(min(times), max(times), freq="MS", normalize=True)
    return [first.date() for first in firsts[1:]]


def _sample(paths: Sequence[Path], most: int) -> list[str]:
    """Return households of any of the matrices, by the hash of their id: any subset is like the others."""
    everybody = {
        household
        for path in paths
        for household in pq.read_table(path, columns=[HOUSEHOLDS])[HOUSEHOLDS].to_pylist()
    }
    return sorted(everybody, key=lambda one: hashlib.sha256(one.encode()).digest())[:most]


def _rows(path: Path, households: list[str]) -> pd.DataFrame:
    table = pq.read_table(path, filters=[(HOUSEHOLDS, "in", households)])
    frame: pd.DataFrame = table.to_pandas().set_index(HOUSEHOLDS)
    return frame.sort_index()


def _differences(
    rebuilt: pd.DataFrame, other: pd.DataFrame, deployment: Deployment, day: date, against: Against
) -> list[Difference]:
    groups = {column: group.name for group in deployment.groups for column in group.columns}
    groups |= {AREA: "area", "as_of_date": "spine", HOUSEHOLDS: "spine"}
    counts = {HOUSEHOLDS: len(rebuilt.index.symmetric_difference(other.index))}
    both = rebuilt.index.intersection(other.index)
    for column in sorted({*rebuilt.columns, *other.columns}):
        if column not in rebuilt or column not in other:
            counts[column] = len(both)
            continue
        ours, theirs = rebuilt.loc[both, column], other.loc[both, column]
        counts[column] = int((~((ours == theirs) | (ours.isna() & theirs.isna()))).sum())
    return [
        Difference(
            as_of_date=day,
            against=against,
            group=groups.get(column, "undeclared"),
            column=column,
            households=count,
        )
        for column, count in counts.items()
        if count
    ]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())
