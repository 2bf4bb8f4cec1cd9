"""Files that must be whole: written through to the disk, named safely, moved as one folder."""

import hashlib
import os
import re
import shutil
from pathlib import Path

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def name_of(identifier: str) -> str:
    """Return a file name for an opaque id; ids that could mean something to a file system are hashed."""
    if _SAFE.fullmatch(identifier):
        return identifier
    return f"x-{hashlib.sha256(identifier.encode()).hexdigest()[:16]}"


def write(path: Path, content: bytes) -> str:
    """Write ``content`` through to the disk and return its SHA-256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return hashlib.sha256(content).hexdigest()


def sha256_of(path: Path) -> str | None:
    """Return the SHA-256 of a file; None if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def move(source: Path, target: Path) -> None:
    """Rename a folder and make the rename itself durable."""
    target.parent.mkdir(parents=True, exist_ok=True)
    source.rename(target)
    for folder in {source.parent, target.parent}:
        sync(folder)


def sync(folder: Path) -> None:
    """Make the names in ``folder`` durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_all(folder: Path) -> None:
    """Remove ``folder`` and everything in it, if it is there."""
    if folder.exists():
        shutil.rmtree(folder)
