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
    handle, name = tempfile.mkstemp(dir=spill, prefix=prefix, suffix=_LOCK)
    lock = Path(name)
    folder = lock.with_suffix("")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        folder.mkdir()
        yield folder
    finally:
        shutil.rmtree(folder)
        lock.unlink()
        os.close(handle)


def _sweep(spill: Path) -> None:
    for path in spill.glob(f"*{_LOCK}"):
        try:
            with path.open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path.with_suffix(""), ignore_errors=True)
                path.unlink(missing_ok=True)
        except (BlockingIOError, FileNotFoundError):
            # In use, or gone since: somebody else's.
            continue
