"""What was skipped is said last; in CI a skipped test is a failure. Nothing may leave this machine."""

import gc
import importlib.util
import os
import shutil
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

# CI judges a submission by the same examples every time; new ones are hunted on developers' machines.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI") == "true":
    settings.load_profile("ci")

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("DO_NOT_TRACK", "true")
os.environ.setdefault("GX_ANALYTICS_ENABLED", "False")

# A query is a tree of many small objects: looking through them every few hundred took a seventh of the CPU.
gc.set_threshold(50_000, 20, 100)

TOOLS = "make apt-test-tools"
NEEDED = {
    "browser": (shutil.which("chromium") is not None, f"needs Chromium: {TOOLS}"),
    "spark": (
        importlib.util.find_spec("pyspark") is not None and shutil.which("java") is not None,
        f"needs Spark: `make spark` and `{TOOLS}`",
    ),
}
"""By marker: whether its tests can run here, and what to do if not."""


LONGEST = ("tests/any_order/", "tests/features/test_two_engines.py", "tests/integration/")
"""Files of one long test or two: begun last, one core would wait for them for minutes."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))
    for item in items:
        for marker, (is_here, reason) in NEEDED.items():
            if not is_here and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Spark on two cores, one session for all tests of a process: a process can hold no second one."""
    from features.connections import open_spark

    # A few rows are read faster than code for them is generated and compiled.
    settings = {
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    }
    folder = tmp_path_factory.mktemp("spark")
    with open_spark("local[2]", spill=folder, memory="1500MB", settings=settings) as opened:
        yield opened


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that leaves this machine, whichever library tries it."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else "local"
        if self.family != socket.AF_UNIX and host not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {host}; only loopback is allowed")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    for report in skipped:
        terminalreporter.write_line(f"skipped: {report.nodeid}: {_reason(report)}")
    if skipped:
        terminalreporter.write_line(f"{len(skipped)} tests were skipped; get their tools: {TOOLS}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    in_ci = os.environ.get("CI") == "true" and not hasattr(session.config, "workerinput")
    if in_ci and reporter is not None and reporter.stats.get("skipped") and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _reason(report: pytest.TestReport) -> str:
    longrepr = report.longrepr
    return longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
