"""Candidate links -> rows of feed ``account_links``: since when, until when, and what became of earlier links.

An account's link lasts as long as the account. When the supplier corrects the holder or the text and the account
moves on to another dwelling, the old link ends and the new one begins on the day that correction became known. When we
only know better (somebody else turned out to live there), the old link never was: it ends on the day it began.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from typing import Any

import pyarrow as pa

WITHDRAWN = "withdrawn"
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
"""Ids in letters only: a run of digits could read like a phone number, which the edge refuses."""
ROWS = pa.schema(
    [
        ("link_id", pa.string()),
        ("account_id", pa.string()),
        ("address_id", pa.string()),
        ("event_date", pa.date32()),
        ("valid_to", pa.date32()),
        ("accepted", pa.bool_()),
        ("probability", pa.float64()),
        ("evidence", pa.string()),
        ("model", pa.string()),
    ]
)
_Row = dict[str, Any]


def link_id(account_id: str, address_id: str) -> str:
    """Return the id of the link of one account and one dwelling; always the same."""
    digest = hashlib.sha256(f"{account_id}|{address_id}".encode()).hexdigest()[:24]
    return digest.translate(_LETTERS)


def links_of(
    found: pa.Table,
    held: pa.Table,
    accounts: pa.Table,
    *,
    looked_at: AbstractSet[str],
    model: str,
    since: datetime | None,
) -> pa.Table:
    """Return the rows that are new or differ from what is held, in order of link ids.

    Args:
        found: candidate links of the accounts looked at.
        held: rows of the feed as known tonight.
        accounts: account_id, event_date, valid_to, known_from.
        looked_at: accounts whose links are decided anew; others are left alone.
        model: id of the model.
        since: accounts with a version known from this time on were changed by their supplier; None: none was,
            everything is concluded afresh.
    """
    earlier: dict[str, dict[str, _Row]] = defaultdict(dict)
    for row in held.select(ROWS.names).to_pylist():
        if row["account_id"] in looked_at:
            earlier[row["account_id"]][row["address_id"]] = row
    new: dict[str, list[_Row]] = defaultdict(list)
    for row in found.to_pylist():
        new[row["account_id"]].append(row)
    rows: list[_Row] = []
    for account in accounts.to_pylist():
        if account["account_id"] not in looked_at:
            continue
        changed = since is not None and account["known_from"] >= since
        rows += _decide(
            new.get(account["account_id"], []),
            earlier.get(account["account_id"], {}),
            account,
            changed_on=account["known_from"].date() if changed else None,
            model=model,
        )
    rows.sort(key=lambda row: row["link_id"])
    return pa.Table.from_pylist(rows, schema=ROWS)


def _decide(
    found: list[_Row],
    earlier: Mapping[str, _Row],
    account: _Row,
    *,
    changed_on: date | None,
    model: str,
) -> list[_Row]:
    """Return the rows of one account that are news; links that ended before are left as they are."""
    over = {address for address, row in earlier.items() if _is_over(row, account)}
    free_from = max(
        (earlier[address]["valid_to"] for address in over), default=account["event_date"]
    )
    moved_on = _moved_on(found, earlier) if changed_on else None
    rows = []
    for candidate in found:
        address = candidate["address_id"]
        before = earlier.get(address)
        if address == moved_on or (address in over and not candidate["accepted"]):
            continue
        if before is not None and address not in over and not _is_withdrawn(before):
            began = before["event_date"]
        else:
            began = max(account["event_date"], free_from)
            if changed_on and earlier:
                began = max(began, changed_on)
        rows.append(
            {
                "link_id": link_id(account["account_id"], address),
                "account_id": account["account_id"],
                "address_id": address,
                "event_date": began,
                "valid_to": account["valid_to"] and max(account["valid_to"], began),
                "accepted": candidate["accepted"],
                "probability": candidate["probability"],
                "evidence": candidate["evidence"],
                "model": model,
            }
        )
    told = {row["address_id"] for row in rows} | over
    for address, before in earlier.items():
        if address not in told and not _is_withdrawn(before):
            rows.append(_ended(before, changed_on=changed_on, model=model))
    return [row for row in rows if row != earlier.get(row["address_id"])]


def _is_withdrawn(row: _Row) -> bool:
    return bool(row["valid_to"] == row["event_date"])


def _is_over(row: _Row, account: _Row) -> bool:
    """Whether a link ended because its account moved on, while the account itself went on."""
    ended = row["valid_to"] is not None and row["valid_to"] != account["valid_to"]
    return ended and not _is_withdrawn(row)


def _moved_on(found: list[_Row], earlier: Mapping[str, _Row]) -> str | None:
    """Return the dwelling an account was linked to and no longer is, where it now counts to another."""
    now = {row["address_id"] for row in found if row["accepted"]}
    then = {
        address for address, row in earlier.items() if row["accepted"] and row["valid_to"] is None
    }
    left = then - now
    return min(left) if now and left else None


def _ended(before: _Row, *, changed_on: date | None, model: str) -> _Row:
    if changed_on is None:
        return before | {
            "valid_to": before["event_date"],
            "accepted": False,
            "probability": 0.0,
            "evidence": WITHDRAWN,
            "model": model,
        }
    if before["valid_to"] is not None and before["valid_to"] <= changed_on:
        return dict(before)
    return before | {"valid_to": max(before["event_date"], changed_on)}
