"""Every rule of a night answers on Spark as on DuckDB: each answer, distance, missing fact and verdict."""

from datetime import date
from random import Random

import pandas as pd
import pyarrow.parquet as pq
import pytest

from features import parameters
from features.connections import open_engine
from features.district import DISTRICT
from features.matrix_contract import matrix_schema
from models.rules.answering import RULE_FACTS, SUMMARY, answers, rules_on

pytestmark = pytest.mark.spark

NIGHT = date(2026, 3, 9)
REGION = "cn.jiangsu.wuxi.binhu"
FAMILIES = 60
TOLERANCE = 1e-9
MOSTLY = {"property_check_result": ["within_limit", "above_limit"], "household_size": [1, 2, 3, 5]}
MONEY = {"rule_checked_income_month": 4000, "rule_certain_income_month": 2500}


def families() -> pd.DataFrame:
    """Return households with anything known or not: sums on a line, money above it, counts of nobody."""
    chance = Random(7)
    kinds = {field.name: str(field.type) for field in matrix_schema(DISTRICT.groups)}
    columns = sorted({name for fact in RULE_FACTS for name in fact.columns} & kinds.keys())

    def cell(name: str) -> object:
        if chance.random() < 0.15 and name != "household_size":
            return None
        if name in MOSTLY:
            return chance.choice(MOSTLY[name])
        if name in MONEY:
            return float(chance.choice([0, 1167, 1167.0 * 2, chance.randrange(MONEY[name])]))
        if kinds[name] == "bool":
            return chance.random() < 0.5
        return float(chance.choice([0, 0, 1, 2, 400]))

    rows = [
        {"household_id": f"h{number:03}", **{name: cell(name) for name in columns}}
        for number in range(FAMILIES)
    ]
    frame = pd.DataFrame(rows)
    booleans = [name for name in columns if kinds[name] == "bool"]
    return frame.astype(dict.fromkeys(booleans, "boolean"))


@pytest.fixture(scope="module")
def both(spark, tmp_path_factory):
    path = tmp_path_factory.mktemp("rules") / "matrix.parquet"
    families().to_parquet(path, index=False)
    in_force = parameters.at(region=REGION, as_of_date=NIGHT)

    def asked(engine):
        told = answers(engine.read_parquet(str(path)), in_force, as_of_date=NIGHT)
        frame = told.execute().sort_values("household_id", ignore_index=True)
        return frame.astype("object").where(frame.notna(), None)

    with open_engine() as duckdb:
        here = asked(duckdb)
    assert pq.read_metadata(path).num_rows == FAMILIES
    return here, asked(spark)


def test_every_answer_is_the_same_on_both(both):
    here, there = both
    differing = {}
    for name in here.columns:
        pairs = zip(here[name], there[name], strict=True)
        wrong = [pair for pair in pairs if not same(*pair)]
        if wrong:
            differing[name] = wrong[:3]
    assert list(here.columns) == list(there.columns)
    assert not differing


def test_the_families_are_told_apart(both):
    here, _ = both
    told = {answer for rule in rules_on(NIGHT) for answer in here[rule.rule_id].unique()}
    assert told == {"meets", "near", "does_not", "cannot_tell"}
    assert all(here[name].notna().any() for name in SUMMARY if name != "approached")


def same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= TOLERANCE * max(1.0, abs(one))
    return one == other
