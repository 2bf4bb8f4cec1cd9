"""A feed as small as a feed can be, and its lake told in plain Python: what the lake is compared with.

A note has an id, a day, an amount that must be a number and a remark that may be absent. Nothing more is
checked, so a pass of the gate over a few notes takes some hundredths of a second.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from ibis.backends import BaseBackend

from data_contracts.contract import Contract
from data_contracts.gate import pass_gate
from data_contracts.judgement import Judgement
from data_contracts.lake import Lake
from data_contracts.odcs import load_contracts
from features.connections import open_engine

FEED = "notes"
FAR = datetime.fromisoformat("2025-01-01")
_CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: test-notes
name: notes
version: 1.0.0
status: active
domain: test
team: {name: 档案}
description: {purpose: Trying the lake., limitations: Nobody is in it., usage: Tests.}
customProperties:
  - {property: legalBasis, value: none needed}
  - {property: owner, value: tests}
schema:
  - name: notes
    logicalType: object
    physicalType: file
    dataGranularityDescription: One row per note.
    customProperties:
      - {property: entity, value: person}
      - {property: entityColumn, value: person_id}
      - {property: factId, value: note_id}
    properties:
      - {name: note_id, logicalType: string, required: true, classification: S2, description: One note.}
      - {name: person_id, logicalType: string, required: true, classification: S2, description: Whose.}
      - {name: event_date, logicalType: date, required: true, classification: S2, description: When.}
      - name: amount
        logicalType: number
        required: true
        classification: S2
        description: How much.
        customProperties: [{property: unit, value: yuan}]
      - {name: remark, logicalType: string, required: false, classification: S2, description: Free text.}
slaProperties:
  - {property: frequency, value: 1, unit: d}
  - {property: latency, value: 1, unit: d}
  - {property: retention, value: 365, unit: d}
"""

Note = tuple[float, str | None]
"""Amount and remark."""


@cache
def contracts() -> Mapping[str, Contract]:
    """Return the contract of the one feed."""
    with TemporaryDirectory() as folder:
        (Path(folder) / f"{FEED}.odcs.yaml").write_text(_CONTRACT, encoding="utf-8")
        return load_contracts(Path(folder))


def frame(notes: Mapping[str, Note]) -> pd.DataFrame:
    """Return notes as a department writes them; the day follows from the id."""
    ids = list(notes)
    return pd.DataFrame(
        {
            "note_id": pd.Series(ids, dtype="str"),
            "person_id": pd.Series([f"p{name}" for name in ids], dtype="str"),
            "event_date": pd.Series(["2024-01-01"] * len(ids), dtype="str"),
            "amount": pd.Series([notes[name][0] for name in ids], dtype="float64"),
            "remark": pd.Series([notes[name][1] for name in ids], dtype="str"),
        }
    )


def judge_notes(home: Path, *, before: datetime = FAR) -> list[Judgement]:
    """Pass the gate."""
    return pass_gate(home, contracts(), before=before, progress=lambda line: None, keyring=None)


@dataclass(frozen=True, order=True)
class Telling:
    """One row of one delivery. ``place`` orders deliveries as they were received."""

    known_from: datetime
    place: tuple[object, ...]
    note_id: str
    note: Note


Version = tuple[str, Note, datetime, datetime | None]
"""Id, content, known_from, known_until."""


def folded(tellings: Iterable[Telling]) -> list[Version]:
    """Return the versions that tellings make, said as simply as possible: day by day, the newest word holds."""
    versions: list[Version] = []
    by_id: dict[str, list[Telling]] = {}
    for telling in tellings:
        by_id.setdefault(telling.note_id, []).append(telling)
    for note_id, said in by_id.items():
        held: tuple[Note, datetime] | None = None
        for moment in sorted({telling.known_from for telling in said}):
            known = [telling for telling in said if telling.known_from <= moment]
            note = max(known, key=lambda telling: telling.place).note
            if held is None or note != held[0]:
                if held is not None:
                    versions.append((note_id, *held, moment))
                held = (note, moment)
        if held is not None:
            versions.append((note_id, *held, None))
    return sorted(versions, key=lambda version: (version[0], version[2]))


def lake_versions(home: Path) -> list[Version]:
    """Return every version the lake of a home holds, as features read it."""
    with open_engine() as engine:
        return versions_of(Lake(home), engine)


def versions_of(lake: Lake, engine: BaseBackend) -> list[Version]:
    """Return every version a lake holds, read with an engine that is open already."""
    held = engine.to_pandas(lake.facts(engine, contracts()[FEED]))
    rows = held.astype(object).where(held.notna(), None).to_dict("records")
    versions = [
        (
            str(row["note_id"]),
            (float(row["amount"]), row["remark"]),
            row["known_from"].to_pydatetime(),
            None if row["known_until"] is None else row["known_until"].to_pydatetime(),
        )
        for row in rows
    ]
    return sorted(versions, key=lambda version: (version[0], version[2]))
