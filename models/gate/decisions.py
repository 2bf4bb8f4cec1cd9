"""Everything ever decided about promotions of a home: ``models/decisions.jsonl``, appended and never changed.

Every line holds the SHA-256 of the line before and its own, so that a changed or dropped line in the middle is
seen. Lines dropped at the end are not: keep the last hash elsewhere, as a backup does.
"""

import fcntl
import hashlib
import json
import math
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, cast

from models.gate.decision import Decision
from models.gate.refusals import PromotionRefusal

Kind = Literal["promotion", "provisional", "refusal", "rollback", "signature"]

_FIRST = "0" * 64


class DecisionsDamaged(PromotionRefusal):
    """The file of decisions is not as it was written."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """One line. ``said`` is the whole of it in words; ``details`` depends on the kind."""

    kind: Kind
    at: str
    by: str
    artefact_id: str
    said: str
    details: Mapping[str, object]
    previous: str
    sha256: str


def append(
    home: Path,
    kind: Kind,
    *,
    at: datetime,
    by: str,
    artefact_id: str,
    said: str,
    details: Mapping[str, object],
) -> Record:
    """Add one line and return it.

    Raises:
        DecisionsDamaged: what is there already is not sound; nothing is added.
    """
    path = _path(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        # Two people may decide at once; the second line must know the first one.
        fcntl.flock(file, fcntl.LOCK_EX)
        known = records(home)
        content = {
            "kind": kind,
            "at": at.isoformat(timespec="seconds"),
            "by": by,
            "artefact_id": artefact_id,
            "said": said,
            "details": _plain(details),
            "previous": known[-1].sha256 if known else _FIRST,
        }
        line = {**content, "sha256": _hash(content)}
        file.write(_canonical(line) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return _record(line)


def records(home: Path) -> tuple[Record, ...]:
    """Return every line, oldest first, after checking the whole chain; empty if nothing was decided.

    Raises:
        DecisionsDamaged: a line is cut off, was changed, or does not follow from the one before.
    """
    path = _path(home)
    if not path.exists():
        return ()
    found, previous = [], _FIRST
    for number, text in enumerate(path.read_bytes().split(b"\n")[:-1], 1):
        try:
            line = cast("dict[str, object]", json.loads(text))
            claimed = line.pop("sha256")
            sound = claimed == _hash(line) and line["previous"] == previous
            record = _record({**line, "sha256": claimed})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _damaged(path, number) from error
        if not sound:
            raise _damaged(path, number)
        previous = record.sha256
        found.append(record)
    if path.stat().st_size and not path.read_bytes().endswith(b"\n"):
        raise _damaged(path, len(found) + 1)
    return tuple(found)


def details_of(decision: Decision) -> dict[str, object]:
    """Return a decision as it is kept: every check with its figure, the waivers, and the bars' hash."""
    return {
        "verdict": decision.verdict.value,
        "conditions": [
            {
                "name": one.name,
                "answer": one.answer.value,
                "checks": [asdict(check) for check in one.checks],
            }
            for one in decision.conditions
        ],
        "waivers": [asdict(waiver) for waiver in decision.waivers],
        "bars": {
            "sha256": decision.bars.sha256,
            "as_of_date": decision.bars.as_of_date.isoformat(),
        },
    }


def _path(home: Path) -> Path:
    return home / "models" / "decisions.jsonl"


def _record(line: Mapping[str, object]) -> Record:
    return Record(
        kind=cast("Kind", line["kind"]),
        at=str(line["at"]),
        by=str(line["by"]),
        artefact_id=str(line["artefact_id"]),
        said=str(line["said"]),
        details=cast("Mapping[str, object]", line["details"]),
        previous=str(line["previous"]),
        sha256=str(line["sha256"]),
    )


def _damaged(path: Path, number: int) -> DecisionsDamaged:
    return DecisionsDamaged(
        f"{path}, line {number}: not as it was written, or cut off; restore the file from a backup"
    )


def _hash(content: Mapping[str, object]) -> str:
    return hashlib.sha256(_canonical(content)).hexdigest()


def _canonical(content: Mapping[str, object]) -> bytes:
    return json.dumps(
        content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def _plain(value: object) -> object:
    """Return a value as JSON has it; what is not a number becomes null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)
