"""Refused rows, kept as they stood in the file with the reason, so that a department can correct them.

They show people as their departments know them, so in a home with a key they lie encrypted.
"""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data_contracts.checks import Breach
from data_contracts.edge import KeyNeeded
from data_contracts.judgement import Judgement
from data_contracts.lake import ENCRYPTED_SUFFIX, Lake
from data_contracts.lake_files import Kind
from data_contracts.pseudonyms import Keyring
from data_contracts.readers import Reading, source_text
from data_contracts.sealed import open_sealed

SOURCE_ROW, CHECK_ID, REASON = "source_row", "check_id", "reason"
_DESCRIPTION = (SOURCE_ROW, CHECK_ID, REASON)


def quarantine_table(reading: Reading, breaches: Sequence[Breach]) -> pa.Table:
    """Return one line per refused row and nothing else.

    Columns: ``source_row`` (1 is the first row after the header), ``check_id`` and ``reason`` (joined by
    ``"; "`` when several checks refuse a row), then the cells of the contract's columns as text.
    """
    of_row: dict[int, list[Breach]] = defaultdict(list)
    for breach in breaches:
        for row in breach.rows or ():
            of_row[row].append(breach)
    rows = sorted(of_row)
    described = [
        pa.array([row + 1 for row in rows], pa.int64()),
        pa.array(
            ["; ".join(breach.check_id for breach in of_row[row]) for row in rows], pa.string()
        ),
        pa.array([_told(of_row[row]) for row in rows], pa.string()),
    ]
    cells = source_text(reading, rows)
    return pa.table([*described, *cells.columns], names=[*_DESCRIPTION, *cells.column_names])


def read_quarantine(home: Path, keyring: Keyring | None, judgement: Judgement) -> pa.Table:
    """Return the refused rows of one judged delivery, as :func:`quarantine_table` describes them.

    Raises:
        LakeError: the file is missing or changed.
        KeyNeeded: they are encrypted and there is no keyring.
        CannotOpen: they were encrypted with another key.
    """
    lake = Lake(home)
    [file] = [
        file
        for file in lake.files(judgement.feed, Kind.QUARANTINE)
        if file.delivery_id == judgement.delivery_id
    ]
    if not file.path.endswith(ENCRYPTED_SUFFIX):
        return pq.ParquetFile(lake.path(file)).read()
    if keyring is None:
        raise KeyNeeded(
            f"{file.path} is encrypted and there is no key; restore the key file from its backup"
        )
    return open_sealed(lake, file, keyring)


def _told(breaches: Sequence[Breach]) -> str:
    return "; ".join(f"{breach.column or 'row'}: {breach.detail}" for breach in breaches)
