"""Accepted links of a simulated district against its truth: precision, recall, and where it goes wrong."""

from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from data_contracts.contract import Contract
from data_contracts.lake import Lake
from data_contracts.linkage.sources import known
from data_contracts.pseudonyms import Keyring
from experiments.district.answers import NoTruth

RESAMPLES = 2000
_SEED = 7
_HARDEST_FIRST = (
    "no_room",
    "typo",
    "old_compound_name",
    "reordered",
    "extra_words",
    "chinese_numerals",
    "abbreviated_units",
    "fullwidth",
    "short_form",
)
"""A text may have several faults; the table counts it under the first of these it has."""


@dataclass(frozen=True)
class Interval:
    """A share with its 95 % bootstrap interval; whole dwellings are drawn, since their accounts err together."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """Value and interval to four digits."""
        return f"{self.value:.4f} (95 % {self.low:.4f} to {self.high:.4f})"


@dataclass(frozen=True)
class LinkageJudgement:
    """How linking did on one day.

    ``by_error``: one row per kind of holder and of text with accounts, accepted, right (counts), precision,
    recall. ``best``: probability of each account's best candidate and whether it is right, for the curve.
    """

    accounts: int
    accepted: int
    precision: Interval
    recall: Interval
    by_error: pd.DataFrame
    best: pd.DataFrame

    def table(self, by: str) -> pd.DataFrame:
        """Return counts and shares by ``holder_kind`` or ``text_kind``, most accounts first."""
        sums = self.by_error.groupby(by)[["accounts", "accepted", "right"]].sum()
        return _with_shares(sums).sort_values("accounts", ascending=False, kind="stable")


def judge_linkage(
    home: Path, truth: Path, links: Contract, keyring: Keyring, con: Backend, *, as_of_date: date
) -> LinkageJudgement:
    """Compare the links known on a date with the true dwellings of the day before it.

    An account the suppliers have not delivered by then is not counted. Recall is over every other account that
    truly supplies a dwelling, those included whose text or holder gives nothing to go by.

    Raises:
        NoTruth: no ``accounts.parquet`` there, or no link is known on that date.
    """
    before = datetime.combine(as_of_date, time.min)
    told = known(con, Lake(home), links, before=before).to_pandas()
    if told.empty:
        raise NoTruth(f"no account link in {home} is known before {before}; run the night first")
    day = pd.Timestamp(as_of_date) - pd.Timedelta(days=1)
    standing = told[told["valid_to"].isna() | (pd.to_datetime(told["valid_to"]) > day)]
    accounts = _true_accounts(truth, keyring, day=day)
    return compare(standing, accounts)


def compare(links: pd.DataFrame, accounts: pd.DataFrame) -> LinkageJudgement:
    """Return the judgement of links in force.

    Args:
        links: account_id, address_id, probability, accepted.
        accounts: account_id, address_id (true), holder_kind, text_kind; one row per account.
    """
    accounts = accounts.set_index("account_id")
    best = links.sort_values(["account_id", "probability"], kind="stable").drop_duplicates(
        "account_id", keep="last"
    )
    best = best[best["account_id"].isin(accounts.index)].set_index("account_id")
    accounts["accepted"] = accounts.index.isin(best.index[best["accepted"]])
    right = best["address_id"].eq(accounts["address_id"].reindex(best.index))
    accounts["right"] = accounts["accepted"] & accounts.index.isin(right.index[right])
    per_dwelling = (
        accounts.assign(accounts=1)
        .groupby("address_id")[["accounts", "accepted", "right"]]
        .sum()
        .to_numpy(np.int64)
    )
    draws = _drawn(per_dwelling)
    by_error = (
        accounts.assign(accounts=1, text_kind=accounts["text_kind"].map(_hardest))
        .groupby(["holder_kind", "text_kind"])[["accounts", "accepted", "right"]]
        .sum()
        .reset_index()
    )
    return LinkageJudgement(
        accounts=len(accounts),
        accepted=int(accounts["accepted"].sum()),
        precision=_interval(draws, per_dwelling.sum(axis=0), of=1),
        recall=_interval(draws, per_dwelling.sum(axis=0), of=0),
        by_error=_with_shares(by_error),
        best=pd.DataFrame({"probability": best["probability"], "right": right}),
    )


def _true_accounts(truth: Path, keyring: Keyring, *, day: pd.Timestamp) -> pd.DataFrame:
    path = truth / "accounts.parquet"
    if not path.is_file():
        raise NoTruth(f"no {path}: name the truth/ folder of a simulated district")
    rows: pd.DataFrame = pq.read_table(path).to_pandas()
    rows = rows[
        (pd.to_datetime(rows["from_day"]) <= day)
        & (rows["to_day"].isna() | (pd.to_datetime(rows["to_day"]) > day))
    ]
    rows["account_id"] = keyring.pseudonyms("account", pa.array(rows["account_id"])).to_pylist()
    return rows.drop_duplicates("account_id", keep="last")


def _hardest(kinds: str) -> str:
    parts = set(kinds.split("+"))
    return next((kind for kind in _HARDEST_FIRST if kind in parts), kinds)


def _with_shares(counts: pd.DataFrame) -> pd.DataFrame:
    return counts.assign(
        precision=counts["right"] / counts["accepted"].where(counts["accepted"] > 0),
        recall=counts["right"] / counts["accounts"],
    )


def _drawn(per_dwelling: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return accounts, accepted, right of every resample of dwellings."""
    rng = np.random.default_rng(_SEED)
    count = len(per_dwelling)
    return np.array(
        [
            np.bincount(rng.integers(0, count, count), minlength=count) @ per_dwelling
            for _ in range(RESAMPLES)
        ]
    )


def _interval(draws: npt.NDArray[np.int64], whole: npt.NDArray[np.int64], *, of: int) -> Interval:
    shares = draws[:, 2] / np.maximum(draws[:, of], 1)
    low, high = np.quantile(shares, [0.025, 0.975])
    return Interval(float(whole[2] / max(whole[of], 1)), float(low), float(high))
