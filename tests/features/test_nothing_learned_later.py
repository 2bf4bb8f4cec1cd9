"""The one property over every group: what becomes known on or after a date never changes its row."""

from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from ibis.backends.duckdb import Backend

from data_contracts.odcs import Column
from features.district import DISTRICT
from tests.features.random_facts import ENTITIES, MIDNIGHT, Row, random_news, told
from tests.features.village import FACTS, Stage


@pytest.fixture(scope="module")
def that_night(stage: Stage) -> dict[str, list[tuple[object, ...]]]:
    return stage.rows(stage.facts)


@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    # Shrinking runs every group hundreds of times; the message already names the ones that leak.
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)
@given(chance=st.randoms(use_true_random=True), hours_after=st.integers(0, 24 * 400))
def test_nothing_learned_later_changes_a_past_row(
    stage: Stage,
    that_night: dict[str, list[tuple[object, ...]]],
    chance: Random,
    hours_after: int,
) -> None:
    news = random_news(chance, most=6)
    after = stage.rows(told(stage.facts, news, MIDNIGHT + timedelta(hours=hours_after)))

    changed = [name for name in that_night if that_night[name] != after[name]]
    assert not changed, f"groups that saw the future: {changed}"


def test_every_group_does_change_when_news_arrive_the_day_before(
    stage: Stage, that_night: dict[str, list[tuple[object, ...]]]
) -> None:
    """The property above can fail: the news it is tested with matters to every group."""
    recently = date(2024, 6, 1)
    one_of_each: dict[str, list[Row]] = {}
    for name, contract in DISTRICT.contracts.items():
        row: Row = {}
        for column in contract.columns:
            if column.name == contract.fact_id:
                row[column.name] = "new_1"
            elif column.name in ENTITIES:
                row[column.name] = ENTITIES[column.name][0]
            elif column.name == "event_date":
                row[column.name] = recently
            elif column.required:
                row[column.name] = _a_value(column)
            else:
                row[column.name] = None
        one_of_each[name] = [row]
    one_of_each["benefits"][0]["scheme"] = "dibao"
    one_of_each["life_events"][0]["kind"] = "death"
    one_of_each["visits"][0]["household_id"] = "h2"
    doubtful = {"membership_id": "new_2", "household_id": "h2", "certain": False}
    one_of_each["household_members"].append(one_of_each["household_members"][0] | doubtful)

    day_before = stage.rows(told(stage.facts, one_of_each, MIDNIGHT - timedelta(seconds=1)))
    at_midnight = stage.rows(told(stage.facts, one_of_each, MIDNIGHT))

    groups = {group.name for group in DISTRICT.groups}
    assert {name for name in groups if that_night[name] == day_before[name]} == set()
    assert that_night == at_midnight


def _a_value(column: Column) -> object:
    if column.enum:
        return column.enum[-1]
    return {"date": date(2024, 6, 1), "number": 77.0, "integer": 2, "boolean": True}.get(
        column.logical_type, "x"
    )


def test_the_village_has_something_in_every_feed_a_group_reads(engine: Backend) -> None:
    read = {feed for group in DISTRICT.groups for feed in group.sources}

    assert read - set(FACTS) == set()
