"""Refused rows, kept as they stood in the file with the reason, so that a department can correct them."""

from collections import defaultdict
from collections.abc import Sequence

import pyarrow as pa

from data_contracts.checks import Breach
from data_contracts.readers import Reading, source_text

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


def _told(breaches: Sequence[Breach]) -> str:
    return "; ".join(f"{breach.column or 'row'}: {breach.detail}" for breach in breaches)
