"""Departments with people in them: rows whose identifiers are right, the other cells whatever a contract allows."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pandas as pd

from data_contracts.contract import Column, Contract
from data_contracts.gate import pass_gate
from data_contracts.judgement import Judgement
from data_contracts.pseudonyms import Keyring
from tests.data_contracts.landing import CONTRACTS, TONIGHT
from tests.data_contracts.made_up_people import mobile, national_id

KEYS = Keyring(hashlib.sha256(b"the key of a home in tests").digest(), "990100")
DAY = "2024-07-01"
_CELLS: Mapping[str, object] = {
    "date": DAY,
    "timestamp": datetime.fromisoformat("2024-07-01 02:00"),
    "number": 1.0,
    "integer": 1,
    "boolean": True,
}


def filled(feed: str, count: int, **columns: Sequence[object]) -> pd.DataFrame:
    """Return ``count`` rows of a feed: the columns given, fact ids in order, and cells of nobody in particular.

    Person ``n`` has the identity number and phone number ``n``; nullable columns nobody gave are null.
    """
    contract = CONTRACTS[feed]
    made = {
        column.name: list(columns[column.name])
        if column.name in columns
        else [_cell(contract, column, number) for number in range(count)]
        for column in contract.columns
    }
    return pd.DataFrame(made)


def judge_with_keys(
    home: Path,
    *,
    before: datetime = TONIGHT,
    keyring: Keyring | None = KEYS,
    feeds: Sequence[str] | None = None,
) -> list[Judgement]:
    """Pass the gate of a home that has a key."""
    contracts = CONTRACTS if feeds is None else {feed: CONTRACTS[feed] for feed in feeds}
    return pass_gate(home, contracts, before=before, progress=lambda line: None, keyring=keyring)


def _cell(contract: Contract, column: Column, number: int) -> object:
    if column.name == contract.fact_id:
        return f"{contract.feed[:3]}{number}"
    if not column.required and column.name != "valid_to":
        return None
    match column.identifier:
        case "national_id":
            return national_id(number)
        case "phone":
            return mobile(number)
        case "account":
            return f"ac-{number}"
        case "name":
            return f"甲{number}"
        case "address_text":
            return f"某市某区某路{number}号1幢101室"
    if column.name == "valid_to":
        return None
    if column.logical_type == "string":
        return column.enum[0] if column.enum else f"{column.name[0]}{number}"
    return _CELLS[column.logical_type]
