"""Text as a department encoded it -> UTF-8, a stretch at a time, so that a bomb costs one stretch.

Without a promised encoding: UTF-8, strictly, then GB18030, which contains GBK. A byte order mark is taken
off. Whatever decodes is passed on exactly as written; odd characters are a matter of single cells.
"""

import codecs
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

from data_contracts.arrival import Delivery
from data_contracts.limits import MAX_LINE_BYTES
from data_contracts.refusal import DeliveryRefused

_UTF8_NAMES = ("utf-8", "utf8", "utf-8-sig", "utf_8", "utf_8_sig")
_GB_NAMES = ("gbk", "gb2312", "gb18030", "cp936")
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_MARK = "\ufeff"


class Utf8Stream(io.RawIOBase):
    """A text file as UTF-8 bytes without byte order mark; remembers the SHA-256 of what it read."""

    def __init__(self, path: Path, encoding: str) -> None:
        """Open a file in an encoding that :func:`encoding_of` found."""
        self._stretches = self._read(path, encoding)
        self._left = b""
        self._digest = hashlib.sha256()

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill the buffer with the next bytes; 0 at the end."""
        while not self._left:
            stretch = next(self._stretches, None)
            if stretch is None:
                return 0
            self._left = stretch
        taken = min(len(buffer), len(self._left))
        buffer[:taken] = self._left[:taken]
        self._left = self._left[taken:]
        return taken

    def require(self, sha256: str) -> None:
        """Raise DeliveryRefused unless the file, read to its end, had this SHA-256."""
        if self._digest.hexdigest() != sha256.lower():
            raise DeliveryRefused(
                "the file changed while it was being read; when it is complete, send it again"
            )

    def _read(self, path: Path, encoding: str) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(encoding)()
        mark = _MARK.encode() if encoding == "utf-8" else _MARK.encode("gb18030")
        with path.open("rb") as file:
            first = True
            while stretch := file.read(MAX_LINE_BYTES):
                self._digest.update(stretch)
                if first:
                    stretch, first = stretch.removeprefix(mark), False
                # UTF-8 was decoded once already, strictly, when the encoding was found.
                yield stretch if encoding == "utf-8" else decoder.decode(stretch).encode()


def open_text(delivery: Delivery) -> Utf8Stream:
    """Return the text of a delivery.

    Raises:
        DeliveryRefused: the encoding is not one we read or not the promised one, or a line has no end.
    """
    return Utf8Stream(delivery.path, _encoding_of(delivery))


def _encoding_of(delivery: Delivery) -> str:
    """Return ``utf-8`` or ``gb18030``, in which the whole file is readable."""
    told = delivery.encoding
    if told is None:
        candidates = ["utf-8", "gb18030"]
    elif told.lower() in _UTF8_NAMES:
        candidates = ["utf-8"]
    elif told.lower() in _GB_NAMES:
        # GB18030 contains GBK, and exports labelled GBK do contain characters only GB18030 has.
        candidates = ["gb18030"]
    else:
        raise DeliveryRefused(
            f"the manifest says encoding {told[:20]!r}, expected utf-8, utf-8-sig, gbk or gb18030;"
            " correct it and send both again"
        )
    with delivery.path.open("rb") as file:
        _require_no_utf16(file.read(4096))
    faults: list[int] = []
    for candidate in candidates:
        fault = _first_fault(delivery.path, candidate)
        if fault is None:
            return candidate
        faults.append(fault)
    raise DeliveryRefused(
        f"line {faults[-1]} is not {' or '.join(candidates)}: correct the encoding in the manifest, or"
        " export as UTF-8 and send both again"
    )


def _require_no_utf16(beginning: bytes) -> None:
    if beginning.startswith(_UTF16_MARKS) or beginning.count(0) * 4 > len(beginning):
        raise DeliveryRefused(
            "the file is UTF-16 (Excel calls it Unicode text) or full of NUL bytes; export it as UTF-8 and"
            " send it again"
        )


def _first_fault(path: Path, encoding: str) -> int | None:
    """Return the number of the first line that does not decode, or None."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line, since_line_end = 1, 0
    with path.open("rb") as file:
        while True:
            stretch = file.read(MAX_LINE_BYTES)
            try:
                decoder.decode(stretch, final=not stretch)
            except UnicodeDecodeError as error:
                return line + bytes(error.object).count(b"\n", 0, error.start)
            if not stretch:
                return None
            line += stretch.count(b"\n")
            since_line_end = _longest_open_line(stretch, since_line_end, line)


def _longest_open_line(stretch: bytes, since_line_end: int, line: int) -> int:
    """Return how many bytes follow the last line end so far."""
    ends = [place for place in (stretch.find(b"\n"), stretch.find(b"\r")) if place >= 0]
    if since_line_end + (min(ends) if ends else len(stretch)) > MAX_LINE_BYTES:
        raise DeliveryRefused(
            f"line {line} is longer than {MAX_LINE_BYTES} bytes: a quotation mark is not closed, or it is not"
            " a table; export it again with one row a line and send it"
        )
    if not ends:
        return since_line_end + len(stretch)
    return len(stretch) - 1 - max(stretch.rfind(b"\n"), stretch.rfind(b"\r"))
