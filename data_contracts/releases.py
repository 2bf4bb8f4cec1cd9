"""Refused rows that come back corrected: a delivery that names the one it repairs.

A release is checked like any delivery and known from the day it came itself. It stands right behind its
original, so what a newer delivery has said of the same fact since is not overturned, and one release can be
withdrawn or improved by another. Only what is said of a file as a whole (how many rows it has, its typical
values) is not asked of it again: that was judged with the original.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.arrival import Delivery, LeftAlone
from data_contracts.catalogue import Catalogue
from data_contracts.ciphers import CannotOpen
from data_contracts.contract import Contract
from data_contracts.dropping import drop
from data_contracts.edge import KeyNeeded
from data_contracts.judgement import Judgement
from data_contracts.lake_files import Kind
from data_contracts.pseudonyms import Keyring
from data_contracts.quarantine import SOURCE_ROW, read_quarantine

_START = "start from what `zhaoren quarantine export` writes and correct only its cells"


class ReleaseError(ValueError):
    """Corrected rows cannot be taken as they are; the message says why and what to do."""


def behind_original(delivery: Delivery, catalogue: Catalogue) -> Delivery | LeftAlone:
    """Return the delivery with its place, or why it cannot be placed yet. Ordinary ones come back unchanged."""
    if delivery.releases is None:
        return delivery
    found = catalogue.original(delivery.releases)
    if found is None:
        return LeftAlone(
            delivery.feed,
            delivery.name,
            f"releases rows of delivery {delivery.releases}, which was not judged here yet; deliver that first",
        )
    feed, order = found
    if feed != delivery.feed:
        return LeftAlone(
            delivery.feed,
            delivery.name,
            f"releases rows of delivery {delivery.releases}, which is of feed {feed}; move it there",
        )
    if order.received_at >= delivery.received_at:
        return LeftAlone(
            delivery.feed,
            delivery.name,
            f"releases rows of delivery {delivery.releases}, which was received later; correct received_at",
        )
    return replace(delivery, original=order)


@dataclass(frozen=True)
class Open:
    """Refused rows of one delivery: how many there are, and which did not come back good yet."""

    judgement: Judgement
    refused: int
    open_rows: tuple[int, ...]
    """Row numbers in the file, 1 is the first after the header."""


def open_quarantine(home: Path, keyring: Keyring | None) -> list[Open]:
    """Return what lies in quarantine, newest delivery last.

    Raises:
        LakeError: a file is missing or changed.
        KeyNeeded: the rows are encrypted and there is no key, or another one.
    """
    catalogue = Catalogue(home)
    released = catalogue.released()
    kept = {file.delivery_id for file in catalogue.files(kind=Kind.QUARANTINE)}
    found = []
    for judgement in catalogue.judgements():
        if judgement.delivery_id in kept:
            rows = _refused(home, keyring, judgement)[SOURCE_ROW].to_pylist()
            back = released.get(judgement.delivery_id, frozenset())
            still = tuple(row for row in rows if row not in back)
            found.append(Open(judgement, len(rows), still))
    return found


def quarantined(home: Path, keyring: Keyring | None, delivery_id: str) -> tuple[Open, pa.Table]:
    """Return one delivery's refused rows that are still open, as they stood in its file.

    Raises:
        ReleaseError: no refused rows of such a delivery.
    """
    for one in open_quarantine(home, keyring):
        if one.judgement.delivery_id == delivery_id:
            rows = _refused(home, keyring, one.judgement)
            return one, rows.filter(pc.is_in(rows[SOURCE_ROW], pa.array(one.open_rows, pa.int64())))
    raise ReleaseError(
        f"delivery {delivery_id} has no refused rows here; `zhaoren quarantine list` shows those that have"
    )


def release(
    home: Path,
    keyring: Keyring | None,
    delivery_id: str,
    corrected: pa.Table,
    contract: Contract,
    *,
    received_at: datetime,
) -> Path:
    """Land corrected rows as a delivery that releases them; the next pass of the gate judges it.

    Args:
        home: folder with ``landing/``.
        keyring: opens the quarantine; None when it is not encrypted.
        delivery_id: whose refused rows come back.
        corrected: columns of the contract and ``source_row``, as text; other columns are left out.
        contract: the contract of the feed.
        received_at: local time, becomes ``known_from``.

    Raises:
        ReleaseError: rows or columns are not those of the quarantine.
    """
    one, _ = quarantined(home, keyring, delivery_id)
    if SOURCE_ROW not in corrected.column_names:
        raise ReleaseError(f"the file has no column {SOURCE_ROW}; {_START}")
    missing = [name for name in contract.column_names if name not in corrected.column_names]
    if missing:
        raise ReleaseError(f"column {', '.join(missing)} is missing; {_START}")
    refused = set(_refused(home, keyring, one.judgement)[SOURCE_ROW].to_pylist())
    source_rows = [_number(cell) for cell in corrected[SOURCE_ROW].to_pylist()]
    unknown = [row for row in source_rows if row not in refused]
    if not source_rows or unknown or len(set(source_rows)) < len(source_rows):
        raise ReleaseError(
            f"column {SOURCE_ROW} must hold, each once, numbers of refused rows of delivery {delivery_id}; {_START}"
        )
    return drop(
        home,
        contract.feed,
        corrected.select(list(contract.column_names)),
        received_at=received_at,
        name=f"release_of_{delivery_id}_{received_at:%Y%m%dT%H%M%S}",
        also={"releases": delivery_id, "source_rows": source_rows},
    )


def _refused(home: Path, keyring: Keyring | None, judgement: Judgement) -> pa.Table:
    try:
        return read_quarantine(home, keyring, judgement)
    except CannotOpen as error:
        raise KeyNeeded(str(error)) from error


def _number(cell: object) -> int | None:
    text = str(cell).strip()
    return int(text) if text.isascii() and text.isdigit() else None
