"""A bureau's checked accounts, as somebody wrote them down."""

from pathlib import Path

import pandas as pd
import pyarrow as pa

from data_contracts.pseudonyms import Keyring


class LabelsUnreadable(ValueError):
    """The file of checked accounts cannot be used; the message says why."""


def read_labels(path: Path, keyring: Keyring) -> pa.Table:
    """Return account_id (pseudonym) and address_id (null: no dwelling we know is right), one row per account.

    Account numbers may be raw or pseudonyms.

    Raises:
        LabelsUnreadable: no such file, a column is missing, or an account is checked twice.
    """
    if not path.is_file():
        raise LabelsUnreadable(f"no file {path}: write a CSV with columns account_id,address_id")
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    missing = {"account_id", "address_id"} - set(rows.columns)
    if missing:
        raise LabelsUnreadable(f"{path.name} has no column {', '.join(sorted(missing))}")
    accounts = keyring.pseudonyms("account", pa.array(rows["account_id"], pa.string()))
    if len(set(accounts.to_pylist())) < len(accounts):
        raise LabelsUnreadable(f"{path.name} names an account twice: keep the last finding only")
    addresses = [address.strip() or None for address in rows["address_id"]]
    return pa.table({"account_id": accounts, "address_id": pa.array(addresses, pa.string())})
