"""A walk over made-up rows: splits judged side by side give the figures they give one after another."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from experiments import backtest as walking
from experiments.assembled import Assembled
from experiments.backtest import Backtest, backtest
from models.splits import TimeSplit
from tests.experiments import made_up_rows as made_up


@pytest.fixture(autouse=True)
def made_up_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Assembled(
        made_up.CONFIG, made_up.rows(), made_up.few_rules(), dict.fromkeys(made_up.DATES, "0" * 16)
    )
    monkeypatch.setattr(
        walking, "assemble", lambda _, config, *__, **___: replace(source, config=config)
    )


def walked(home: Path, jobs: int) -> Backtest:
    return backtest(home, made_up.CONFIG, truth=None, jobs=jobs)


def test_side_by_side_or_one_after_another_is_the_same(tmp_path: Path) -> None:
    one, two = walked(tmp_path, 1), walked(tmp_path, 2)

    assert len(one.splits) == 2
    assert one.splits == two.splits
    assert set(one.scores) == set(two.scores)
    for policy, scores in one.scores.items():
        assert np.array_equal(scores, two.scores[policy])
    assert one.observed.table().equals(two.observed.table())
    assert list(one.by_date()) == list(two.by_date()) != []
    for day, answer in one.by_date().items():
        assert answer.table().equals(two.by_date()[day].table())


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_goes_wrong_in_one_split_ends_the_walk(
    jobs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = walking.judge

    def fails(source: Assembled, split: TimeSplit) -> walking.Judged:
        if split.name.startswith("2024-10"):
            raise ValueError("no positives on 2024-10-01")
        return honest(source, split)

    monkeypatch.setattr(walking, "judge", fails)

    with pytest.raises(ValueError, match="no positives on 2024-10-01"):
        walked(tmp_path, jobs)
