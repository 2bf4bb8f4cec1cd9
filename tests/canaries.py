"""Fifty strings that may appear nowhere behind the edge, and a scanner that reads every file a home has.

Identity numbers belong to an area code nobody was given (99), names and addresses to nobody.
"""

import gzip
import hashlib
import re
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.data_contracts.made_up_people import mobile, national_id, old_national_id

_SEED = 7_000
_DIGEST = 24
"""As many hex digits of a plain hash are looked for: enough to be no chance."""
_SURNAMES = ["欧阳", "上官", "司马", "诸葛", "东方", "皇甫", "尉迟", "公孙", "令狐", "慕容"]
BEFORE_THE_EDGE = ("landing", "sealed", "keys", "truth")
"""Folders of a home in which people may be seen: what departments sent, the sealed store, a simulated truth."""
OWN_FEEDS = ("account_links", "disputes", "household_lineage", "household_members")
"""What the engine itself lands: conclusions, which name nobody."""


@dataclass(frozen=True)
class Canaries:
    """Identifiers of people who do not exist."""

    ids: tuple[str, ...]
    old_ids: tuple[str, ...]
    phones: tuple[str, ...]
    names: tuple[str, ...]
    addresses: tuple[str, ...]
    accounts: tuple[str, ...]

    @property
    def every(self) -> tuple[str, ...]:
        """All of them."""
        return (
            *self.ids,
            *self.old_ids,
            *self.phones,
            *self.names,
            *self.addresses,
            *self.accounts,
        )


def fifty() -> Canaries:
    """Return the fifty."""
    born_before_2000 = [
        seed for seed in range(_SEED, _SEED + 200) if national_id(seed)[6:8] == "19"
    ]
    return Canaries(
        ids=tuple(national_id(seed) for seed in born_before_2000[:12]),
        old_ids=tuple(old_national_id(seed) for seed in born_before_2000[12:18]),
        phones=tuple(mobile(_SEED + place) for place in range(10)),
        names=tuple(f"{surname}鸰鹟" for surname in _SURNAMES),
        addresses=tuple(f"鹮鹇市鹮鹇路{700 + place}弄{place + 1}号" for place in range(6)),
        accounts=tuple(f"GD{880_015_370_000 + 7919 * place}" for place in range(6)),
    )


def needles(canaries: Iterable[str]) -> Mapping[str, str]:
    """Return what to look for, each with the canary it gives away.

    Beside the string itself: its plain hashes, which anybody can make of every possible number, and the 15 and
    18 digits of one person.
    """
    found: dict[str, str] = {}
    for canary in canaries:
        spellings = {canary}
        if canary.isascii() and len(canary) == 18:
            spellings.add(canary[:6] + canary[8:17])
        if canary.isdigit() and len(canary) == 15:
            spellings.add(f"{canary[:6]}19{canary[6:]}")
        for spelling in spellings:
            found[spelling] = canary
            for algorithm in ("md5", "sha1", "sha256"):
                digest = hashlib.new(algorithm, spelling.encode()).hexdigest()
                found[digest[:_DIGEST]] = canary
    return found


def hits_in_text(told: str, canaries: Iterable[str]) -> list[str]:
    """Return the canaries a text gives away."""
    plain = _unescaped(told)
    return sorted({canary for needle, canary in needles(canaries).items() if needle in plain})


def hits(home: Path, canaries: Iterable[str]) -> list[str]:
    """Return ``file: canary`` for every canary in any file of a home behind the edge, its name included."""
    wanted = needles(canaries)
    encoded = {needle.encode(code): needle for needle in wanted for code in _encodings(needle)}
    found = []
    for path in sorted(home.rglob("*")):
        name = str(path.relative_to(home))
        folder, _, rest = name.partition("/")
        concluded = folder == "landing" and rest.startswith(OWN_FEEDS)
        if not path.is_file() or (folder in BEFORE_THE_EDGE and not concluded):
            continue
        content = path.read_bytes()
        seen = {wanted[needle] for raw, needle in encoded.items() if raw in content}
        for told in (name, *map(_unescaped, _decoded(path, content))):
            seen |= {canary for needle, canary in wanted.items() if needle in told}
        found += [f"{name}: {canary}" for canary in sorted(seen)]
    return found


def _encodings(needle: str) -> tuple[str, ...]:
    digest = len(needle) == _DIGEST
    return ("utf-8",) if digest else ("utf-8", "gb18030", "utf-16-le")


def _decoded(path: Path, content: bytes) -> Iterator[str]:
    """Return what a file says that its bytes do not show as they are."""
    if content.startswith(b"PAR1"):
        yield _table_text(pq.ParquetFile(pa.BufferReader(content)).read())
    elif content.startswith(b"SQLite format 3"):
        with sqlite3.connect(path) as database:
            yield "\n".join(database.iterdump())
    elif content.startswith(b"PK"):
        with zipfile.ZipFile(path) as archive:
            for member in archive.namelist():
                yield archive.read(member).decode("utf-8", "replace")
    elif content.startswith(b"\x1f\x8b"):
        yield gzip.decompress(content).decode("utf-8", "replace")
    else:
        yield content.decode("utf-8", "replace")


def _unescaped(told: str) -> str:
    """Return text with the escapes of JSON and HTML undone."""
    return unescape(re.sub(r"\\+u([0-9a-fA-F]{4})", lambda code: chr(int(code[1], 16)), told))


def _table_text(table: pa.Table) -> str:
    return "\n".join(
        str(cell) for column in table.columns for cell in column.unique().to_pylist() if cell
    )
