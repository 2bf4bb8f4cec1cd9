"""What a Spark job really did, added up over its tasks from the event log it wrote (one JSON document per line)."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SETTINGS = {
    "spark.eventLog.enabled": "true",
    "spark.eventLog.rolling.enabled": "false",
    "spark.eventLog.compress": "false",
}
"""What makes a session write one plain log file into ``spark.eventLog.dir``."""

_NANOSECONDS, _MILLISECONDS, _GIGABYTE = 1e9, 1e3, 1024**3


@dataclass
class Tasks:
    """Sums over the finished tasks of a session: times in seconds, volumes in gigabytes."""

    tasks: int = 0
    failed: int = 0
    cpu_seconds: float = 0.0
    """On a core, in Java; Python workers come on top."""
    run_seconds: float = 0.0
    """From start to end, waiting included."""
    collecting_seconds: float = 0.0
    """Of these in garbage collection."""
    read: float = 0.0
    shuffled: float = 0.0
    """Written by one task for another: what crosses the network of a cluster."""
    spilled: float = 0.0


def tasks_of(folder: Path) -> Tasks:
    """Add up the only event log in ``folder``.

    Raises:
        FileNotFoundError: the session wrote none.
    """
    logs = [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
    if len(logs) != 1:
        raise FileNotFoundError(f"{len(logs)} event logs in {folder}, expected one")
    found = Tasks()
    with logs[0].open(encoding="utf-8") as lines:
        for line in lines:
            # Plans are megabytes long; only what is asked for is parsed.
            if line.startswith('{"Event":"SparkListenerTaskEnd"'):
                _add(found, json.loads(line))
    return found


def _add(found: Tasks, event: dict[str, Any]) -> None:
    found.tasks += 1
    if event["Task Info"]["Failed"]:
        found.failed += 1
    spent = event.get("Task Metrics")
    if spent is None:
        return
    found.cpu_seconds += spent["Executor CPU Time"] / _NANOSECONDS
    found.run_seconds += spent["Executor Run Time"] / _MILLISECONDS
    found.collecting_seconds += spent["JVM GC Time"] / _MILLISECONDS
    found.read += spent["Input Metrics"]["Bytes Read"] / _GIGABYTE
    found.shuffled += spent["Shuffle Write Metrics"]["Shuffle Bytes Written"] / _GIGABYTE
    found.spilled += spent["Disk Bytes Spilled"] / _GIGABYTE
