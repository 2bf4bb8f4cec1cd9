"""A district depends on its configuration and on nothing else."""

from pathlib import Path

import pytest

from experiments.district.config import DistrictConfig
from experiments.district.simulate import DistrictExists, simulate


def _content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _write(folder: Path, *, seed: int) -> dict[str, bytes]:
    config = DistrictConfig(households=300, months=5, seed=seed, burn_in_months=2)
    simulate(config, folder, lambda _: None)
    return _content(folder)


def test_the_same_configuration_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = _write(tmp_path / "a", seed=952), _write(tmp_path / "b", seed=952)
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_another_seed_gives_other_people_under_other_ids(tmp_path: Path) -> None:
    first, second = _write(tmp_path / "a", seed=952), _write(tmp_path / "b", seed=953)
    name = "landing/residents/residents_stock.csv"
    assert first[name] != second[name]
    for column in (0, 1, 2):
        ids = [
            {row.split(b",")[column] for row in c[name].splitlines()[1:]} for c in (first, second)
        ]
        assert not ids[0] & ids[1]


def test_a_folder_that_holds_a_district_is_not_written_again(tmp_path: Path) -> None:
    _write(tmp_path / "a", seed=952)
    with pytest.raises(DistrictExists, match="already exists"):
        _write(tmp_path / "a", seed=953)
