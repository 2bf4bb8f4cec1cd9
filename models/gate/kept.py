"""Evidence kept beside the trained models: what a run, an ablation or a fairness table found out.

``home/trained/evidence/<artefact id>.json``; every measurement adds its parts, and a later one replaces
the same part.
"""

import json
import os
from dataclasses import asdict, fields, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from models.gate.evidence import Evidence
from models.gate.refusals import PromotionRefusal

_ADAPTER = TypeAdapter(Evidence)


class EvidenceUnreadable(PromotionRefusal):
    """A file of evidence is not what was written."""


def keep(home: Path, artefact_id: str, found: Evidence) -> Evidence:
    """Add the parts of ``found`` that are known to what is kept, and return all of it."""
    kept = merged(kept_evidence(home, artefact_id), found)
    path = _path(home, artefact_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_suffix(".part")
    staged.write_text(json.dumps(asdict(kept), ensure_ascii=False, indent=1), "utf-8")
    os.replace(staged, path)
    return kept


def kept_evidence(home: Path, artefact_id: str) -> Evidence:
    """Return what is kept about an artefact; nothing at all if nothing was.

    Raises:
        EvidenceUnreadable: the file was changed by hand or by another version.
    """
    path = _path(home, artefact_id)
    if not path.exists():
        return Evidence()
    try:
        return _ADAPTER.validate_python(json.loads(path.read_text("utf-8")))
    except (ValueError, ValidationError) as error:
        raise EvidenceUnreadable(f"{path} is not evidence as it is kept: measure again") from error


def merged(earlier: Evidence, later: Evidence) -> Evidence:
    """Return ``earlier`` with every known part of ``later`` in its place."""
    known = {
        field.name: getattr(later, field.name)
        for field in fields(Evidence)
        if getattr(later, field.name) is not None
    }
    return replace(earlier, **known)


def _path(home: Path, artefact_id: str) -> Path:
    return home / "trained" / "evidence" / f"{artefact_id}.json"
