"""The engine knows no dataset by name: the survey is a deployment like any other."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SURVEY = re.compile(r"hps|household.?pulse", re.IGNORECASE)

OWN = ROOT / "experiments" / "real"
COMMAND = ROOT / "experiments" / "cli.py"
"""The command has to be called something; it names the experiments it runs."""


def engine_sources() -> list[Path]:
    packages = ("data_contracts", "features", "models", "serving", "experiments")
    found = [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]
    return [path for path in found if OWN not in path.parents and path != COMMAND]


def test_no_module_of_the_engine_names_the_survey() -> None:
    sources = engine_sources()
    assert len(sources) > 50
    naming = [path for path in sources if SURVEY.search(path.read_text(encoding="utf-8"))]
    assert naming == []


def test_the_survey_would_be_found_if_it_were_named() -> None:
    assert SURVEY.search((OWN / "hps" / "deployment.py").read_text(encoding="utf-8"))
