"""A private PostgreSQL of Debian's package: its own folder, a Unix socket, no network, nobody's data."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ABSENT = "PostgreSQL is not installed: run `make apt-test-tools`"
_NOBODY_SPECIAL = "nobody"
_MEMORY, _ROOM = Path("/dev/shm"), 2 << 30


def programs() -> Path | None:
    """Return the folder of initdb and pg_ctl, None when PostgreSQL is not installed."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return installed[-1].parent if installed else None


def _roomy() -> Path:
    """Return memory if there is room for two gigabytes: every test makes and drops a database of its own."""
    is_roomy = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM
    return _MEMORY if is_roomy else Path("/tmp")


@contextmanager
def running(binaries: Path) -> Iterator[str]:
    """Run a cluster of its own and yield the dsn of its superuser."""
    # It refuses to run as root.
    user = _NOBODY_SPECIAL if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="zhaoren-pg-", dir=_roomy()))
    if user is not None:
        entry = pwd.getpwnam(user)
        os.chown(folder, entry.pw_uid, entry.pw_gid)
    data = folder / "data"

    def run(*argv: str) -> None:
        done = subprocess.run(
            argv, user=user, cwd=folder, env={"LC_ALL": "C", "PATH": os.defpath, "TZ": "UTC"},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}"

    try:
        run(
            str(binaries / "initdb"),
            "-D",
            str(data),
            "-U",
            "owner",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "-N",
        )
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        log = str(folder / "log")
        run(str(binaries / "pg_ctl"), "-D", str(data), "-l", log, "-o", options, "-w", "start")
        try:
            yield f"host={folder} user=owner dbname=postgres"
        finally:
            run(str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
