"""The households of one night, and what of them is news: only that is delivered."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from data_contracts.cells import ARROW_TYPES
from data_contracts.odcs import Contract
from features.coliving.identity import identify
from features.coliving.partition import partition
from features.coliving.relations import relations
from features.coliving.weights import Weights, weights_on

MEMBERS, LINEAGE = "household_members", "household_lineage"
_TOLD = (
    "birth_date", "sex", "relation", "marital_status", "hukou", "confidence", "certain", "evidence",
)  # fmt: skip
"""What a membership says beside who, where and since when; a change of it is a correction."""


@dataclass(frozen=True)
class Households:
    """News of one night, in the columns of the contracts; empty where nothing changed."""

    members: pa.Table
    lineage: pa.Table
    households: int


def conclude_households(
    found: Mapping[str, pd.DataFrame],
    contracts: Mapping[str, Contract],
    *,
    as_of_date: date,
    held: pd.DataFrame,
) -> Households:
    """Conclude who lives with whom on the night of ``as_of_date`` and return what changed.

    Args:
        found: the evidence of the night by its names, and what was concluded before the night:
            ``previous`` (memberships in force), ``used`` (``household_id``: every id so far) and
            ``absorbed`` (the lineage so far).
            Nothing of the night itself, so that drawing it again gives the same.
        contracts: of the feeds delivered.
        as_of_date: the night.
        held: memberships already told, this night's included: news is what differs from them.
    """
    return _concluded(found, contracts, held, as_of_date=as_of_date, weights=weights_on(as_of_date))


def _concluded(
    frames: Mapping[str, pd.DataFrame],
    contracts: Mapping[str, Contract],
    held: pd.DataFrame,
    *,
    as_of_date: date,
    weights: Weights,
) -> Households:
    previous, gone = frames["previous"], frames["gone"]
    previous = previous[previous["certain"]].sort_values(["person_id", "event_date"])
    previous = previous.drop_duplicates("person_id", keep="last")
    left = gone[~_among(gone["person_id"], frames["homes"]["person_id"])]["person_id"]
    links = frames["links"]
    links = links[~(_among(links["person_a"], left) | _among(links["person_b"], left))]
    parts = partition(
        frames["homes"], frames["empty"]["address_id"], links,
        tenants=frames["homes"].loc[frames["homes"]["kind"] == "tenure", ["person_id", "address_id"]],
        weights=weights,
    )  # fmt: skip
    people = frames["people"]
    placed = parts.placed.merge(people, on="person_id", how="left")
    placed["is_book_head"] = placed["book_relation"] == "head"
    identities = identify(
        placed,
        previous.assign(is_head=previous["relation"] == "head")[
            ["person_id", "household_id", "is_head"]
        ],
        used=frames["used"]["household_id"],
        as_of_date=as_of_date,
    )
    placed["relation"] = relations(placed, links)
    doubtful = parts.doubtful.merge(people, on="person_id", how="left")
    doubtful["relation"] = "other"
    wanted = pd.concat([placed.assign(certain=True), doubtful.assign(certain=False)])
    wanted["household_id"] = identities.ids.reindex(wanted["group"]).to_numpy()
    yesterday = pd.Timestamp(as_of_date - timedelta(days=1))
    # A doubt is about somebody else's household; about one's own it is no doubt.
    changed = _news(wanted, held, gone, yesterday=yesterday)
    lineage = _with_absorbed(identities.lineage, frames["absorbed"]).assign(event_date=yesterday)
    lineage["lineage_id"] = [
        _hash("l", *row)
        for row in zip(
            lineage["household_id"],
            lineage["predecessor_id"],
            [as_of_date.isoformat()] * len(lineage),
            strict=True,
        )
    ]
    return Households(
        members=_rows(contracts[MEMBERS], changed),
        lineage=_rows(contracts[LINEAGE], lineage),
        households=len(identities.ids),
    )


def _with_absorbed(lineage: pd.DataFrame, absorbed: pd.DataFrame) -> pd.DataFrame:
    """Add to each merge the households its predecessor had absorbed: one step finds them all."""
    merged = lineage[lineage["kind"] == "merge"]
    before = absorbed.loc[absorbed["kind"] == "merge", ["household_id", "predecessor_id"]]
    handed_on = merged.merge(
        before.rename(columns={"household_id": "predecessor_id", "predecessor_id": "older"}),
        on="predecessor_id",
    )
    handed_on = handed_on.assign(predecessor_id=handed_on["older"]).drop(columns="older")
    return pd.concat([lineage, handed_on]).drop_duplicates(["household_id", "predecessor_id"])


def _news(
    wanted: pd.DataFrame, held: pd.DataFrame, gone: pd.DataFrame, *, yesterday: pd.Timestamp
) -> pd.DataFrame:
    """Return new spells, changed ones, and ended ones with their end."""
    spell = ["person_id", "household_id", "address_id", "certain"]
    open_ = held[held["valid_to"].isna()].sort_values("membership_id").drop_duplicates(spell)
    joined = wanted.merge(
        open_[[*spell, "membership_id", "event_date", *_TOLD[:-2], "evidence"]],
        on=spell, how="left", suffixes=("", "_held"),
    )  # fmt: skip
    is_new = joined["membership_id"].isna()
    before = open_[open_["certain"]].groupby("person_id")["event_date"].max()
    moved_in = joined["since"].where(lambda days: days <= yesterday, yesterday)
    # Another household at the same address begins when it is concluded, not when the flat was taken.
    homes = open_.loc[open_["certain"], ["person_id", "address_id"]].drop_duplicates()
    stayed = joined[["person_id", "address_id"]].merge(homes, how="left", indicator=True)["_merge"]
    moved_in = moved_in.where((stayed != "both").to_numpy(), yesterday)
    joined["event_date"] = joined["event_date"].where(~is_new, moved_in)
    # Nobody moves on before having moved in: the earlier spell then counts as never having been.
    floor = _of(joined["person_id"], before)
    late = is_new & floor.notna() & (joined["event_date"] < floor)
    joined.loc[late, "event_date"] = floor[late]
    joined.loc[is_new, "membership_id"] = [
        _hash("m", *map(str, row))
        for row in joined.loc[is_new, [*spell, "event_date"]].itertuples(index=False)
    ]
    differs = is_new.copy()
    for name in (*_TOLD[:-2], "evidence"):
        mine, theirs = joined[name], joined[f"{name}_held"]
        differs |= ~((mine == theirs).fillna(False).astype(bool) | (mine.isna() & theirs.isna()))
    fresh = joined[differs].assign(valid_to=np.datetime64("NaT", "us"))

    kept = joined.loc[~is_new, "membership_id"]
    ended = open_[~_among(open_["membership_id"], kept)]
    starts = joined[joined["certain"] & is_new].groupby("person_id")["event_date"].min()
    ended = ended.merge(gone, on="person_id", how="left")
    until = ended["until"].fillna(_of(ended["person_id"], starts)).fillna(yesterday)
    until = until.where(lambda days: days <= yesterday, yesterday)
    ended = ended.assign(valid_to=np.maximum(until, ended["event_date"]))
    columns = ["membership_id", *spell[:3], "event_date", "valid_to", *_TOLD]
    return pd.concat([fresh[columns], ended[columns]]).sort_values("membership_id")


def _of(persons: pd.Series, days: pd.Series) -> pd.Series:
    """Return each person's day; missing where there is none."""
    found = days.reindex(persons).to_numpy()
    return pd.Series(found, index=persons.index).astype("datetime64[us]")


def _among(values: pd.Series, known: pd.Series) -> npt.NDArray[np.bool_]:
    """Return which values are among the known; on text many times faster than ``isin``."""
    found: npt.NDArray[np.bool_] = pd.Index(known.unique()).get_indexer(pd.Index(values)) >= 0
    return found


def _hash(prefix: str, *told: str) -> str:
    return f"{prefix}_{hashlib.sha256('|'.join(told).encode()).hexdigest()[:24]}"


def _rows(contract: Contract, frame: pd.DataFrame) -> pa.Table:
    """Return the frame in the columns and types of its contract, nulls for NaN."""
    return pa.table(
        {
            column.name: pa.Array.from_pandas(frame[column.name]).cast(
                ARROW_TYPES[column.logical_type]
            )
            for column in contract.columns
        }
    )
