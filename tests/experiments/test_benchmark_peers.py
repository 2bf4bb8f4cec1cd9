"""The engine's side of `bench peers` answers what a query per date answers, and starts as light as it can."""

import subprocess
import sys
from pathlib import Path

import pytest

from experiments.benchmarks.agreement import compare
from experiments.benchmarks.peers import duckdb_per_date
from experiments.benchmarks.peers.data import write_data
from experiments.benchmarks.peers.task import COLUMNS, DATES
from experiments.benchmarks.side_by_side import TOLERANCE

HOUSEHOLDS = 60


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("peers")
    write_data(folder, households=HOUSEHOLDS, seed=3)
    return folder


def test_the_engine_says_what_one_query_per_date_says_and_loads_no_pandas(
    data: Path, tmp_path: Path
) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir()
    theirs.mkdir()
    script = (
        "import sys; from pathlib import Path\n"
        "from experiments.benchmarks.peers.engine import build\n"
        "build(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "sys.exit('pandas was loaded: it takes longer than the whole reduction' if 'pandas' in sys.modules else 0)"
    )

    ended = subprocess.run(
        [sys.executable, "-c", script, str(data), str(ours)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    duckdb_per_date.build(data, theirs)

    told = compare(
        ours / "*.parquet",
        theirs / "*.parquet",
        keys=["entity_id", "filename"],
        tolerance=TOLERANCE,
    )
    assert (told.rows, told.columns, told.only_in_one) == (HOUSEHOLDS * len(DATES), COLUMNS, 0)
    assert told.differing == {}
