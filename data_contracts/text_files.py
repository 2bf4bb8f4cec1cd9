"""Text as a department encoded it -> UTF-8, a stretch at a time, so that a bomb costs one stretch.

Without a promised encoding: UTF-8, strictly, then GB18030, which contains GBK. A byte order mark is taken
off. Whatever decodes is passed on exactly as written; odd characters are a matter of single cells.
"""

import codecs
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from data_contracts.arrival import Delivery
from data_contracts.limits import MAX_LINE_BYTES
from data_contracts.refusal import DeliveryRefused

_UTF8_NAMES = ("utf-8", "utf8", "utf-8-sig", "utf_8", "utf_8_sig")
_GB_NAMES = ("gbk", "gb2312", "gb18030", "cp936")
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_MARK = "\ufeff"
_FIRST_OF_THREE_BYTES = "\u0800"
"""From here on UTF-8 takes three bytes a character; all of Chinese lies behind."""
_BY_ACCIDENT = 0.01


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


def encoding_of(delivery: Delivery) -> str:
    """Return ``utf-8`` or ``gb18030``, in which the whole file is readable and the other is not meant.

    Raises:
        DeliveryRefused: the encoding is not one we read or not the promised one, or a line has no end.
    """
    told = delivery.encoding
    if told is not None and told.lower() not in (*_UTF8_NAMES, *_GB_NAMES):
        raise DeliveryRefused(
            f"the manifest says encoding {told[:20]!r}, expected utf-8, utf-8-sig, gbk or gb18030;"
            " correct it and send both again"
        )
    with delivery.path.open("rb") as file:
        _require_no_utf16(file.read(4096))
    # GB18030 contains GBK, and exports labelled GBK do contain characters only GB18030 has.
    candidates = [
        encoding
        for encoding, names in (("utf-8", _UTF8_NAMES), ("gb18030", _GB_NAMES))
        if told is None or told.lower() in names
    ]
    looks = [_look(delivery.path, candidate, told=told is not None) for candidate in candidates]
    for look in looks:
        if look.fault is None:
            _require_meant(delivery, look, told)
            return look.encoding
    raise DeliveryRefused(
        f"line {looks[-1].fault} is not {' or '.join(candidates)}: correct the encoding in the manifest, or"
        " export as UTF-8 and send both again"
    )


def _require_no_utf16(beginning: bytes) -> None:
    if beginning.startswith(_UTF16_MARKS) or beginning.count(0) * 4 > len(beginning):
        raise DeliveryRefused(
            "the file is UTF-16 (Excel calls it Unicode text) or full of NUL bytes; export it as UTF-8 and"
            " send it again"
        )


@dataclass(frozen=True)
class _Look:
    """A file read through in one encoding.

    ``fault`` is the first line that does not decode. Of the lines with more than ASCII in them (``wide``),
    ``other`` could just as well be in the other encoding.
    """

    encoding: str
    fault: int | None
    wide: int
    other: int


def _require_meant(delivery: Delivery, look: _Look, told: str | None) -> None:
    """Refuse a file that decodes by accident: Chinese in the wrong encoding is other Chinese, not an error."""
    if look.encoding == "utf-8":
        # Two GBK characters can be four letters of another script; a file of nothing else is not UTF-8.
        unclear = told is None and look.wide > 0 and look.other == look.wide
    else:
        # One name in ten thousand in GBK is valid UTF-8 as well.
        unclear = look.other > 1 and look.other > _BY_ACCIDENT * look.wide
    if unclear:
        raise DeliveryRefused(
            f"{look.other} of {look.wide} lines with Chinese in them read as well in"
            f" {'GBK' if look.encoding == 'utf-8' else 'UTF-8'}: the encoding in the manifest is missing or wrong,"
            " or files of two encodings were joined; export as UTF-8 and send both again"
        )


def _look(path: Path, encoding: str, *, told: bool) -> _Look:
    """Read a file through, line by line until it is clear that this encoding is meant, then in stretches.

    Raises:
        DeliveryRefused: a line has no end.
    """
    number = wide = other = 0
    clear = told and encoding == "utf-8"
    with path.open("rb") as file:
        while lines := _whole_lines(file, one=not clear):
            longest = max(map(len, lines.split(b"\n"))) if clear else len(lines)
            if longest > MAX_LINE_BYTES:
                raise DeliveryRefused(
                    f"line {number + 1} or one soon after is longer than {MAX_LINE_BYTES} bytes: a quotation mark"
                    " is not closed, or it is not a table; export it again with one row a line and send it"
                )
            try:
                text = lines.decode(encoding)
            except UnicodeDecodeError as error:
                fault = number + lines.count(b"\n", 0, error.start) + 1
                return _Look(encoding, fault, wide, other)
            number += lines.count(b"\n")
            text = text.removeprefix(_MARK)
            if clear or text.isascii():
                continue
            wide += 1
            other += _reads_in_the_other(lines, text, encoding)
            clear = encoding == "utf-8" and other < wide
    return _Look(encoding, None, wide, other)


def _whole_lines(file: BinaryIO, *, one: bool) -> bytes:
    """Return the next line, or about as many as :data:`MAX_LINE_BYTES` holds; a line without end is cut."""
    stretch = b"" if one else file.read(MAX_LINE_BYTES)
    return stretch if stretch.endswith(b"\n") else stretch + file.readline(MAX_LINE_BYTES + 2)


def _reads_in_the_other(line: bytes, text: str, encoding: str) -> bool:
    try:
        if encoding == "utf-8":
            line.decode("gb18030")
            return max(text) < _FIRST_OF_THREE_BYTES
        return max(line.decode("utf-8")) >= _FIRST_OF_THREE_BYTES
    except UnicodeDecodeError:
        return False
