"""Which tables of a department's database are read, as written in ``sources.yaml``::

    sources:
      - feed: benefits
        dsn: host=10.1.2.3 dbname=minzheng user=zhaoren_reader
        table: public.benefits_for_zhaoren
        mark: updated_at
        overlap: 2 hours
        columns: {person_id: id_card}

``mark`` is a column that rises with every change, a timestamp or a whole number. ``overlap`` is how far below the
last mark rows are read again, since a long transaction commits rows below marks already seen: an interval for
timestamps, a number for numbers; longer than the longest transaction of that database. ``columns`` names source
columns that are called otherwise than in the contract. No password stands here: libpq takes it from
``~/.pgpass`` or a service file.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from data_contracts.contract import Contract, did_you_mean

FILE = "sources.yaml"
_NEEDED = ("feed", "dsn", "table", "mark", "overlap")
_MAY = ("columns",)
_SECRET = re.compile(r"password\s*=|://[^/@]*:[^/@]*@", re.IGNORECASE)


class SourceError(RuntimeError):
    """A source cannot be read as told; the message says which, why and what to do."""


@dataclass(frozen=True)
class Source:
    """One table or view. ``columns`` maps contract columns to source columns, all of them."""

    feed: str
    dsn: str
    table: tuple[str, ...]
    mark: str
    overlap: str
    columns: Mapping[str, str]


def load_sources(path: Path, contracts: Mapping[str, Contract]) -> dict[str, Source]:
    """Return the sources by feed.

    Raises:
        SourceError: the file is missing or does not say what it must.
    """
    if not path.exists():
        raise SourceError(f"no {path}: write one, or have departments drop files instead")
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise SourceError(f"{path} is not YAML: {error}") from error
    entries = document.get("sources") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise SourceError(f"{path} has no list `sources`")
    found: dict[str, Source] = {}
    for entry in entries:
        source = _source(entry, contracts)
        if source.feed in found:
            raise SourceError(f"feed {source.feed} has two sources; keep one")
        found[source.feed] = source
    return found


def _source(entry: object, contracts: Mapping[str, Contract]) -> Source:
    if not isinstance(entry, dict):
        raise SourceError(f"a source is {entry!r}, expected {', '.join(_NEEDED)}")
    told = {str(name): value for name, value in entry.items()}
    for name in told:
        if name not in (*_NEEDED, *_MAY):
            raise SourceError(f"unknown field {name!r}{did_you_mean(name, (*_NEEDED, *_MAY))}")
    texts = {name: str(told[name]) for name in _NEEDED if told.get(name) is not None}
    for name in _NEEDED:
        if name not in texts:
            raise SourceError(f"a source does not say {name}")
    feed = texts["feed"]
    if feed not in contracts:
        raise SourceError(f"no contract for feed {feed!r}{did_you_mean(feed, contracts)}")
    if _SECRET.search(texts["dsn"]):
        raise SourceError(f"feed {feed}: a password stands in the dsn; move it to ~/.pgpass")
    renamed = told.get("columns") or {}
    if not isinstance(renamed, dict):
        raise SourceError(f"feed {feed}: columns is {renamed!r}, expected names by contract column")
    for name in renamed:
        contracts[feed].column(str(name))
    columns = {name: str(renamed.get(name, name)) for name in contracts[feed].column_names}
    table = tuple(texts["table"].split("."))
    return Source(feed, texts["dsn"], table, texts["mark"], texts["overlap"], columns)
