"""The files of an artefact and their digests: checked byte by byte before anything reads them.

Every file's SHA-256 stands in a manifest, and the SHA-256 of the manifest is the model's name.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

FORMAT = 2
"""What is written. Format 1 knew LightGBM only and had no refits; it is read as well."""
MANIFEST = "manifest.json"
FACTS = "artefact.json"
GOLDEN = "golden.json"


class ArtefactError(RuntimeError):
    """An artefact is damaged, was made for other features, or could not be scored with."""


def seal(folder: Path) -> None:
    """Write the manifest over every file of ``folder``."""
    files = {path.name: _file_entry(path) for path in sorted(folder.iterdir())}
    (folder / MANIFEST).write_bytes(canonical({"format": FORMAT, "files": files}))


def verify(folder: Path, *, expected_id: str | None = None) -> str:
    """Check every byte of an artefact against its manifest and return its id; parses no model.

    Raises:
        ArtefactError: the manifest is not the expected one, or a file is missing, extra, of another
            size or of another content.
    """
    try:
        manifest = (folder / MANIFEST).read_bytes()
    except OSError as error:
        raise ArtefactError(f"no readable {MANIFEST} in {folder}: not an artefact") from error
    artefact_id = sha256(manifest)
    if expected_id is not None and artefact_id != expected_id:
        raise ArtefactError(
            f"{folder / MANIFEST} has SHA-256 {artefact_id[:12]}, expected {expected_id[:12]}:"
            " restore the folder from a backup or promote the model again"
        )
    try:
        files: dict[str, dict[str, object]] = json.loads(manifest)["files"]
        promised = {name: (entry["bytes"], entry["sha256"]) for name, entry in files.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ArtefactError(f"{folder / MANIFEST} is not a manifest") from error
    present = {path.name for path in folder.iterdir()} - {MANIFEST}
    if present != set(promised):
        raise ArtefactError(
            f"{folder}: missing {sorted(set(promised) - present)}, not in the manifest"
            f" {sorted(present - set(promised))}: restore the folder or promote the model again"
        )
    for name, expected in promised.items():
        path = folder / name
        found = _file_entry(path) if path.is_file() and not path.is_symlink() else {}
        if (found.get("bytes"), found.get("sha256")) != expected:
            raise ArtefactError(
                f"{path} does not match its manifest ({expected[0]} bytes expected,"
                f" {found.get('bytes', 'no')} found): damaged; restore it or promote the model again"
            )
    return artefact_id


def canonical(document: Mapping[str, object]) -> bytes:
    """Return a document as JSON text that is the same for the same content."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)
    return (text + "\n").encode()


def sha256(content: bytes) -> str:
    """Return the digest of ``content`` as 64 hex digits."""
    return hashlib.sha256(content).hexdigest()


def _file_entry(path: Path) -> dict[str, object]:
    content = path.read_bytes()
    return {"bytes": len(content), "sha256": sha256(content)}
