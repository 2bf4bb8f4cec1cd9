"""Anything that can happen to deliveries, in any order, against a fold in plain Python.

Deliver, duplicate, late, replace, backfill, dirty, release, crash, rerun, compact; the same with real deaths of
the process in ``test_any_order_with_kills``. CI tries 200 sequences of up to 50 steps together;
``ZHAOREN_EXAMPLES=5000`` tries as many of each as a night has time for.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from ibis.backends import BaseBackend

from data_contracts.compaction import compact
from data_contracts.lake import Lake
from data_contracts.releases import release
from data_contracts.verification import verify
from tests.data_contracts.dying import POINTS, arm
from tests.data_contracts.notes import (
    FEED,
    Note,
    Telling,
    contracts,
    folded,
    judge_notes,
    versions_of,
)

IN_THE_GATE = tuple(point for point in POINTS if point.startswith("gate."))
DAWN = datetime.fromisoformat("2024-08-05 00:00")
NOTE = st.tuples(st.sampled_from([1.0, 2.0, 3.0]), st.sampled_from([None, "甲"]))
NOTES = st.dictionaries(st.sampled_from("abcd"), NOTE, min_size=1, max_size=4)


class _Crash(BaseException):
    pass


@dataclass
class _File:
    """One delivery as the reference knows it."""

    name: str
    received_at: datetime
    notes: dict[str, Note]
    bad: frozenset[str] = frozenset()
    original: "_File | None" = None
    delivery_id: str = field(default="")

    @property
    def place(self) -> tuple[object, ...]:
        first = self.original or self
        return (first.received_at, first.name, self.received_at, self.name)

    @property
    def tellings(self) -> list[Telling]:
        good = {name: note for name, note in self.notes.items() if name not in self.bad}
        return [Telling(self.received_at, self.place, *told) for told in good.items()]

    @property
    def row_of(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.notes, start=1)}


class AnyOrder(RuleBasedStateMachine):
    """One home, one feed, and the files that came."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp(prefix="zhaoren-any-", dir=_memory()))
        (self.home / "landing" / FEED).mkdir(parents=True)
        self.clock = DAWN
        self.number = 0
        self.landed: dict[str, _File] = {}
        self.judged: list[_File] = []
        self.unknown = False

    def teardown(self) -> None:
        self._night()
        self._compare()
        assert verify(self.home).faults == ()
        shutil.rmtree(self.home)

    @rule(notes=NOTES)
    def deliver(self, notes: dict[str, Note]) -> None:
        self._land(_File(self._name(), self._tick(), notes))

    @rule(notes=NOTES, hours=st.integers(0, 40))
    def late(self, notes: dict[str, Note], hours: int) -> None:
        """A file received long ago, perhaps in the very second of another one."""
        self._land(_File(self._name(), self.clock - timedelta(hours=hours), notes))

    @rule(several=st.lists(NOTES, min_size=2, max_size=2), hours=st.integers(5, 60))
    def backfill(self, several: list[dict[str, Note]], hours: int) -> None:
        for place, notes in enumerate(several):
            self._land(_File(self._name(), self.clock - timedelta(hours=hours - 2 * place), notes))

    @rule(notes=NOTES, bad=st.frozensets(st.sampled_from("abcd"), min_size=1, max_size=3))
    def dirty(self, notes: dict[str, Note], bad: frozenset[str]) -> None:
        self._land(_File(self._name(), self._tick(), notes, bad & notes.keys()))

    @precondition(lambda self: self.landed)
    @rule(data=st.data(), again=st.booleans())
    def duplicate(self, data: st.DataObject, again: bool) -> None:
        """The same content under another name, received now; or the very same file once more."""
        file = self._pick(data)
        if again:
            self._land(file)
        elif file.original is None:
            self._land(_File(self._name(), self._tick(), file.notes, file.bad))

    @precondition(lambda self: self.landed)
    @rule(data=st.data(), notes=NOTES)
    def replace(self, data: st.DataObject, notes: dict[str, Note]) -> None:
        """A correction under the name of an earlier file, in its place in the folder."""
        self._find_out()
        file = self._pick(data)
        if file.original is None:
            self._land(_File(file.name, self._tick(), notes))

    @precondition(lambda self: any(file.bad for file in self.judged))
    @rule(data=st.data(), notes=NOTES)
    def release(self, data: st.DataObject, notes: dict[str, Note]) -> None:
        self._find_out()
        kept = [file for file in self.judged if (self.home / self._quarantine(file)).exists()]
        if not kept:
            return
        original = kept[data.draw(st.integers(0, len(kept) - 1))]
        back = {name: note for name, note in notes.items() if name in original.bad}
        if not back:
            return
        received_at = self._tick()
        columns = {
            "note_id": list(back),
            "person_id": [f"p{name}" for name in back],
            "event_date": ["2024-01-01"] * len(back),
            "amount": [str(note[0]) for note in back.values()],
            "remark": pa.array([note[1] for note in back.values()], pa.string()),
            "source_row": [str(original.row_of[name]) for name in back],
        }
        path = release(
            self.home, None, original.delivery_id, pa.table(columns), contracts()[FEED],
            received_at=received_at,
        )  # fmt: skip
        self.landed[path.name] = _File(path.name, received_at, back, original=original)

    @rule(crash=st.sampled_from([None, None, *IN_THE_GATE]))
    def night(self, crash: str | None) -> None:
        with _armed(crash):
            judge_notes(self.home)
        self.unknown = True

    @rule(
        crash=st.sampled_from([None, None, "compaction.file_written", "compaction.after_replace"])
    )
    def compact(self, crash: str | None) -> None:
        with _armed(crash):
            compact(self.home, contracts(), progress=lambda told: None)

    @invariant()
    def nothing_lies_half_written_where_it_counts(self) -> None:
        for path in (self.home / "landing" / FEED).glob("*.tmp"):
            raise AssertionError(path)

    def _name(self) -> str:
        self.number += 1
        return f"{self.number}.csv"

    def _tick(self) -> datetime:
        self.clock += timedelta(hours=1)
        return self.clock

    def _pick(self, data: st.DataObject) -> _File:
        names = sorted(self.landed)
        return self.landed[names[data.draw(st.integers(0, len(names) - 1))]]

    def _land(self, file: _File) -> None:
        if file.original is not None:
            return
        lines = ["note_id,person_id,event_date,amount,remark"]
        for name, (amount, remark) in file.notes.items():
            cell = "??" if name in file.bad else str(amount)
            lines.append(f"{name},p{name},2024-01-01,{cell},{remark or ''}")
        content = ("\n".join(lines) + "\n").encode()
        path = self.home / "landing" / FEED / file.name
        path.write_bytes(content)
        manifest = {
            "feed": FEED,
            "received_at": file.received_at.isoformat(),
            "sha256": sha256(content).hexdigest(),
            "rows": len(file.notes),
            "format": "csv",
        }
        path.with_name(f"{file.name}.manifest.json").write_text(json.dumps(manifest))
        self.landed[file.name] = file

    def _night(self) -> None:
        judge_notes(self.home)
        self.unknown = True
        self._find_out()
        judged = {(file.name, file.received_at) for file in self.judged}
        assert judged >= {(file.name, file.received_at) for file in self.landed.values()}

    def _find_out(self) -> None:
        """Ask the catalogue which files have been judged, as after a crash nobody else knows."""
        if not self.unknown:
            return
        known = {(file.name, file.received_at) for file in self.judged}
        for judgement in Lake(self.home).catalogue.judgements():
            file = self.landed.get(judgement.name)
            key = (judgement.name, judgement.received_at)
            if file is not None and key not in known and file.received_at == judgement.received_at:
                file.delivery_id = judgement.delivery_id
                self.judged.append(file)
        self.unknown = False

    def _quarantine(self, file: _File) -> str:
        return f"quarantine/{FEED}/{file.delivery_id}.parquet"

    def _compare(self) -> None:
        told = [telling for file in self.judged for telling in file.tellings]
        assert versions_of(Lake(self.home), ENGINES[0]) == folded(told)


@contextmanager
def _armed(point: str | None) -> Iterator[None]:
    def die() -> None:
        raise _Crash

    with pytest.MonkeyPatch.context() as patched:
        if point is not None:
            arm(point, die, patched.setattr)
        with suppress(_Crash):
            yield


def _memory() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


ENGINES: list[BaseBackend] = []
"""One engine for all examples: opening it costs as much as an example's night."""


def machine_settings(examples: int) -> settings:
    """Return the settings of a machine that tries so many sequences, unless the environment says how many."""
    return settings(
        max_examples=int(os.environ.get("ZHAOREN_EXAMPLES", examples)),
        stateful_step_count=50,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
