"""A process that dies by SIGKILL at a named place of the gate or of a compaction, as in a power cut.

One helper process imports everything once and forks a child per death, so a death costs a few hundredths of a
second. Nothing multi-threaded is opened in the helper itself.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from data_contracts import compaction, lake
from data_contracts.catalogue import Catalogue
from tests.data_contracts.notes import contracts, judge_notes

POINTS = (
    "gate.file_staged",
    "gate.file_written",
    "gate.before_record",
    "gate.in_transaction",
    "gate.after_record",
    "compaction.file_written",
    "compaction.after_replace",
)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def arm(point: str, die: Callable[[], None], patch: Callable[[Any, str, Any], None]) -> None:
    """Make ``die`` happen at ``point``; ``patch(owner, name, value)`` replaces a function."""
    write, record, replace = lake.write_atomically, Catalogue.record, Catalogue.replace

    def written(path: Path, content: bytes) -> str:
        if point.endswith("file_staged"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.with_name(path.name + ".tmp").write_bytes(content[: len(content) // 2])
            die()
        digest = write(path, content)
        if point.endswith("file_written"):
            die()
        return digest

    def recorded(self: Catalogue, *args: Any, **kwargs: Any) -> None:
        if point == "gate.before_record":
            die()
        if point == "gate.in_transaction":
            kwargs["released"] = _dying_list(die)
            args[0].__dict__["releases"] = "x"
        record(self, *args, **kwargs)
        if point == "gate.after_record":
            die()

    def replaced(self: Catalogue, *args: Any, **kwargs: Any) -> None:
        replace(self, *args, **kwargs)
        if point == "compaction.after_replace":
            die()

    patch(lake, "write_atomically", written)
    patch(Catalogue, "record", recorded)
    patch(Catalogue, "replace", replaced)


def _dying_list(die: Callable[[], None]) -> list[int]:
    """Return what kills when the rows of a release are written, after the delivery is in the transaction."""

    class Dying(list[int]):
        def __iter__(self):
            die()
            return super().__iter__()

    return Dying([1])


class Mortals:
    """The helper, kept for many deaths."""

    def __init__(self) -> None:
        self._helper = subprocess.Popen(
            [sys.executable, "-m", "tests.data_contracts.dying"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )

    def die(self, home: Path, point: str) -> bool:
        """Work on a home until the point is reached; return whether it was."""
        assert self._helper.stdin is not None
        assert self._helper.stdout is not None
        self._helper.stdin.write(f"{point} {home}\n")
        self._helper.stdin.flush()
        return self._helper.stdout.readline().strip() == "killed"

    def close(self) -> None:
        """End the helper."""
        assert self._helper.stdin is not None
        self._helper.stdin.close()
        self._helper.wait(timeout=30)


def _serve() -> None:
    import great_expectations  # noqa: F401

    from data_contracts import expectations  # noqa: F401

    for line in sys.stdin:
        point, home = line.split(maxsplit=1)
        child = os.fork()
        if child == 0:
            arm(point, _die, setattr)
            if point.startswith("gate."):
                judge_notes(Path(home.strip()))
            else:
                compaction.compact(Path(home.strip()), contracts(), progress=lambda told: None)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        print("killed" if killed else f"lived {status}", flush=True)  # noqa: T201


if __name__ == "__main__":
    _serve()
