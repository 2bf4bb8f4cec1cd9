"""What the benchmarks conclude from their figures: who agrees with whom, and what grows faster than linear."""

from pathlib import Path

import duckdb
import pytest

from experiments.benchmarks.agreement import compare
from experiments.benchmarks.peers.task import COLUMNS, TABLES, WINDOWS
from experiments.benchmarks.phases import Phases
from experiments.benchmarks.scale import fit
from experiments.benchmarks.spent import ProcessFailed, in_fresh_process

OURS = "SELECT * FROM (VALUES ('h1', 1.0::DOUBLE, 5, 'x'), ('h2', NULL, 6, 'x')) AS t(household_id, a, b, c)"


def _written(folder: Path, name: str, query: str) -> Path:
    duckdb.connect().execute(f"COPY ({query}) TO '{folder}/{name}.parquet'")
    return folder / f"{name}.parquet"


@pytest.mark.parametrize(
    ("theirs", "differing"),
    [
        (OURS, {}),
        (OURS.replace("1.0", "1.0000000001"), {}),
        (OURS.replace("1.0", "1.001"), {"a": 1}),
        (OURS.replace("NULL", "0.0"), {"a": 1}),
        (OURS.replace("6", "7"), {"b": 1}),
        (OURS.replace("'x')) AS", "'y')) AS"), {"c": 1}),
    ],
)
def test_null_and_zero_differ_and_so_do_numbers_beyond_the_tolerance(
    tmp_path: Path, theirs: str, differing: dict[str, int]
) -> None:
    found = compare(
        _written(tmp_path, "ours", OURS),
        _written(tmp_path, "theirs", theirs),
        keys=["household_id"],
    )
    assert found.differing == differing
    assert (found.rows, found.columns, found.only_in_one) == (2, 3, 0)


def test_a_household_only_one_side_knows_is_told(tmp_path: Path) -> None:
    theirs = OURS.replace("h2", "h3")
    found = compare(
        _written(tmp_path, "ours", OURS),
        _written(tmp_path, "theirs", theirs),
        keys=["household_id"],
    )
    assert (found.rows, found.only_in_one) == (1, 2)


def test_a_column_that_never_varies_is_told_as_such(tmp_path: Path) -> None:
    path = _written(tmp_path, "ours", OURS)
    assert compare(path, path, keys=["household_id"]).constant == ("c",)


def test_linear_growth_has_slope_one_and_a_quadratic_one_two() -> None:
    sizes = [50_000, 200_000, 1_000_000]
    linear = fit(sizes, [5, 20, 100])
    assert linear.slope == pytest.approx(1)
    assert linear.worst == pytest.approx(1)
    quadratic = fit(sizes, [5, 80, 2000])
    assert quadratic.slope == pytest.approx(2)
    assert quadratic.worst == pytest.approx(20)


def test_what_costs_less_per_household_at_larger_size_is_no_deviation() -> None:
    assert fit([1000, 10_000], [10, 20]).worst == pytest.approx(0.2)


def test_a_process_that_fails_is_not_measured() -> None:
    with pytest.raises(ProcessFailed, match="No module named"):
        in_fresh_process("experiments.benchmarks.nobody")


def test_a_phase_that_comes_again_adds_up_and_none_runs_after_the_end() -> None:
    phases = Phases()
    for name in ("read", "join", "read"):
        phases.begin(name)
    phases.end()
    phases.end()
    assert list(phases.seconds) == list(phases.cpu_seconds) == ["read", "join"]


def test_the_task_has_as_many_columns_as_it_says() -> None:
    measures = sum(len(one) for one in TABLES.values())
    assert len(WINDOWS) * (len(TABLES) + 5 * measures) == COLUMNS == 192
