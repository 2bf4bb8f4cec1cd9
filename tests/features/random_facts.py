"""Random facts about the people of the village, and what the lake holds once they have arrived.

A row keeps what its contract promises row by row (values, ranges, ``valid_to`` not before ``event_date``, nothing
from after the day it is reported): the gate refuses others, so what a feature would say of them does not matter.
Dates often fall on the first and last days of windows, ids mostly point at things that exist.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import cache
from random import Random
from typing import Any

import pandas as pd
import pyarrow as pa

from data_contracts.checks import Expectation, NotAfterArrival, Severity
from data_contracts.odcs import Column, Contract
from features.district import DISTRICT
from tests.features.records import TODAY, typed
from tests.features.village import FACTS
from tests.tables import table

Facts = Mapping[str, pa.Table]
Row = dict[str, Any]
News = Mapping[str, list[Row]]

MIDNIGHT = datetime.combine(TODAY, time())
ENTITIES = {
    "person_id": [*(f"p{n}" for n in range(1, 9))],
    "household_id": ["h1", "h2", "h3", "h4", "h5"],
    "address_id": ["a1", "a2", "a3", "a4", "a5"],
    "account_id": ["u1", "u2", "u3", "u4", "u5"],
    "grid_id": ["g1", "g2", "g3"],
}
EDGES = (1, 30, 31, 90, 91, 180, 181, 365, 366, 730, 731)
_AT_LEAST = "expect_column_pair_values_a_to_be_greater_than_b"
_BETWEEN = "expect_column_values_to_be_between"


def random_news(chance: Random, *, most: int) -> News:
    """Return up to ``most`` random facts per feed, some of them corrections of the village's."""
    return {
        name: [_row(chance, contract) for _ in range(chance.randint(0, most))]
        for name, contract in DISTRICT.contracts.items()
    }


def _row(chance: Random, contract: Contract) -> Row:
    row = {column.name: cell(chance, column, contract) for column in contract.columns}
    for more, less in _pairs(contract):
        if row[more] is None or row[less] is None or row[more] >= row[less]:
            continue
        if isinstance(row[more], date):
            row[more] = row[less] + (row[less] - row[more])
        else:
            row[more], row[less] = row[less], row[more]
    return row


def cell(chance: Random, column: Column, contract: Contract) -> object:
    """Return a value the column may hold by its contract."""
    if column.name == contract.fact_id:
        new = f"{contract.feed}_new_{chance.randint(1, 40)}"
        known = ids_of(contract)
        return chance.choice(known) if known and chance.random() < 0.15 else new
    if not column.required and chance.random() < 0.4:
        return None
    lowest, highest = _range(column, contract)
    match column.logical_type:
        case "date" if column.name == "birth_date":
            return TODAY - timedelta(days=chance.randint(0, 34_000))
        case "date":
            ago = chance.choice(EDGES) if chance.random() < 0.15 else chance.randint(-30, 760)
            return TODAY - timedelta(days=ago)
        case "number":
            digits = chance.randint(0, len(str(highest)) - 1)
            return max(float(lowest), round(chance.random() * 10**digits, 2))
        case "integer":
            return chance.randint(lowest, min(highest, lowest + 12))
        case "boolean":
            return chance.random() < 0.7
        case _:
            return chance.choice(column.enum or _pool(column))


def _pool(column: Column) -> list[str]:
    if column.name == "needs":
        return ["cash", "cash;care", "job;school", "housing;mental", "care;job"]
    if column.name == "predecessor_id":
        return [*ENTITIES["household_id"], "h_old"]
    pointed = [target.partition(".")[2] for target in column.points_to]
    return ENTITIES.get(column.name) or ENTITIES.get(pointed[0] if pointed else "") or ["x"]


def _rules(contract: Contract, kind: str) -> list[dict[str, Any]]:
    return [
        dict(check.rule.kwargs)
        for check in contract.checks
        if check.severity is not Severity.WARNING
        and isinstance(check.rule, Expectation)
        and check.rule.type == kind
    ]


@cache
def _pairs(contract: Contract) -> list[tuple[str, str]]:
    return [(rule["column_A"], rule["column_B"]) for rule in _rules(contract, _AT_LEAST)]


@cache
def _range(column: Column, contract: Contract) -> tuple[int, int]:
    lowest, highest = 0, 100_000
    for rule in _rules(contract, _BETWEEN):
        if rule["column"] == column.name:
            lowest, highest = (
                int(rule.get("min_value", lowest)),
                int(rule.get("max_value", highest)),
            )
    return lowest, highest


@cache
def ids_of(contract: Contract) -> list[str]:
    """Return the ids of the facts the village has of a feed."""
    return list(table(FACTS[contract.feed])[contract.fact_id]) if contract.feed in FACTS else []


def reported(contract: Contract, row: Row, *, days_late: int) -> Row:
    """Return the row as it reaches us ``days_late`` after it happened, dates still to come left out."""
    arrived = row["event_date"] + timedelta(days=days_late)
    told_by_then = {
        check.rule.column
        for check in contract.checks
        if isinstance(check.rule, NotAfterArrival) and check.rule.column != "event_date"
    }
    kept = {
        name: None if name in told_by_then and cell is not None and cell > arrived else cell
        for name, cell in row.items()
    }
    return {**kept, "known_from": datetime.combine(arrived, time(12))}


def told(before: Facts, news: News, at: datetime | None = None) -> Facts:
    """Return what the lake holds once ``news`` have arrived: a row of the same id is a correction.

    Args:
        before: what it held.
        news: rows by feed; those without a ``known_from`` of their own arrive ``at``.
        at: when.
    """
    after = dict(before)
    for name, rows in news.items():
        if rows:
            contract = DISTRICT.contracts[name]
            dated = [row if "known_from" in row else {**row, "known_from": at} for row in rows]
            fresh = typed(contract, pd.DataFrame(dated))
            after[name] = _versions(contract, pa.concat_tables([before[name], fresh]))
    return after


def _versions(contract: Contract, rows: pa.Table) -> pa.Table:
    """End each version where the next one of the same fact begins; of two told at once the last stands."""
    facts = rows.select([contract.fact_id, "known_from"]).to_pandas()
    facts = facts.drop_duplicates(keep="last").sort_values(list(facts.columns), kind="stable")
    ends = facts.groupby(contract.fact_id)["known_from"].shift(-1)
    kept = rows.take(pa.array(facts.index))
    at = kept.schema.get_field_index("known_until")
    return kept.set_column(at, kept.schema.field(at), pa.array(ends, kept.schema.field(at).type))
