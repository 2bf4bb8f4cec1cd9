"""Raw identifiers where nobody promised any: an identity number in a remark, a phone in a number column.

A cell counts when it is, or holds between other characters, an identity number that is right (18 digits with
its check digit, or 15 with a province and a date) or a mobile number. Names and addresses cannot be told from
other text; contracts have no free text for that reason.
"""

import re

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.identifiers import parse

_PROVINCE = "(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])"
_MONTH_AND_DAY = "(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_ID_18 = rf"[1-9][0-9]{{5}}[- ]?(?:19|20)[0-9]{{2}}{_MONTH_AND_DAY}[- ]?[0-9]{{3}}[0-9Xx]"
_ID_15 = rf"{_PROVINCE}[0-9]{{4}}[- ]?[0-9]{{2}}{_MONTH_AND_DAY}[- ]?[0-9]{{3}}"
_MOBILE = "(?:86|0086)?1[3-9][0-9]{9}"
_SPACED_MOBILE = r"(?:\+?86)?[- ]?1[3-9][0-9][- ][0-9]{4}[- ][0-9]{4}"
# Between Latin letters stand digests and serial numbers: one digest in a thousand holds a mobile number.
_BEGIN, _END = "(?:^|[^0-9A-Za-z])", "(?:$|[^0-9A-Za-z])"
_NO_CHECK_DIGIT = rf"^{_SPACED_MOBILE}$|{_BEGIN}(?:{_MOBILE}|{_ID_15}){_END}"
_CANDIDATE = rf"{_BEGIN}(?P<id>{_ID_18}){_END}"
_FEWEST_DIGITS = 11
_SMALLEST = 13_000_000_000
"""The smallest mobile number, read as a number."""


def places_of_raw_identifiers(cells: pa.ChunkedArray | pa.Array) -> npt.NDArray[np.int64]:
    """Return the positions of cells that are or hold a raw identifier; dates and truth values never do."""
    whole = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    if pa.types.is_string(whole.type):
        return _in_text(whole)
    if pa.types.is_integer(whole.type) or pa.types.is_floating(whole.type):
        return _in_numbers(whole)
    return np.empty(0, np.int64)


def holds_raw_identifier(word: str) -> bool:
    """Return whether one piece of text, such as a file name, is or holds a raw identifier."""
    enough_digits = sum(map(str.isdigit, word)) >= _FEWEST_DIGITS
    return enough_digits and bool(_in_text(pa.array([word], pa.string())).size)


def _in_text(cells: pa.Array) -> npt.NDArray[np.int64]:
    ascii_only = pc.all(pc.string_is_ascii(cells), min_count=0).as_py()
    plain = cells if ascii_only else pc.utf8_normalize(cells, "NFKC")
    certain = pc.match_substring_regex(plain, _NO_CHECK_DIGIT)
    candidates = pc.match_substring_regex(plain, _CANDIDATE)
    hit = pc.fill_null(certain, False).to_numpy(zero_copy_only=False).copy()
    places = np.flatnonzero(pc.fill_null(candidates, False).to_numpy(zero_copy_only=False))
    if places.size:
        found = pc.extract_regex(plain.take(pa.array(places)), _CANDIDATE)
        spelt = pc.replace_substring_regex(pc.struct_field(found, "id"), "[- ]", "")
        wrong = parse("national_id", spelt).misfits
        hit[np.delete(places, wrong)] = True
    return np.flatnonzero(hit)


def _in_numbers(cells: pa.Array) -> npt.NDArray[np.int64]:
    largest = pc.max(cells).as_py()
    if largest is None or largest < _SMALLEST:
        return np.empty(0, np.int64)
    big = pc.fill_null(pc.greater_equal(cells, pa.scalar(_SMALLEST, cells.type)), False)
    places = np.flatnonzero(big.to_numpy(zero_copy_only=False))
    # A number of 18 digits loses its last ones as a float; what is left is still most of an identity number.
    numbers = [f"{number:.0f}" for number in cells.take(pa.array(places)).to_pylist()]
    pattern = re.compile(f"{_MOBILE}|{_ID_15}|{_ID_18}")
    alike = np.array([pattern.fullmatch(number) is not None for number in numbers], np.bool_)
    return np.asarray(places[alike], np.int64)
