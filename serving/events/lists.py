"""A list for one event and some grids, drawn up in seconds from the matrix of the last published night.

Who is on it follows from the event's conditions alone: no model, no score, nobody left in peace because of an
earlier visit. It is cut to what the grid's people can visit. Every household that had a reason is recorded,
listed or not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID, uuid5

import pandas as pd
import pyarrow.parquet as pq
from sqlalchemy import select

from features.matrix_contract import near
from features.registry import Feature, FeatureGroup, features_of
from models.rules.events import Event, EventError, judge, ordered, sentences, unknowns
from serving.canonical import Json, canonical_json
from serving.folders import sha256_of
from serving.ledger.runs import Publication, latest_publication, publication
from serving.refusals import ExitCode, Refusal
from serving.store import Store
from serving.store.schema import PUBLICATIONS, RUN_STEPS
from serving.upstream.protocol import Grid
from serving.upstream.surroundings_kept import Kept, kept_surroundings

_LISTS = UUID("0b1c9f0e-6a53-5a55-9f0c-9a4f6f2d7c31")
_MOST_UNKNOWNS = 3


@dataclass(frozen=True, kw_only=True)
class Night:
    """The published night a list is drawn from; its matrix is as it was published."""

    published: Publication
    matrix: Path
    matrix_sha256: str
    kept: Kept


@dataclass(frozen=True, kw_only=True)
class Decision:
    """One household with a reason: ``listed``, or ``truncated`` for want of capacity."""

    household_id: str
    grid_id: str
    decision: str
    reasons: str


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Households of one grid: listed; with a reason but no capacity; not decidable; in all."""

    grid_id: str
    capacity: int
    listed: int
    truncated: int
    undecided: int
    considered: int


@dataclass(frozen=True, kw_only=True)
class EventList:
    """A drawn-up list. ``content`` is all that leaves the engine."""

    list_id: str
    event: str
    counts: tuple[Counts, ...]
    content: dict[str, Json]
    decisions: tuple[Decision, ...]


def last_night(store: Store, *, home: Path, as_of_date: date | None) -> Night:
    """Return the published night of a date, or the last one.

    Raises:
        Refusal: nothing is published for it, or its matrix is gone or no longer the published one.
    """
    found = (
        latest_publication(store)
        if as_of_date is None
        else publication(store, as_of_date=as_of_date)
    )
    if found is None:
        of = "" if as_of_date is None else f" for {as_of_date}"
        raise Refusal(
            ExitCode.NOT_FOUND,
            found=f"no night is published{of}.",
            to_do="Run `zhaoren nightly` first (`zhaoren status` shows what is published).",
        )
    matrix = home / "matrices" / f"{found.as_of_date.isoformat()}.parquet"
    digest = sha256_of(matrix)
    if digest is None or digest != _published_matrix(store, found):
        state = "gone" if digest is None else "not the one that was published"
        raise Refusal(
            ExitCode.LISTS_DAMAGED,
            found=f"the matrix of {found.as_of_date} ({matrix.name}) is {state}.",
            to_do="Restore it from a backup, or use a later night.",
        )
    kept = kept_surroundings(matrix=matrix)
    return Night(published=found, matrix=matrix, matrix_sha256=digest, kept=kept)


def draw_event_list(
    night: Night,
    event_name: str,
    event: Event,
    groups: Sequence[FeatureGroup],
    *,
    grids: Sequence[str] | None,
    limit: int | None,
    notices: Sequence[str],
) -> EventList:
    """Return the list of an event for ``grids``, all of them if None.

    Args:
        night: what it is drawn from.
        event_name: for the record.
        event: its conditions and words.
        groups: the declarations.
        grids: grid ids; the list has one part per grid in order of id.
        limit: the most households per grid, instead of the capacity of the roles it is meant for.
        notices: what to say on top about the data.

    Raises:
        Refusal: an unknown grid, or the matrix lacks a column the event names.
    """
    asked = sorted(night.kept.grids) if grids is None else sorted(set(grids))
    for grid in asked:
        if grid not in night.kept.grids:
            raise Refusal(
                ExitCode.NOT_FOUND,
                found=f"there is no grid {grid!r} on {night.published.as_of_date}"
                f"{near(grid, night.kept.grids)}.",
                to_do="Correct --grids; separate several with commas.",
            )
    try:
        judged = judge(night.matrix, event, groups, grids=None if grids is None else asked)
    except EventError as error:
        raise Refusal(
            ExitCode.POLICY_WRONG, found=f"{error}.", to_do="Nothing was drawn up."
        ) from error
    rows = ordered(_with_addresses(judged.rows, night.kept))
    rows = rows[rows["grid_id"].isin(asked)].reset_index(drop=True)
    most = {grid: _most(night.kept, grid, event, limit) for grid in asked}
    place = rows.groupby("grid_id", sort=False).cumcount()
    is_listed = place < rows["grid_id"].map(most).astype("int64")
    day = night.published.as_of_date
    entries = _entries(rows[is_listed], event, groups, day)
    cut = rows.loc[~is_listed, "grid_id"].value_counts()
    counts = tuple(
        Counts(
            grid_id=grid,
            capacity=most[grid],
            listed=len(entries.get(grid, [])),
            truncated=int(cut.get(grid, 0)),
            undecided=judged.undecided.get(grid, 0),
            considered=judged.considered.get(grid, 0),
        )
        for grid in asked
    )
    identity = canonical_json(
        [
            day.isoformat(), night.published.manifest_sha256, night.matrix_sha256,
            event_name, event.sha256, list(asked), limit,
        ]
    )  # fmt: skip
    return EventList(
        list_id=str(uuid5(_LISTS, identity.decode())),
        event=event_name,
        counts=counts,
        content={
            "title": event.title,
            "for_whom": event.for_whom,
            "as_of_date": day.isoformat(),
            "data_until": (day - timedelta(days=1)).isoformat(),
            "notices": list(notices),
            "ask": list(event.ask),
            "grids": [
                _part(night.kept.grids[one.grid_id], one, entries.get(one.grid_id, []))
                for one in counts
            ],
        },
        decisions=tuple(_decisions(rows, is_listed, event)),
    )


def _published_matrix(store: Store, found: Publication) -> str | None:
    query = (
        select(RUN_STEPS.c.output_sha256)
        .join(PUBLICATIONS, PUBLICATIONS.c.run_id == RUN_STEPS.c.run_id)
        .where(
            PUBLICATIONS.c.as_of_date == found.as_of_date,
            PUBLICATIONS.c.publish_seq == found.publish_seq,
            RUN_STEPS.c.step == "features",
        )
    )
    with store.read() as connection:
        digest: str | None = connection.scalar(query)
    return digest


def _with_addresses(rows: pd.DataFrame, kept: Kept) -> pd.DataFrame:
    wanted = sorted(rows["household_id"])
    # Few grids: a filter while reading. A whole district: reading everything is faster than a long filter.
    given = [("household_id", "in", wanted)] if len(wanted) < 10_000 else None
    addresses = pq.read_table(kept.addresses, filters=given).to_pandas()
    return rows.merge(addresses, on="household_id", how="left")


def _most(kept: Kept, grid: str, event: Event, limit: int | None) -> int:
    if limit is not None:
        return limit
    return sum(kept.capacity.get((grid, role), 0) for role in event.meant_for)


def _part(grid: Grid, counts: Counts, entries: list[Json]) -> dict[str, Json]:
    return {
        "grid_id": grid.grid_id,
        "grid_name": grid.grid_name,
        "community_name": grid.community_name,
        "street_name": grid.street_name,
        "capacity": counts.capacity,
        "not_listed": counts.truncated,
        "undecided": counts.undecided,
        "entries": entries,
    }


def _entries(
    rows: pd.DataFrame, event: Event, groups: Sequence[FeatureGroup], day: date
) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    features = {feature.name: feature for feature in features_of(groups)}
    for row in rows.to_dict("records"):
        found.setdefault(str(row["grid_id"]), []).append(
            _entry({str(name): value for name, value in row.items()}, event, features, day)
        )
    return found


def _entry(
    row: Mapping[str, object], event: Event, features: Mapping[str, Feature], day: date
) -> Json:
    known_until = f"截至{(day - timedelta(days=1)).isoformat()}所知"
    reasons: list[Json] = [
        {
            "text": said.text,
            "severity": said.severity,
            "when": known_until if said.on is None else f"{said.on:%Y-%m-%d}",
        }
        for said in sentences(row, event, features)
    ]
    address = row["address_id"]
    return {
        "household_id": str(row["household_id"]),
        "address_id": address if isinstance(address, str) else None,
        "reasons": reasons,
        "unknown": list(unknowns(row, event)[:_MOST_UNKNOWNS]),
    }


def _decisions(rows: pd.DataFrame, is_listed: "pd.Series[bool]", event: Event) -> list[Decision]:
    names = [reason.id for reason in event.reasons]
    told = pd.Series("", index=rows.index)
    for name in names:
        told = told.where(~rows[f"holds_{name}"], told + name + ";")
    return [
        Decision(
            household_id=str(household),
            grid_id=str(grid),
            decision="listed" if listed else "truncated",
            reasons=reasons.rstrip(";"),
        )
        for household, grid, listed, reasons in zip(
            rows["household_id"], rows["grid_id"], is_listed, told, strict=True
        )
    ]
