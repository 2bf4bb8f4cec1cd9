"""News about the village that must not matter on TODAY if they arrive on that day or after it."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from data_contracts.odcs import Column, Contract
from features.district import DISTRICT
from tests.features.random_facts import ENTITIES, Facts, News, Row
from tests.features.records import TODAY

ENDS = frozenset({"valid_to", "paid_on", "decided_on", "restored_on", "closed_on"})
"""Dates that are null while a fact is open and are filled in by a later correction."""
YESTERDAY = TODAY - timedelta(days=1)


def news(facts: Facts, change: Callable[[Row, Contract], Row | None]) -> News:
    """Return what the village would hear if each of its facts were told again, changed."""
    heard = {}
    for name, rows in facts.items():
        contract = DISTRICT.contracts[name]
        kept = [name for name in contract.stored_names if name in contract.column_names]
        own = rows.select(kept).to_pylist()
        changed = [change(row, contract) for row in own]
        heard[name] = [row for row in changed if row is not None]
    return heard


def told_again(row: Row, contract: Contract) -> Row:
    """The same once more."""
    return row


def ended(row: Row, contract: Contract) -> Row | None:
    """Every date still open filled in: it ended yesterday."""
    filled = {name: YESTERDAY for name in ENDS & row.keys() if row[name] is None}
    return row | filled if filled else None


def corrected(row: Row, contract: Contract) -> Row:
    """Another value in every cell."""
    return {
        name: cell if name == contract.fact_id else another(cell, contract.column(name))
        for name, cell in row.items()
    }


def another(value: object, column: Column) -> object:
    """Return a value of the column that is not ``value``."""
    known: tuple[object, ...] = (
        tuple(ENTITIES.get(column.name, ())) or column.enum or ("x", "something else")
    )
    match value:
        case None:
            return a_value(column)
        case bool():
            return not value
        case int() | float():
            return value * 2 + 1
        case date():
            return value - timedelta(days=100)
        case _:
            return next(other for other in known if other != value)


def a_value(column: Column) -> object:
    """Return some value of the column."""
    if column.enum:
        return column.enum[-1]
    if column.name in ENTITIES:
        return ENTITIES[column.name][0]
    return {"date": date(2024, 6, 1), "number": 77.0, "integer": 2, "boolean": True}.get(
        column.logical_type, "x"
    )


def one_of_each() -> News:
    """Return one new fact of every feed, a month before TODAY; some chosen so that each group cares."""
    told: dict[str, list[Row]] = {}
    for name, contract in DISTRICT.contracts.items():
        row: Row = {
            column.name: a_value(column) if column.required or column.name in ENTITIES else None
            for column in contract.columns
        }
        told[name] = [row | {contract.fact_id: "new_1"}]
    told["benefits"][0]["scheme"] = "dibao"
    told["life_events"][0]["kind"] = "death"
    told["visits"][0]["household_id"] = "h2"
    told["meter_readings"][0] |= {
        "account_id": "u2", "service": "water", "event_date": TODAY - timedelta(days=2)
    }  # fmt: skip
    doubtful = {"membership_id": "new_2", "household_id": "h2", "certain": False}
    told["household_members"].append(told["household_members"][0] | doubtful)
    return told


KINDS: Mapping[str, Callable[[Facts], News]] = {
    "facts told again": lambda facts: news(facts, told_again),
    "ends filled in": lambda facts: news(facts, ended),
    "every cell corrected": lambda facts: news(facts, corrected),
    "new facts of the past": lambda facts: one_of_each(),
}
