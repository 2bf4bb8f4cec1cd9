"""Conflicts of a night -> what is new about which facts are in dispute.

A fact is in dispute while its conflict lasts. An answer that its side is right settles it from the next
night on; a fact that was answered to be wrong stays in dispute until the department corrects it.
"""

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa

from data_contracts.cells import ARROW_TYPES
from data_contracts.odcs import Contract


def conflict_id(kind: str, subject: str) -> str:
    """Return the id of the conflict of a kind about one person or account; the same every night."""
    return f"c_{hashlib.sha256(f'{kind}|{subject}'.encode()).hexdigest()[:20]}"


def news_of_disputes(
    conflicts: pd.DataFrame,
    held: pd.DataFrame,
    contract: Contract,
    *,
    right: Mapping[str, str],
    as_of_date: date,
) -> pa.Table:
    """Return disputes that are opened or settled by this night, in the columns of the contract.

    Args:
        conflicts: what was found: ``kind, subject, feed, fact_id, withheld``.
        held: disputes told so far, this night's included.
        contract: of feed disputes.
        right: conflict id -> feed that was answered to be right.
        as_of_date: the night.
    """
    yesterday = pd.Timestamp(as_of_date - timedelta(days=1))
    found = conflicts[conflicts["withheld"]].copy()
    found["conflict_id"] = [
        conflict_id(kind, subject)
        for kind, subject in zip(found["kind"], found["subject"], strict=True)
    ]
    is_right = found["conflict_id"].map(right) == found["feed"]
    found = found[~is_right.fillna(False).astype(bool)]
    found["dispute_id"] = [
        _dispute_id(*row)
        for row in zip(found["conflict_id"], found["feed"], found["fact_id"], strict=True)
    ]
    open_ = held[held["valid_to"].isna()]
    fresh = found[~found["dispute_id"].isin(open_["dispute_id"])].rename(
        columns={"feed": "disputed_feed", "fact_id": "disputed_fact_id"}
    )
    fresh = fresh.drop_duplicates("dispute_id").assign(
        event_date=yesterday, valid_to=np.datetime64("NaT", "us")
    )
    settled = open_[~open_["dispute_id"].isin(found["dispute_id"])].assign(valid_to=yesterday)
    names = list(contract.column_names)
    news = pd.concat([fresh[names], settled[names]]).sort_values("dispute_id")
    return pa.table(
        {
            column.name: pa.Array.from_pandas(news[column.name]).cast(
                ARROW_TYPES[column.logical_type]
            )
            for column in contract.columns
        }
    )


def _dispute_id(conflict: str, feed: str, fact_id: str) -> str:
    return f"d_{hashlib.sha256(f'{conflict}|{feed}|{fact_id}'.encode()).hexdigest()[:20]}"
