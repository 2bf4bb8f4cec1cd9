"""The lake cut off at a time is the lake of a home that never received anything afterwards."""

import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from data_contracts.compaction import compact
from data_contracts.lake import Lake
from data_contracts.past_lake import PastLake
from features.connections import open_engine
from tests.data_contracts.landing import land
from tests.data_contracts.notes import (
    FEED,
    Note,
    contracts,
    frame,
    judge_notes,
    lake_versions,
    versions_of,
)

MORNING = datetime.fromisoformat("2024-08-05 02:00")
TOLD: dict[int, dict[str, Note]] = {
    0: {"a": (1.0, None), "b": (1.0, None)},
    2: {"a": (2.0, None), "b": (1.0, "x")},
    4: {"a": (2.0, None), "b": (1.0, None)},
    6: {"a": (1.0, None), "c": (1.0, None)},
    8: {"a": (3.0, None), "b": (4.0, None), "c": (1.0, None)},
}
"""By hour: what a delivery tells. Some facts are told again, some go back to what they were."""


def deliver(home: Path, hour: int) -> None:
    received_at = MORNING + timedelta(hours=hour)
    land(home, FEED, frame(TOLD[hour]), name=f"{hour}.csv", received_at=received_at)
    judge_notes(home)


@pytest.mark.parametrize("compacted", [False, True], ids=["many files", "merged"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_past_lake_is_one_that_received_nothing_since(
    tmp_path: Path, seed: int, compacted: bool
) -> None:
    whole = tmp_path / "whole"
    hours = list(TOLD)
    random.Random(seed).shuffle(hours)
    for hour in hours:
        deliver(whole, hour)
    if compacted:
        compact(whole, contracts(), progress=lambda line: None)
    for before in (1, 5, 7, 9):
        then = tmp_path / f"{before}"
        for hour in sorted(TOLD):
            if hour < before:
                deliver(then, hour)
        moment = MORNING + timedelta(hours=before)
        past = PastLake(whole, before=moment)
        with open_engine() as engine:
            assert versions_of(past, engine) == lake_versions(then)
        assert past.arrivals() == Lake(then).arrivals()
