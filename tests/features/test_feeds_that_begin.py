"""Before its first delivery a feed has said nothing: whatever rests on it is unknown, not zero.

Every group here claims to know everything of everybody, so what is unknown in the matrix is so by declaration.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import ibis
import ibis.expr.types as ir
import pandas as pd
import pytest
from ibis.backends.duckdb import Backend

from features.deployment import Deployment
from features.district import DISTRICT
from features.matrix import Arrivals, build_matrix
from features.point_in_time import PointInTime
from features.registry import KEYS, FeatureGroup
from tests.features.random_facts import MIDNIGHT
from tests.features.records import TODAY, feeds

A_VALUE = {"number": 7.0, "integer": 7, "boolean": True, "category": "x"}
EVERY_OTHER_DAY = [MIDNIGHT - timedelta(days=2 * times) for times in range(1, 420)]


def all_knowing(group: FeatureGroup) -> Callable[[PointInTime], ir.Table]:
    """Return a builder that knows every column of the group for every household."""

    def build(view: PointInTime) -> ir.Table:
        known = {one.name: ibis.literal(A_VALUE[one.dtype]) for one in group.features}
        dates = dict.fromkeys(group.evidence, view.spine.as_of_date)
        return view.spine.select(*KEYS).mutate(**known, **dates)

    return build


@pytest.fixture(scope="module")
def claiming() -> Deployment:
    deployment = replace(DISTRICT)
    groups = tuple(replace(group, build=all_knowing(group)) for group in DISTRICT.groups)
    vars(deployment)["groups"] = groups
    return deployment


def begun(seed: int, share: float) -> set[str]:
    chance = Random(seed)
    return {name for name in DISTRICT.contracts if chance.random() < share}


@pytest.mark.parametrize(
    ("speaking", "silent"),
    [(begun(1, 0.8), [MIDNIGHT]), (begun(2, 0.6), [])],
    ids=["the others begin on TODAY", "the others never begin"],
)
def test_a_feature_is_unknown_before_the_first_delivery_of_any_feed_it_rests_on(
    engine: Backend,
    tmp_path: Path,
    claiming: Deployment,
    speaking: set[str],
    silent: list[datetime],
) -> None:
    arrivals = {
        name: EVERY_OTHER_DAY if name in speaking else silent for name in DISTRICT.contracts
    }
    made = build_matrix(
        engine, feeds(engine, {}), Arrivals(arrivals), claiming, as_of_date=TODAY,
        out=tmp_path / "m.parquet",
    )  # fmt: skip
    rows = pd.read_parquet(made.path)

    unknown = {feature.name for feature in DISTRICT.features if rows[feature.name].isna().all()}
    assert unknown == {
        feature.name
        for group in DISTRICT.groups
        for feature in group.features
        if not speaking.issuperset(group.sources_of(feature))
    }
    assert 0 < len(unknown) < len(DISTRICT.features)
