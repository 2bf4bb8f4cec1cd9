"""What one date sees of a feed is kept once, and forgotten when nobody asks any more."""

from collections.abc import Iterator
from datetime import date

import pytest
from ibis.backends.duckdb import Backend

from features.seen_feeds import SeenFeeds
from tests.features.records import feeds

TODAY = date(2024, 7, 1)
RESIDENTS = """
    residence_id | person_id | household_id | event_date | known_from | known_until
    corrected    | p1        | h_before     | 2015-01-01 | 2015-01-02 | 2024-06-30
    corrected    | p1        | h_now        | 2015-01-01 | 2024-06-30 |
    told_today   | p2        | h2           | 2024-06-01 | 2024-07-01 |
    begins_today | p3        | h3           | 2024-07-01 | 2024-06-01 |
    """


@pytest.fixture
def seen(engine: Backend) -> Iterator[SeenFeeds]:
    found = SeenFeeds(engine, feeds(engine, {"residents": RESIDENTS}), as_of_date=TODAY)
    yield found
    found.forget()


def _kept(engine: Backend) -> bool:
    """Whether the register is kept in the engine."""
    found = engine.con.execute("FROM duckdb_tables() WHERE table_name = 'seen_residents'")
    return bool(found.fetchall())


def test_only_the_versions_the_date_sees_are_kept(seen: SeenFeeds) -> None:
    rows = seen["residents"].facts.to_pandas()
    assert rows.residence_id.tolist() == ["corrected"]
    assert rows.household_id.tolist() == ["h_now"]


def test_the_columns_are_those_of_the_feed(engine: Backend, seen: SeenFeeds) -> None:
    facts = feeds(engine, {"residents": RESIDENTS})["residents"].facts
    assert seen["residents"].facts.columns == facts.columns


def test_asking_whether_a_feed_is_there_reads_nothing(engine: Backend, seen: SeenFeeds) -> None:
    assert "residents" in seen
    assert "no_such_feed" not in seen
    assert not _kept(engine)


def test_what_was_kept_is_forgotten(engine: Backend, seen: SeenFeeds) -> None:
    assert seen["residents"].facts.count().execute() == 1
    assert _kept(engine)
    seen.forget()
    assert not _kept(engine)
