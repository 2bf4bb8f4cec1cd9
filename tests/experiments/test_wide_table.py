"""The made-up wide table of the benchmark: as many rows and columns as asked, the same for the same seed, learnable."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.any_table.reading import Asked, read_wide_table
from experiments.benchmarks.wide_table import write_table


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_wide_table_has_every_kind_of_column_and_is_read(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"wide.{suffix}"
    write_table(path, rows=3000, columns=30, seed=1)
    table = read_wide_table(
        path, Asked(unit="household", label="label", time="month", groups=("area",))
    )
    assert table.rows == 3000
    assert table.features.num_columns == 30 - 3
    kinds = {name.split("_")[0] for name in table.features.column_names}
    assert kinds == {"area", "number", "holes", "count", "class", "yes", "day"}
    assert 0.05 < table.labels.mean() < 0.4
    first = table.features["number_0"].to_numpy()
    assert np.corrcoef(first, table.labels)[0, 1] > 0.1
    assert table.times is not None
    assert (np.diff(table.times) >= 0).all()


def test_the_same_seed_writes_the_same_table(tmp_path: Path) -> None:
    frames = []
    for name in ("one", "two"):
        write_table(tmp_path / f"{name}.parquet", rows=500, columns=25, seed=4)
        frames.append(pd.read_parquet(tmp_path / f"{name}.parquet"))
    pd.testing.assert_frame_equal(*frames)
