"""Direct identifiers as people write them -> one way of writing each, or nothing.

===============  ==========================================================================================
``national_id``  18 characters with a check character (GB 11643-1999, ISO 7064 MOD 11-2) and a birth date that is
                 a date; ids of 15 digits, issued until 1999, become 18 with century 19. ``x`` is ``X``
``phone``        11 digits of a mobile number without +86, or a landline with its area code
``account``      letters, digits and ``-_./#``
===============  ==========================================================================================

Full-width characters, spaces and invisible marks left by copying are forgiven everywhere. A pseudonym made
before (the engine delivers its own conclusions) is left as it is.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

PREFIXES = {"national_id": "p", "phone": "t", "account": "u"}
"""First letter of a pseudonym by kind of identifier."""
EXPECTED = {
    "national_id": "an identity number of 18 or 15 digits whose check digit and birth date are right",
    "phone": "a mobile number of 11 digits, or a landline with its area code",
    "account": "an account number of letters and digits",
}
"""What a cell should look like, for a message."""

_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], np.int64)
"""ISO 7064 MOD 11-2: 2**(17 - place) mod 11."""
_CHECK_CHARACTERS = np.frombuffer(b"10X98765432", np.uint8)
_INVISIBLE = r"[\s\x{200b}-\x{200f}\x{202a}-\x{202e}\x{feff}]+"
_ID_18 = r"^[1-9][0-9]{16}[0-9X]$"
_ID_15 = r"^[1-9][0-9]{14}$"
_PHONE = r"^(?:1[3-9][0-9]{9}|0[1-9][0-9]{8,10})$"
_ACCOUNT = r"^[0-9A-Za-z_./#-]{1,64}$"


@dataclass(frozen=True)
class Parsed:
    """Values written the one way (null where there is none), and the positions of cells that are no identifier."""

    values: pa.Array
    misfits: npt.NDArray[np.int64]


def parse(kind: str, cells: pa.ChunkedArray | pa.Array) -> Parsed:
    """Return text cells of an identifier column written the one way."""
    whole = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    text = whole.cast(pa.string())
    values = _canonical(kind, text)
    lost = pc.and_(pc.is_valid(text), pc.is_null(values))
    return Parsed(values, np.flatnonzero(lost.to_numpy(zero_copy_only=False)))


def is_pseudonym(kind: str, cells: pa.Array) -> pa.Array:
    """Return which cells are pseudonyms already; null for null."""
    return pc.match_substring_regex(cells, f"^{PREFIXES[kind]}[0-9a-f]{{24}}$")


def _canonical(kind: str, cells: pa.Array) -> pa.Array:
    plain = pc.replace_substring_regex(pc.utf8_normalize(cells, "NFKC"), _INVISIBLE, "")
    match kind:
        case "national_id":
            found = _national_ids(pc.ascii_upper(plain))
        case "phone":
            found = _phones(plain)
        case _:
            found = _where(pc.match_substring_regex(plain, _ACCOUNT), plain)
    return pc.if_else(is_pseudonym(kind, plain), plain, found)


def _where(mask: pa.Array, values: pa.Array) -> pa.Array:
    return pc.if_else(mask, values, pa.scalar(None, pa.string()))


def _phones(plain: pa.Array) -> pa.Array:
    digits = pc.replace_substring_regex(plain, r"[-().·]", "")
    # A landline's area code loses its 0 behind +86.
    digits = pc.replace_substring_regex(digits, r"^(?:\+|00)?86(1[3-9][0-9]{9})$", r"\1")
    digits = pc.replace_substring_regex(digits, r"^(?:\+|00)86([2-9][0-9]{8,10})$", r"0\1")
    return _where(pc.match_substring_regex(digits, _PHONE), digits)


def _national_ids(plain: pa.Array) -> pa.Array:
    old = pc.match_substring_regex(plain, _ID_15)
    with_century = pc.binary_join_element_wise(
        pc.utf8_slice_codeunits(plain, 0, 6), pc.utf8_slice_codeunits(plain, 6), "19"
    )
    # "0" stands where the check character will be computed.
    long = pc.if_else(old, pc.binary_join_element_wise(with_century, "0", ""), plain)
    shaped = pc.fill_null(pc.match_substring_regex(long, _ID_18), False)
    places = np.flatnonzero(shaped.to_numpy(zero_copy_only=False))
    if not places.size:
        return pa.nulls(len(plain), pa.string())
    letters = _letters(long.take(pa.array(places)))
    expected = _CHECK_CHARACTERS[(letters[:, :17].astype(np.int64) - 48) @ _WEIGHTS % 11]
    computed = old.take(pa.array(places)).to_numpy(zero_copy_only=False)
    letters[computed, 17] = expected[computed]
    right = (letters[:, 17] == expected) & _has_birth_date(letters)
    return _spread(letters[right], places[right], len(plain))


def _spread(letters: npt.NDArray[np.uint8], places: npt.NDArray[np.int64], length: int) -> pa.Array:
    """Return ids at their places among ``length`` cells, null elsewhere."""
    widths = np.zeros(length + 1, np.int32)
    widths[places + 1] = letters.shape[1]
    offsets = np.cumsum(widths, dtype=np.int32)
    there = np.zeros(length, bool)
    there[places] = True
    validity = pa.array(there).buffers()[1]
    return pa.StringArray.from_buffers(
        length,
        pa.py_buffer(offsets.tobytes()),
        pa.py_buffer(letters.tobytes()),
        null_bitmap=validity,
    )


def _letters(ids: pa.Array) -> npt.NDArray[np.uint8]:
    """Return ids of 18 characters as a matrix of ASCII codes, one row each."""
    fixed = np.asarray(ids.to_numpy(zero_copy_only=False), "S18")
    return np.frombuffer(fixed.tobytes(), np.uint8).reshape(-1, 18).copy()


def _has_birth_date(letters: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    digits = letters[:, 6:14].astype(np.int64) - 48
    number = digits @ (10 ** np.arange(7, -1, -1))
    year, month, day = number // 10000, number // 100 % 100, number % 100
    spelt = pd.DataFrame({"year": year, "month": month, "day": day})
    moments = pd.to_datetime(spelt, errors="coerce").notna().to_numpy()
    return moments & (year >= 1900) & (year < 2200)
