"""Drift: hand-reckoned indices, both sides of each bar, unknown values apart."""

import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.drift import (
    MISSING_JUMP_BLOCK,
    PSI_BLOCK,
    PSI_WARN,
    Drift,
    drift_list,
    drift_of,
    psi,
)
from features.registry import Feature, FeatureGroup


def column(*values: object) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values)])


def number(name: str = "spend") -> Feature:
    return Feature(name=name, unit="yuan", missing="unknown", description="Spend.")


def test_categories_by_hand() -> None:
    then = column(*["rent"] * 50, *["own"] * 50)
    now = column(*["rent"] * 75, *["own"] * 25)

    by_hand = 0.25 * math.log(0.75 / 0.5) + (-0.25) * math.log(0.25 / 0.5)
    assert psi(then, now, is_class=True) == pytest.approx(by_hand)
    assert psi(then, then, is_class=True) == 0


def test_numbers_are_compared_over_the_deciles_of_the_reference() -> None:
    then = pa.chunked_array([np.arange(1000.0)])

    assert psi(then, then, is_class=False) == 0
    # Everything above the highest edge: nine empty classes, one that holds all.
    above = pa.chunked_array([np.full(1000, 5000.0)])
    by_hand = 9 * (1e-4 - 0.1) * math.log(1e-4 / 0.1) + 0.9 * math.log(10)
    assert psi(then, above, is_class=False) == pytest.approx(by_hand, rel=0.02)


def test_a_unit_that_changed_is_seen_and_a_mostly_zero_column_is_not_split_by_chance() -> None:
    spread = np.random.default_rng(1).gamma(2.0, 100.0, 20_000)
    rare = np.where(np.arange(20_000) % 20 == 0, 50.0, 0.0)

    assert psi(*_pair(spread, spread * 1000), is_class=False) > PSI_BLOCK
    assert psi(*_pair(rare, rare[::-1].copy()), is_class=False) == 0
    assert psi(*_pair(rare, np.where(rare > 0, 0.0, 50.0)), is_class=False) > PSI_BLOCK


def test_two_samples_of_one_population_stay_far_below_the_bar() -> None:
    drawn = np.random.default_rng(2).gamma(2.0, 100.0, 20_000)

    assert psi(*_pair(drawn[:10_000], drawn[10_000:]), is_class=False) < PSI_WARN / 20


def _pair(first: np.ndarray, second: np.ndarray) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    return pa.chunked_array([first]), pa.chunked_array([second])


@pytest.mark.parametrize(
    ("index", "then", "now", "verdict"),
    [
        (PSI_WARN, 0.1, 0.1, "steady"),
        (PSI_WARN + 0.001, 0.1, 0.1, "warn"),
        (PSI_BLOCK, 0.1, 0.1, "warn"),
        (PSI_BLOCK + 0.001, 0.1, 0.1, "block"),
        (0.0, 0.1, 0.1 + MISSING_JUMP_BLOCK - 0.001, "steady"),
        (0.0, 0.1, 0.1 + MISSING_JUMP_BLOCK + 0.001, "block"),
        (0.0, 0.5, 0.5 - MISSING_JUMP_BLOCK - 0.001, "block"),
        (None, 0.0, 1.0, "block"),
        (None, 1.0, 1.0, "steady"),
    ],
)
def test_both_sides_of_every_bar(
    index: float | None, then: float, now: float, verdict: str
) -> None:
    moved = Drift(feature="f", group="g", psi=index, missing_then=then, missing_now=now)

    assert moved.verdict == verdict
    assert bool(moved.reasons) == (verdict != "steady")


def test_unknown_values_are_not_a_class() -> None:
    moved = drift_of(number(), "g", column(1.0, 2.0, None, None), column(1.0, 2.0, 1.0, 2.0))

    assert moved.psi == 0
    assert (moved.missing_then, moved.missing_now) == (0.5, 0.0)
    silent = drift_of(number(), "g", column(1.0, 2.0), pa.chunked_array([pa.nulls(2)]))
    assert silent.psi is None
    assert silent.reasons == ("unknown went from 0% to 100%",)


def test_the_worst_comes_first_and_only_declared_columns_are_looked_at(tmp_path: Path) -> None:
    steady = np.arange(1000.0)
    then = pa.table({"calm": steady, "moved": steady, "not_declared": steady})
    now = pa.table({"calm": steady, "moved": steady + 700, "not_declared": steady + 700})
    for name, table in (("then", then), ("now", now)):
        pq.write_table(table, tmp_path / f"{name}.parquet")
    group = FeatureGroup(
        name="money", title="Money", sensitivity="S3", sources=("bank",),
        features=(number("calm"), number("moved"), number("newer")), build=lambda view: view.spine,
    )  # fmt: skip

    found = drift_list(tmp_path / "then.parquet", tmp_path / "now.parquet", [group])

    assert [(one.feature, one.group, one.verdict) for one in found] == [
        ("moved", "money", "block"),
        ("calm", "money", "steady"),
    ]
