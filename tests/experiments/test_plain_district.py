"""Households in plain SQL and households by the engine, on the same facts."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd
import pytest
from ibis.backends.duckdb import Backend

from experiments.benchmarks.plain_district import open_plain_district
from features.connections import Shelf, keep, open_engine
from features.district import DISTRICT
from features.households import former_members, own_accounts, own_addresses, people
from features.point_in_time import ENTITY, Feed, PointInTime
from features.registry import KEYS
from tests.features.records import typed
from tests.features.village import FACTS
from tests.tables import table

MOVES = """
    membership_id | person_id | household_id | address_id | event_date | valid_to   | birth_date | relation | certain | known_from | known_until
    m1            | p1        | h1           | a1         | 2015-01-01 | 2024-03-01 | 1980-02-29 | head     | true    | 2015-01-02 | ?
    m2            | p1        | h1           | a2         | 2024-03-01 | ?          | 1980-02-29 | head     | true    | 2024-03-02 | ?
    m3            | p2        | h1           | a1         | 2015-01-01 | 2024-02-28 | 2012-07-02 | child    | true    | 2015-01-02 | ?
    m4            | p2        | h2           | a1         | 2024-03-01 | ?          | 2012-07-02 | child    | true    | 2024-03-02 | ?
    m5            | p3        | h2           | a1         | 2024-06-01 | 2024-06-01 | 1950-01-01 | head     | true    | 2024-06-02 | ?
    m6            | p4        | h3           | a3         | 2010-01-01 | 2024-06-30 | ?          | head     | true    | 2010-01-02 | ?
    m7            | p5        | h3           | a3         | 2010-01-01 | 2024-07-01 | 1949-07-01 | parent   | true    | 2010-01-02 | ?
    m8            | p6        | h3           | a3         | 2010-01-01 | 2023-07-02 | 1990-01-01 | spouse   | true    | 2010-01-02 | ?
    m9            | p7        | h3           | a3         | 2010-01-01 | 2023-07-01 | 1990-01-01 | other    | true    | 2010-01-02 | ?
    m10           | p8        | h4           | a4         | 2020-01-01 | ?          | 1990-01-01 | head     | true    | 2020-01-02 | 2024-06-01
    m10           | p8        | h5           | a4         | 2020-01-01 | ?          | 1990-01-01 | head     | true    | 2024-06-01 | ?
    m11           | p4        | h1           | a2         | 2024-05-01 | ?          | ?          | other    | false   | 2024-05-02 | ?
    m12           | p6        | h3           | a3         | 2024-05-01 | ?          | 1990-01-01 | other    | false   | 2024-05-02 | ?
    """  # fmt: skip
"""A move, a separation, a death, ends on either side of each boundary, a correction, doubtful second homes."""

AND_THEN = {
    "household_members": MOVES,
    "household_lineage": """
        lineage_id | household_id | predecessor_id | kind  | event_date
        g1         | h1           | h8             | merge | 2023-01-01
        g2         | h2           | h8             | merge | 2023-06-01
        g3         | h9           | h7             | merge | 2023-06-01
        g4         | h2           | h1             | split | 2024-02-29
        """,
    "account_links": """
        link_id | account_id | address_id | event_date | valid_to   | accepted | probability
        w1      | u1         | a1         | 2010-01-01 | ?          | true     | 0.99
        w2      | u2         | a2         | 2010-01-01 | 2024-05-01 | true     | 0.99
        w3      | u3         | a3         | 2010-01-01 | ?          | false    | 0.30
        w4      | u4         | a3         | 2010-01-01 | ?          | false    | 0.29
        w5      | u1         | a3         | 2010-01-01 | ?          | false    | 0.60
        w6      | u5         | a2         | 2024-04-01 | ?          | true     | 0.60
        """,
}

Facts = Mapping[str, str]
WORLDS: Mapping[str, Facts] = {
    "village": FACTS,
    "register alone": {name: FACTS[name] for name in FACTS if name != "household_members"},
    "moves": {**FACTS, **AND_THEN},
}


@pytest.fixture(params=WORLDS)
def facts(request: pytest.FixtureRequest) -> Facts:
    return WORLDS[request.param]


@pytest.fixture
def fresh() -> Iterator[Backend]:
    with open_engine(memory="1GB") as engine:
        yield engine


def opened(engine: Backend, facts: Facts, day: date) -> PointInTime:
    """Return the engine's view of ``day``, with the same day opened in plain SQL beside it."""
    feeds = {}
    for name, contract in DISTRICT.contracts.items():
        drawn = table(facts[name]) if name in facts else pd.DataFrame()
        feeds[name] = Feed(contract, keep(engine, name, ibis.memtable(typed(contract, drawn))))
    open_plain_district(engine.con, DISTRICT.contracts, day)
    dates = ibis.memtable({"as_of_date": [day]}, schema={"as_of_date": "date"})
    spine = keep(engine, "kept_spine", DISTRICT.cohort(feeds, dates))
    links = {
        entity: keep(engine, f"kept_{entity}", link)
        for entity, link in DISTRICT.links(spine, feeds).items()
    }
    return PointInTime(spine, feeds, links, dates=(day,), shelf=Shelf(engine))


def linked(kind: str, column: str) -> Callable[[PointInTime], ir.Table]:
    return lambda view: view.members(kind).rename(**{column: ENTITY}).select(*KEYS, column)


MEMBER = (
    "person_id", "address_id", "since", "joined", "birth_date", "age",
    "sex", "relation", "marital_status", "hukou", "event_date",
)  # fmt: skip

SAME: Mapping[str, Callable[[PointInTime], ir.Table]] = {
    "spine": lambda view: view.spine,
    "persons": linked("person", "person_id"),
    "past_persons": linked("past_person", "person_id"),
    "lost_persons": linked("lost_person", "person_id"),
    "filed": linked("household", "filed_id"),
    "grids": linked("grid", "grid_id"),
    "doubtful_persons": linked("doubtful_person", "person_id"),
    "doubtful_accounts": linked("doubtful_account", "account_id"),
    "members": lambda view: people(view).select(*KEYS, *MEMBER),
    "past_members": lambda view: former_members(
        view, among=view.members("past_person").rename(person_id=ENTITY)
    ).select(*KEYS, "person_id", "birth_date", "event_date", "valid_to"),
    "own_addresses": lambda view: own_addresses(view).rename(address_id=ENTITY),
    "own_accounts": lambda view: own_accounts(view).rename(account_id=ENTITY),
}


@pytest.mark.parametrize("day", [date(2024, 7, 1), date(2024, 7, 2), date(2024, 3, 1)], ids=str)
def test_plain_sql_finds_the_same_households(fresh: Backend, facts: Facts, day: date) -> None:
    view = opened(fresh, facts, day)

    for name, by_engine in SAME.items():
        ours = fresh.to_pandas(by_engine(view).drop("as_of_date"))
        plain = fresh.con.sql(f"SELECT {', '.join(ours.columns)} FROM {name}").df()
        assert rows(plain) == rows(ours), name


def rows(frame: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return rows as sorted text: a date and a time at midnight are the same day."""
    told = frame.astype(object).where(frame.notna(), None)
    return sorted(tuple(_text(cell) for cell in row) for row in told.itertuples(index=False))


def _text(cell: object) -> str:
    if isinstance(cell, date):
        return f"{cell:%Y-%m-%d}"
    return str(int(cell)) if isinstance(cell, float) else str(cell)


def test_the_drawn_moves_leave_something_in_every_table(fresh: Backend) -> None:
    opened(fresh, WORLDS["moves"], date(2024, 7, 1))

    empty = [name for name in SAME if not fresh.con.sql(f"FROM {name}").fetchall()]

    assert empty == []
