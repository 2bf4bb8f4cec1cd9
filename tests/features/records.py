"""Drawn facts as a :class:`PointInTime`: tests draw only the columns they are about.

What a drawing leaves out is filled in: ids are numbered, required cells get the first value their
contract allows, nullable cells are null, ``known_from`` is the day after ``event_date``. A household
``h1`` with person ``p1`` at address ``a1`` in grid ``g1``, with power account ``u1``, is there unless
the drawing brings its own. An account drawn with an ``address_id`` has an accepted link to it.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache
from itertools import count

import ibis
import pandas as pd
import pyarrow as pa
from ibis.backends.duckdb import Backend

from data_contracts.cells import ARROW_TYPES
from data_contracts.odcs import Column, Contract
from features.connections import keep
from features.deployment import Deployment
from features.district import DISTRICT
from features.point_in_time import Feed, PointInTime
from features.registry import KEYS, FeatureGroup
from tests.tables import table

TODAY = date(2024, 7, 1)
"""The as_of_date of the drawings, unless they say another."""

EVERYBODY = {
    "residents": """
        residence_id | person_id | household_id | address_id | event_date | birth_date | relation
        r1           | p1        | h1           | a1         | 2015-01-01 | 1980-01-01 | head
        """,
    "addresses": """
        address_id | grid_id | event_date
        a1         | g1      | 2015-01-01
        """,
    "utility_accounts": """
        account_id | service | address_id | event_date
        u1         | power   | a1         | 2015-01-01
        """,
}

_NUMBERS = count()
"""Numbers the tables of each view: two views may be open at once."""

_FILLERS: Mapping[str, object] = {"number": 0.0, "integer": 0, "boolean": False, "string": "x"}


def feeds(
    engine: Backend,
    drawings: Mapping[str, str | pd.DataFrame],
    *,
    deployment: Deployment = DISTRICT,
) -> dict[str, Feed]:
    """Return every feed of ``deployment``; those without a drawing are empty."""
    return {
        name: Feed(deployment.contracts[name], ibis.memtable(facts))
        for name, facts in filled(drawings, deployment=deployment).items()
    }


def filled(
    drawings: Mapping[str, str | pd.DataFrame], *, deployment: Deployment = DISTRICT
) -> dict[str, pa.Table]:
    """Return the facts of every feed of ``deployment``, the undrawn columns filled in."""
    drawn = {
        name: table(drawing) if isinstance(drawing, str) else drawing
        for name, drawing in {**EVERYBODY, **drawings}.items()
    }
    if "address_id" in drawn["utility_accounts"]:
        accounts = drawn["utility_accounts"]
        drawn["utility_accounts"] = accounts.drop(columns="address_id")
        drawn.setdefault("account_links", supplied(accounts))
    return {
        name: typed(contract, drawn[name]) if name in drawn else _nothing(contract)
        for name, contract in deployment.contracts.items()
    }


@cache
def _nothing(contract: Contract) -> pa.Table:
    return typed(contract, pd.DataFrame())


def supplied(accounts: pd.DataFrame) -> pd.DataFrame:
    """Return the accepted link of each account drawn with an address to that address."""
    links = accounts[["account_id", "address_id", "event_date"]]
    return links.assign(link_id="to_" + accounts["account_id"], accepted=True, probability=0.99)


def typed(contract: Contract, frame: pd.DataFrame) -> pa.Table:
    """Return the frame with every column of the contract, filled in where it was not drawn."""
    strangers = set(frame.columns) - {*contract.column_names, "known_from", "known_until"}
    assert not strangers, f"{contract.feed} has no columns {sorted(strangers)}"
    columns = {
        column.name: _cells(contract, column, frame).cast(ARROW_TYPES[column.logical_type])
        for column in contract.stored_columns
    }
    moment = pa.timestamp("us")
    next_day = columns["event_date"].to_pandas() + pd.Timedelta(days=1)
    known_from = frame["known_from"] if "known_from" in frame else pd.to_datetime(next_day)
    known_until = frame.get("known_until", pd.Series([None] * len(frame), dtype="datetime64[us]"))
    return pa.table(
        {
            **columns,
            "known_from": pa.array(pd.to_datetime(known_from), moment),
            "known_until": pa.array(pd.to_datetime(known_until), moment),
        }
    )


def _cells(contract: Contract, column: Column, frame: pd.DataFrame) -> pa.Array:
    arrow = ARROW_TYPES[column.logical_type]
    if column.name in frame:
        return pa.array(frame[column.name].astype(object).where(frame[column.name].notna(), None))
    if column.name == contract.fact_id:
        return pa.array([f"{contract.feed}-{row}" for row in range(len(frame))], pa.string())
    if not column.required:
        return pa.nulls(len(frame), arrow)
    if column.logical_type == "date":
        value: object = date(2015, 1, 1)
    else:
        value = column.enum[0] if column.enum else _FILLERS[column.logical_type]
    return pa.array([value] * len(frame), arrow)


def view_of(
    engine: Backend,
    *,
    on: tuple[date, ...] = (TODAY,),
    deployment: Deployment = DISTRICT,
    **drawings: str | pd.DataFrame,
) -> PointInTime:
    """Return what was known on the dates ``on`` of the drawn facts."""
    return seen(
        engine, feeds(engine, drawings, deployment=deployment), on=on, deployment=deployment
    )


def seen(
    engine: Backend,
    made: Mapping[str, Feed],
    *,
    on: tuple[date, ...] = (TODAY,),
    deployment: Deployment = DISTRICT,
) -> PointInTime:
    """Return what was known on the dates ``on`` of the facts of every feed."""
    dates = ibis.memtable({"as_of_date": list(on)}, schema={"as_of_date": "date"})
    number = next(_NUMBERS)
    spine = keep(engine, f"spine_{number}", deployment.cohort(made, dates))
    links = {
        entity: keep(engine, f"link_{entity}_{number}", link)
        for entity, link in deployment.links(spine, made).items()
    }
    return PointInTime(spine, made, links, dates=on)


def built(engine: Backend, group: FeatureGroup, view: PointInTime) -> pd.DataFrame:
    """Return the columns of ``group`` by household and date, in order."""
    rows = group.build(view).select(*KEYS, *group.columns)
    return engine.to_pandas(rows).set_index(list(KEYS)).sort_index()


def homes(names: str) -> pd.DataFrame:
    """Return a register of one-person households: ``case`` is person ``p_case`` at ``a_case``."""
    cases = names.split()
    return pd.DataFrame(
        {
            "residence_id": [f"r_{case}" for case in cases],
            "person_id": [f"p_{case}" for case in cases],
            "household_id": cases,
            "address_id": [f"a_{case}" for case in cases],
            "event_date": pd.Timestamp("2015-01-01"),
            "birth_date": pd.Timestamp("1980-01-01"),
            "relation": "head",
        }
    )


def values(rows: pd.DataFrame, column: str) -> dict[str, object]:
    """Return one column by household; unknown is None, dates are text."""
    plain = rows[column].reset_index("as_of_date", drop=True).astype(object)
    return {
        household: _plain(value) for household, value in plain.items() if isinstance(household, str)
    }


def _plain(value: object) -> object:
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp | date):
        return f"{value:%Y-%m-%d}"
    return round(value, 4) if isinstance(value, float) else value


def row_of(
    engine: Backend,
    group: FeatureGroup,
    household_id: str = "h1",
    *,
    on: date = TODAY,
    **drawings: str | pd.DataFrame,
) -> pd.Series:
    """Return one household's row of a group."""
    rows = built(engine, group, view_of(engine, on=(on,), **drawings))
    return rows.loc[(household_id, pd.Timestamp(on))]
