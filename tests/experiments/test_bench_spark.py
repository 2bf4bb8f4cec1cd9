"""What the benchmark on Spark reads from an event log, and the line it draws."""

import json
from pathlib import Path

import pytest

from experiments.benchmarks.spark import line
from experiments.benchmarks.spark_log import tasks_of


def ended(*, failed: bool = False, shuffled: int = 0, cpu_ns: int = 0) -> str:
    metrics = {
        "Executor CPU Time": cpu_ns,
        "Executor Run Time": 1500,
        "JVM GC Time": 100,
        "Input Metrics": {"Bytes Read": 0},
        "Shuffle Write Metrics": {"Shuffle Bytes Written": shuffled},
        "Disk Bytes Spilled": 0,
    }
    event = {"Event": "SparkListenerTaskEnd", "Task Info": {"Failed": failed}}
    told = event if failed else {**event, "Task Metrics": metrics}
    return json.dumps(told, separators=(",", ":"))


def test_tasks_of_a_session_are_added_up(tmp_path: Path) -> None:
    log = [
        '{"Event":"SparkListenerLogStart","Spark Version":"4.0.5"}',
        ended(shuffled=2**30, cpu_ns=2_000_000_000),
        ended(shuffled=2**29, cpu_ns=500_000_000),
        ended(failed=True),
    ]
    (tmp_path / "local-1").write_text("\n".join(log), encoding="utf-8")
    (tmp_path / ".local-1.crc").write_text("checksum", encoding="utf-8")

    found = tasks_of(tmp_path)

    assert (found.tasks, found.failed) == (3, 1)
    assert (found.cpu_seconds, found.run_seconds, found.shuffled) == (2.5, 3.0, 1.5)


def test_a_session_without_a_log_is_said_to_have_none(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="0 event logs"):
        tasks_of(tmp_path)


def test_the_line_passes_through_points_on_a_line() -> None:
    drawn = line([2_000, 10_000, 50_000], [130.0, 150.0, 250.0])

    assert drawn.fixed == pytest.approx(125)
    assert drawn.at(50_000_000) == pytest.approx(125_125)
