"""Which text is odd: characters nobody meant to send, and ids that would not match themselves elsewhere.

Odd text is set aside with its row and kept as written; nothing is mended here, because a mended id may be
another person's. Line breaks and tabs may stand in an address, not in an id.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_INVISIBLE = (
    r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F\x{AD}\x{200B}-\x{200F}\x{2028}-\x{202E}\x{2060}-\x{206F}"
    r"\x{FEFF}\x{FFF9}-\x{FFFF}]"
)
"""Control characters, zero-width characters, marks of writing direction, the sign for a lost character."""
_SHEET_ERROR = r"^#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!)$"
_BLANK_OR_WIDE = r"[\s\x{3000}\x{FF01}-\x{FF5E}]"
_SHORTENED = r"^[+-]?\d(\.\d+)?[eE]\+?\d+$"
"""A long number as a spreadsheet shows it: its last digits are gone."""
_NOTHING = r"(?i)^(null|none|nan|n/a|nil|undefined|\\n|-+|/|无|暂无|未知)$"
"""Words for "no value" where an id should stand: all who have none would be one person."""
_ODD = f"{_INVISIBLE}|{_SHEET_ERROR}"
_ODD_ID = f"{_ODD}|{_BLANK_OR_WIDE}|{_SHORTENED}|{_NOTHING}"

_PRINTABLE = bytes(range(0x21, 0x7F))


def is_plain(cells: pa.Array, allowed: bytes = _PRINTABLE) -> bool:
    """Return whether every character of every cell is one of ``allowed``, looking at the bytes only."""
    table = np.zeros(256, bool)
    table[list(allowed)] = True
    return bool(table[_bytes_of(cells)].all())


def trimmed(cells: pa.Array) -> pa.Array:
    """Return the cells as text without the blanks around them; what is empty then is null."""
    text = cells.cast(pa.string())
    if not is_plain(text):
        text = pc.utf8_trim_whitespace(text)
    empty = pc.equal(pc.binary_length(text), 0)
    if pc.any(empty, min_count=0).as_py():
        text = pc.if_else(empty, pa.scalar(None, pa.string()), text)
    return text


def odd_text(cells: pa.Array, *, is_id: bool) -> npt.NDArray[np.int64]:
    """Return the positions of odd text; nulls are not odd."""
    if not is_id and is_plain(cells, _PRINTABLE.replace(b"#", b"") + b" \t\r\n"):
        return np.empty(0, np.int64)
    found = pc.match_substring_regex(cells, _ODD_ID if is_id else _ODD)
    return np.flatnonzero(pc.fill_null(found, False).to_numpy(zero_copy_only=False))


def _bytes_of(cells: pa.Array) -> npt.NDArray[np.uint8]:
    """Return the bytes of all cells of a text column, without copying."""
    _, offsets, data = cells.buffers()
    if data is None or not len(cells):
        return np.empty(0, np.uint8)
    ends = np.frombuffer(offsets, np.int32)[[cells.offset, cells.offset + len(cells)]]
    return np.frombuffer(data, np.uint8)[ends[0] : ends[1]]
