"""A folder for what one engine cannot hold in memory; what a killed process left is removed by the next.

A folder belongs to whoever holds the lock beside it. The lock is taken before the folder is made and ends with the
process, however that ends: a folder whose lock is free belongs to nobody.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LOCK = ".lock"


@contextmanager
def scratch_folder(spill: Path, *, prefix: str) -> Iterator[Path]:
    """Make a folder of its own under ``spill``, which may not exist yet; removed when the context ends."""
    spill.mkdir(parents=True, exist_ok=True)
    _sweep(spill)
    handle, name = tempfile.mkstemp(dir=spill, prefix=prefix)
    lock = Path(name).with_suffix(_LOCK)
    try:
        # Held before it has the name by which others look for locks that nobody holds.
        fcntl.flock(handle, fcntl.LOCK_EX)
        os.rename(name, lock)
        folder = lock.with_suffix("")
        folder.mkdir()
        yield folder
    finally:
        _remove(lock)
        os.close(handle)


def _sweep(spill: Path) -> None:
    for path in spill.glob(f"*{_LOCK}"):
        try:
            with path.open("r+b") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(path)
        except OSError:
            # In use, gone since, or another user's: none of it is ours to remove.
            continue


def _remove(lock: Path) -> None:
    """Remove the folder of a lock that is held, then the lock; it stays where the folder cannot be removed whole."""
    folder = lock.with_suffix("")
    shutil.rmtree(folder, ignore_errors=True)
    if not folder.exists():
        lock.unlink(missing_ok=True)
