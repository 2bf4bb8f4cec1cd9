"""Before its first delivery a feed has said nothing: whatever rests on it is unknown, not zero."""

from collections.abc import Collection
from datetime import timedelta
from pathlib import Path

import ibis
import pandas as pd
import pyarrow as pa
import pytest
from ibis.backends.duckdb import Backend

from features.district import DISTRICT
from features.matrix import Arrivals, build_matrix
from features.point_in_time import Feed
from tests.features.random_facts import MIDNIGHT
from tests.features.records import TODAY, typed
from tests.features.village import FACTS
from tests.tables import table

ALWAYS = {"residents", "household_members"}
"""Without them there is nobody to speak of."""
FEEDS = sorted(set(DISTRICT.contracts) - ALWAYS)


def begun_on(feed: str, begun: Collection[str]) -> pa.Table:
    """Return the village's facts; those of a feed not yet begun come with its first delivery, on TODAY."""
    facts = typed(DISTRICT.contracts[feed], table(FACTS[feed]) if feed in FACTS else pd.DataFrame())
    if feed in begun or not facts.num_rows:
        return facts
    place = facts.schema.get_field_index("known_from")
    first = pa.array([MIDNIGHT] * facts.num_rows, facts.schema.field(place).type)
    return facts.set_column(place, "known_from", first)


@pytest.mark.parametrize(
    "begun", [{*ALWAYS, *FEEDS[::2]}, {*ALWAYS, *FEEDS[1::2]}], ids=["one half", "the other"]
)
def test_features_are_unknown_before_the_first_delivery_of_any_feed_they_rest_on(
    engine: Backend, tmp_path: Path, begun: set[str]
) -> None:
    feeds = {
        name: Feed(contract, ibis.memtable(begun_on(name, begun)))
        for name, contract in DISTRICT.contracts.items()
    }
    every_week = [MIDNIGHT - timedelta(weeks=week) for week in range(1, 120)]
    arrivals = {name: every_week if name in begun else [MIDNIGHT] for name in DISTRICT.contracts}
    made = build_matrix(
        engine, feeds, Arrivals(arrivals), DISTRICT, as_of_date=TODAY, out=tmp_path / "m.parquet"
    )
    rows = pd.read_parquet(made.path)

    spoke = {
        feature.name: begun.issuperset(group.sources_of(feature))
        for group in DISTRICT.groups
        for feature in group.features
    }
    zero = {feature.name for feature in DISTRICT.features if feature.missing == "zero"}
    assert [name for name, known in spoke.items() if not known and rows[name].notna().any()] == []
    assert [name for name in zero if spoke[name] and rows[name].isna().any()] == []
    assert sum(spoke.values()) > len(spoke) / 8
    assert sum(not known for known in spoke.values()) > len(spoke) / 8
