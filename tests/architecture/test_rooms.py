"""The shape of the house: import rules, one desk per third party, no telemetry, no clock below the edges."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("data_contracts", "features", "models", "experiments", "serving")
DESKS = {
    "cryptography": {"data_contracts/ciphers.py"},
    "great_expectations": {
        "data_contracts/expectations.py",
        "data_contracts/spark_expectations.py",
    },
    "mlflow": {"models/tracking.py"},
    "lightgbm": {"models/learners/trees.py"},
    "splink": {
        f"data_contracts/linkage/splink_desk/{room}.py"
        for room in ("scoring", "session", "settings", "training")
    },
}


def sources() -> list[Path]:
    found = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    assert len(found) > 50
    return found


@pytest.mark.parametrize("library", sorted(DESKS))
def test_one_desk_talks_to_each_large_third_party(library: str) -> None:
    imports = re.compile(
        rf"^\s*(import {library}|from {library})\b|import_module\(\"{library}", re.MULTILINE
    )
    talking = {
        str(path.relative_to(ROOT)) for path in sources() if imports.search(path.read_text("utf-8"))
    }

    assert talking == DESKS[library]


def test_only_one_module_opens_ibis_connections() -> None:
    opening = {
        str(path.relative_to(ROOT))
        for path in sources()
        if re.search(r"ibis\.\w+\.connect\(|ibis\.connect\(", path.read_text("utf-8"))
    }

    assert opening == {"features/connections.py"}


def test_nothing_is_pickled() -> None:
    pickling = [
        str(path.relative_to(ROOT))
        for path in sources()
        if re.search(r"\b(import|from) (pickle|cloudpickle|joblib|dill)\b", path.read_text("utf-8"))
    ]

    assert pickling == []


@pytest.mark.parametrize("command", ["serving.cli", "experiments.cli"])
def test_help_starts_without_loading_heavy_libraries(command: str) -> None:
    script = (
        f"import sys, {command}\n"
        "heavy = {'mlflow', 'great_expectations', 'lightgbm', 'sklearn'} & set(sys.modules)\n"
        "sys.exit(f'loaded at start: {sorted(heavy)}' if heavy else 0)"
    )

    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT
    )

    assert ended.returncode == 0, ended.stderr


def test_help_of_the_laboratory_is_told_without_them_and_without_pandas() -> None:
    script = (
        "import sys; from experiments.cli import main; main(['--help'])\n"
        "heavy = {'mlflow', 'lightgbm', 'sklearn', 'pandas', 'ibis'} & set(sys.modules)\n"
        "sys.exit(f'loaded for --help: {sorted(heavy)}' if heavy else 0)"
    )

    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT
    )

    assert ended.returncode == 0, ended.stderr
