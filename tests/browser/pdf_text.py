"""The text of each page of a PDF that Chromium printed, as its letters stand in it, without spaces."""

import re
import zlib

_OBJECT = re.compile(rb"(\d+) 0 obj\n(.*?)endobj", re.DOTALL)
_SHOWN = re.compile(rb"/F(\d+) [\d.]+ Tf|<([0-9A-Fa-f\s]+)>\s*Tj")


def pages_of(pdf: bytes) -> list[str]:
    """Return what each page says. Only what Chromium writes is understood: plain objects, coded letters."""
    objects = {int(one[1]): one[2] for one in _OBJECT.finditer(pdf)}
    letters = {
        number: _letters(_stream(objects[int(found[1])]))
        for number, content in objects.items()
        if (found := re.search(rb"/ToUnicode (\d+) 0 R", content))
    }
    pages = [content for content in objects.values() if b"/Type /Page\n" in content]
    return ["".join(_said(_drawn(page, objects), letters).split()) for page in pages]


def _drawn(page: bytes, objects: dict[int, bytes]) -> bytes:
    found = re.search(rb"/Contents (\d+) 0 R", page)
    assert found
    return _stream(objects[int(found[1])])


def _said(drawn: bytes, letters: dict[int, dict[bytes, str]]) -> str:
    said, font = "", 0
    for shown in _SHOWN.finditer(drawn):
        if shown[1]:
            font = int(shown[1])
            continue
        known, codes = letters[font], b"".join(shown[2].split()).upper()
        width = len(next(iter(known)))
        said += "".join(known.get(codes[at : at + width], "") for at in range(0, len(codes), width))
    return said


def _letters(table: bytes) -> dict[bytes, str]:
    """Return the letter of each code of a font."""
    found: dict[bytes, str] = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", table, re.DOTALL):
        for code, letter in re.findall(rb"<(\w+)> <(\w+)>", block):
            found[code] = bytes.fromhex(letter.decode()).decode("utf-16-be")
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", table, re.DOTALL):
        for first, last, letter in re.findall(rb"<(\w+)> <(\w+)> <(\w+)>", block):
            for step in range(int(last, 16) - int(first, 16) + 1):
                code = f"{int(first, 16) + step:0{len(first)}X}".encode()
                found[code] = chr(int(letter, 16) + step)
    return found


def _stream(content: bytes) -> bytes:
    head, _, body = content.partition(b"stream\n")
    return zlib.decompressobj().decompress(body) if b"FlateDecode" in head else body
