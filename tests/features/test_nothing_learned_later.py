"""The one property over every group: what becomes known on or after a date never changes its row."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from ibis.backends.duckdb import Backend

from data_contracts.odcs import Column, Contract
from features.connections import open_engine
from features.district import DISTRICT
from tests.features.records import TODAY, typed
from tests.features.village import FACTS, Stage

MIDNIGHT = datetime.combine(TODAY, datetime.min.time())
ENTITIES = {
    "person_id": [*(f"p{n}" for n in range(1, 9))],
    "household_id": ["h1", "h2", "h3", "h4", "h5"],
    "address_id": ["a1", "a2", "a3", "a4", "a5"],
    "account_id": ["u1", "u2", "u3", "u4", "u5"],
    "grid_id": ["g1", "g2", "g3"],
}
Facts = Mapping[str, pa.Table]
Row = dict[str, Any]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with open_engine(memory="1GB") as engine:
        engine.raw_sql("SET threads = 1")
        yield Stage(engine)


@pytest.fixture(scope="module")
def that_night(stage: Stage) -> dict[str, list[tuple[object, ...]]]:
    return stage.rows(stage.facts)


def cells(column: Column, contract: Contract, known: list[str]) -> st.SearchStrategy[Any]:
    """Return values a column may hold by its contract; ids mostly point at things that exist."""
    if column.name == contract.fact_id:
        return st.sampled_from([*known, "new_1", "new_2"])
    if column.name in ENTITIES:
        return st.sampled_from(ENTITIES[column.name])
    plain: dict[str, st.SearchStrategy[Any]] = {
        "date": st.integers(-800, 400).map(lambda days: TODAY + timedelta(days=days)),
        "number": st.integers(0, 100_000).map(float),
        "integer": st.integers(0, 12),
        "boolean": st.booleans(),
        "string": st.sampled_from(column.enum) if column.enum else st.just("x"),
    }
    values = plain[column.logical_type]
    return values if column.required else st.none() | values


def facts_of(contract: Contract) -> st.SearchStrategy[list[Row]]:
    known = ids_of(contract)
    row = st.fixed_dictionaries({c.name: cells(c, contract, known) for c in contract.columns})
    return st.lists(row, max_size=3, unique_by=lambda fact: fact[contract.fact_id])


def ids_of(contract: Contract) -> list[str]:
    if contract.feed not in FACTS:
        return []
    return [line.split("|")[0].strip() for line in FACTS[contract.feed].strip().splitlines()[1:]]


news = st.fixed_dictionaries(
    {
        "hours_after": st.integers(0, 24 * 400),
        "facts": st.fixed_dictionaries(
            {name: facts_of(contract) for name, contract in DISTRICT.contracts.items()}
        ),
    }
)


def told(stage: Stage, facts: Mapping[str, list[Row]], at: datetime) -> Facts:
    """Return the village once ``facts`` have arrived ``at``: same id means a correction."""
    after = dict(stage.facts)
    for name, rows in facts.items():
        if not rows:
            continue
        contract = DISTRICT.contracts[name]
        fresh = typed(contract, pd.DataFrame([{**row, "known_from": at} for row in rows]))
        held = stage.facts[name].to_pandas()
        corrected = held[contract.fact_id].isin([row[contract.fact_id] for row in rows])
        held.loc[corrected & held["known_until"].isna(), "known_until"] = at
        after[name] = pa.concat_tables(
            [pa.Table.from_pandas(held, schema=fresh.schema, preserve_index=False), fresh]
        )
    return after


@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    # Shrinking runs every group hundreds of times; the message already names the ones that leak.
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(news=news)
def test_nothing_learned_later_changes_a_past_row(
    stage: Stage, that_night: dict[str, list[tuple[object, ...]]], news: dict[str, Any]
) -> None:
    after = stage.rows(told(stage, news["facts"], MIDNIGHT + timedelta(hours=news["hours_after"])))

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

    day_before = stage.rows(told(stage, one_of_each, MIDNIGHT - timedelta(seconds=1)))
    at_midnight = stage.rows(told(stage, one_of_each, MIDNIGHT))

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
