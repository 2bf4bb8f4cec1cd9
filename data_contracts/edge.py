"""The edge: behind it there are pseudonyms, before it people.

A delivery as read is cut in two: rows for the lake, in which identity numbers, phones and accounts are
pseudonyms and names and address texts are gone, and what the sealed store keeps of them. Everything that
judges, compares, counts or writes rows after this sees the first part only.

Without a keyring the identifiers must have been made pseudonyms upstream. Raw ones then stop the pass, since
what is missing is the operator's key, not anything of the department's.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.checks import Breach, Severity
from data_contracts.contract import SEALED_MARK, Column, Contract
from data_contracts.identifiers import EXPECTED, parse
from data_contracts.pseudonyms import Keyring
from data_contracts.raw_identifiers import places_of_raw_identifiers
from data_contracts.readers import Reading
from data_contracts.refusal import DeliveryRefused

RAW_SUFFIX = "_raw"
"""``person_id_raw`` of the sealed store is what ``person_id`` is the pseudonym of."""


class KeyNeeded(RuntimeError):
    """Raw identifiers came to a home without a key; the message says what to run."""


@dataclass(frozen=True)
class Crossed:
    """Both parts of a delivery, row by row.

    ``reading.typed`` has the stored columns; ``reading.source`` still is what stood in the file. ``sealed`` has
    the fact id, ``sealed_mark``, the sealed columns and ``<column>_raw`` of the pseudonymised columns that may
    be looked up again; it is None without a keyring, and for feeds that keep nothing apart.
    """

    reading: Reading
    sealed: pa.Table | None


def cross(reading: Reading, contract: Contract, *, keyring: Keyring | None) -> Crossed:
    """Bring a delivery over the edge.

    An identifier that is none is a breach of its row (``person_id_is_national_id``), told without quoting it.

    Raises:
        KeyNeeded: it carries raw identifiers and there is no keyring.
        DeliveryRefused: a raw identifier stands in a column that is not promised to hold one.
    """
    breaches: list[Breach] = []
    stored: dict[str, pa.Array] = {}
    apart: dict[str, pa.Array] = {}
    for column in contract.columns:
        cells = reading.typed[column.name].combine_chunks()
        if column.identifier is None:
            _require_none_raw(cells, column, contract)
            stored[column.name] = cells
        elif keyring is None:
            _require_made_upstream(cells, column, contract)
            if not column.is_sealed:
                stored[column.name] = cells
        elif column.is_sealed:
            apart[column.name] = cells
        else:
            parsed = parse(column.identifier, cells)
            breaches += _misfits(column, parsed.misfits)
            stored[column.name] = keyring.of_parsed(column.identifier, parsed.values)
            if column.reidentify:
                apart[column.name + RAW_SUFFIX] = parsed.values
    sealed = None
    if contract.keeps_sealed:
        marks = pa.nulls(reading.typed.num_rows, pa.string())
        if keyring is not None:
            marks = _marks(stored[contract.fact_id], apart, keyring)
            sealed = pa.table(
                {contract.fact_id: stored[contract.fact_id], SEALED_MARK: marks, **apart}
            )
        stored[SEALED_MARK] = marks
    typed = pa.table({name: stored[name] for name in contract.stored_names})
    return Crossed(replace(reading, typed=typed, breaches=(*reading.breaches, *breaches)), sealed)


def sealed_of(
    sealed: pa.Table | None, facts: pa.Table, kept: npt.NDArray[np.int64]
) -> pa.Table | None:
    """Return what the store keeps of ``facts``, given what was kept apart of a file and its good rows."""
    if sealed is None:
        return None
    good = sealed.take(pa.array(kept))
    return good.filter(pc.is_in(good[SEALED_MARK], value_set=facts[SEALED_MARK].combine_chunks()))


def require_none_raw_in_plain_text(rows: pa.Table, contract: Contract) -> None:
    """Look through refused rows that would be kept in plain text, in a home without a key.

    Raises:
        KeyNeeded: one of them holds a raw identifier.
    """
    for name in rows.column_names:
        if places_of_raw_identifiers(rows[name]).size:
            raise _key_needed(contract, f"a refused row, column {name},")


def _misfits(column: Column, places: npt.NDArray[np.int64]) -> Iterator[Breach]:
    if places.size:
        yield Breach(
            check_id=f"{column.name}_is_{column.identifier}",
            column=column.name,
            severity=Severity.ERROR,
            rows=tuple(places.tolist()),
            detail=f"expected {EXPECTED[str(column.identifier)]}",
        )


def _marks(fact_ids: pa.Array, apart: dict[str, pa.Array], keyring: Keyring) -> pa.Array:
    # A unit separator cannot be typed, so no two different rows are spelt alike.
    cells = [pc.fill_null(one, "\x1e") for one in apart.values()]
    spelt = pc.binary_join_element_wise(
        pc.fill_null(fact_ids.cast(pa.string()), ""), *cells, "\x1f"
    )
    return keyring.digests("sealed_mark", spelt)


def _require_none_raw(cells: pa.Array, column: Column, contract: Contract) -> None:
    places = places_of_raw_identifiers(cells)
    if places.size:
        raise DeliveryRefused(
            f"column {column.name} holds an identity number or a mobile number in {places.size} rows (first: row"
            f" {places[0] + 1}), and contract {contract.feed} version {contract.version} promises none there; take"
            " them out and send the file again (a number that only looks like one gets a letter in front)"
        )


def _require_made_upstream(cells: pa.Array, column: Column, contract: Contract) -> None:
    raw = (
        cells.null_count < len(cells) if column.is_sealed else places_of_raw_identifiers(cells).size
    )
    if raw:
        raise _key_needed(contract, f"column {column.name}")


def _key_needed(contract: Contract, where: str) -> KeyNeeded:
    return KeyNeeded(
        f"feed {contract.feed}: {where} carries raw identifiers, and there is no key to make pseudonyms of them."
        " Run `zhaoren keys new --city CITY`, back the key file up, and pass the gate again; nothing of the file"
        " was kept"
    )
