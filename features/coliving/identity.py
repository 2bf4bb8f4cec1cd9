"""One household keeps one id from night to night, and says what it came from.

A household keeps the id that most of its members had; where two claim one id, the one with more of its
former members gets it, then the one with its former head, then the one with its eldest. A household that
inherits none takes the number of a register household of its members if no household ever had it, else an
id made of its anchor person and the night. Equal input gives equal ids, in whatever order rows come.
"""

import hashlib
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

NEW_ID_DIGITS = 20


@dataclass(frozen=True)
class Identities:
    """``ids``: household id by group number. ``lineage``: ``household_id, predecessor_id, kind``."""

    ids: pd.Series
    lineage: pd.DataFrame


def identify(
    placed: pd.DataFrame, previous: pd.DataFrame, *, used: pd.Series, as_of_date: date
) -> Identities:
    """Give every group of one night its id.

    Args:
        placed: ``person_id, group, birth_date, book, is_book_head``; the nullable ones may be null.
        previous: ``person_id, household_id, is_head`` of the night before, one row per person.
        used: every id a household ever had.
        as_of_date: the night; part of new ids.
    """
    heirs = placed.merge(previous, on="person_id")
    heirs = heirs.assign(wanted=heirs["household_id"], leads=heirs["is_head"])
    ids = _matched(heirs)

    orphans = placed[~placed["group"].isin(ids.index) & placed["book"].notna()]
    orphans = orphans[pd.Index(used).get_indexer(pd.Index(orphans["book"])) < 0]
    orphans = orphans.assign(wanted=orphans["book"], leads=orphans["is_book_head"])
    ids = pd.concat([ids, _matched(orphans)])

    unnamed = placed[~placed["group"].isin(ids.index)]
    anchors = unnamed.sort_values(["group", "birth_date", "person_id"]).drop_duplicates("group")
    fresh = [_new_id(person, as_of_date) for person in anchors["person_id"]]
    ids = pd.concat([ids, pd.Series(fresh, index=anchors["group"], dtype="object")]).sort_index()
    return Identities(ids, _lineage(heirs, ids))


def _matched(claims: pd.DataFrame) -> pd.Series:
    """Return ``group -> wanted id``: each id to one group, each group at most one id."""
    counted = claims.groupby(["group", "wanted"], as_index=False).agg(
        members=("person_id", "size"),
        leads=("leads", "max"),
        eldest=("birth_date", "min"),
        anchor=("person_id", "min"),
    )
    counted["leads"] = counted["leads"].fillna(False).astype(bool)
    left = counted.sort_values(
        ["members", "leads", "eldest", "anchor", "wanted"],
        ascending=[False, False, True, True, True],
    ).reset_index(drop=True)
    found: list[pd.DataFrame] = []
    while len(left):
        # The best claim of both its group and its id cannot be outbid; all such are settled at once.
        best = ~left.duplicated("group") & ~left.duplicated("wanted")
        settled = left[best]
        found.append(settled)
        left = left[~left["group"].isin(settled["group"]) & ~left["wanted"].isin(settled["wanted"])]
    if not found:
        return pd.Series([], index=pd.Index([], dtype="int64"), dtype="object")
    every = pd.concat(found)
    return pd.Series(every["wanted"].to_numpy(object), index=every["group"].to_numpy(np.int64))


def _lineage(heirs: pd.DataFrame, ids: pd.Series) -> pd.DataFrame:
    """Say which households came out of others and which were absorbed.

    A person who changes between two households that both live on leaves no line.
    """
    moves = heirs.assign(now=ids.reindex(heirs["group"]).to_numpy())
    moves = moves[moves["now"] != moves["household_id"]]
    counted = moves.groupby(["household_id", "now"], as_index=False).size()
    living, before = set(ids), set(heirs["household_id"])
    is_absorbed = ~counted["household_id"].isin(living)
    # Where the members of a vanished household went apart, the larger part carries its history on.
    counted = counted.sort_values(
        ["household_id", "size", "now"], ascending=[True, False, True]
    ).assign(first=lambda rows: ~rows.duplicated("household_id"))
    is_absorbed = ~counted["household_id"].isin(living) & counted["first"]
    is_new = ~counted["now"].isin(before)
    kind = np.select([is_absorbed, is_new], ["merge", "split"], default="")
    told = counted.assign(kind=kind)
    told = told[told["kind"] != ""].rename(
        columns={"household_id": "predecessor_id", "now": "household_id"}
    )
    return told[["household_id", "predecessor_id", "kind"]].reset_index(drop=True)


def _new_id(person_id: str, as_of_date: date) -> str:
    told = f"{person_id}|{as_of_date.isoformat()}"
    return f"h_{hashlib.sha256(told.encode()).hexdigest()[:NEW_ID_DIGITS]}"
