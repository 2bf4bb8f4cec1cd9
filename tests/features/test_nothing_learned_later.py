"""The one property over every group: what becomes known on or after a date never changes its row."""

from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from ibis.backends.duckdb import Backend

from features.district import DISTRICT
from tests.features.later_news import ENDS, KINDS
from tests.features.random_facts import MIDNIGHT, random_news, told
from tests.features.village import FACTS, Stage

Rows = dict[str, list[tuple[object, ...]]]


@pytest.fixture(scope="module")
def that_night(stage: Stage) -> Rows:
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
    that_night: Rows,
    chance: Random,
    hours_after: int,
) -> None:
    news = random_news(chance, most=6)
    after = stage.rows(told(stage.facts, news, MIDNIGHT + timedelta(hours=hours_after)))

    changed = [name for name in that_night if that_night[name] != after[name]]
    assert not changed, f"groups that saw the future: {changed}"


@pytest.mark.parametrize("kind", KINDS)
def test_news_of_the_past_change_nothing_when_they_arrive_at_midnight(
    stage: Stage, that_night: Rows, kind: str
) -> None:
    news = KINDS[kind](stage.facts)
    after = stage.rows(told(stage.facts, news, MIDNIGHT))

    assert [name for name in that_night if that_night[name] != after[name]] == []


@pytest.mark.parametrize(
    ("kind", "groups"),
    [
        ("every cell corrected", {group.name for group in DISTRICT.groups}),
        ("new facts of the past", {group.name for group in DISTRICT.groups}),
        ("ends filled in", {"benefits", "disability", "employment", "housing", "utilities"}),
    ],
)
def test_the_same_news_do_matter_when_they_arrive_the_day_before(
    stage: Stage, that_night: Rows, kind: str, groups: set[str]
) -> None:
    """The properties above can fail: the news they are tested with matter to every group."""
    news = KINDS[kind](stage.facts)
    day_before = stage.rows(told(stage.facts, news, MIDNIGHT - timedelta(seconds=1)))

    assert {name for name in groups if that_night[name] == day_before[name]} == set()


def test_every_date_that_may_be_filled_in_later_is_among_the_ends() -> None:
    open_dates = {
        column.name
        for contract in DISTRICT.contracts.values()
        for column in contract.columns
        if column.logical_type == "date" and not column.required
    }

    # When a leave begins is told with it or never.
    assert open_dates - {"birth_date", "first_day"} == ENDS


def test_the_village_has_something_in_every_feed_a_group_reads(engine: Backend) -> None:
    read = {feed for group in DISTRICT.groups for feed in group.sources}

    assert read - set(FACTS) == set()
