"""The made-up matrix of `bench rules`: every rule is asked of it, and none gets one answer only where data decide."""

import pandas as pd
import pyarrow.parquet as pq

from experiments.benchmarks.rules import NIGHT, REGION, _asked, made_up
from features import parameters
from features.connections import open_engine
from models.rules.answering import RULE_FACTS, answers


def test_all_that_rules_and_triggers_read_is_there_and_tells_households_apart(tmp_path):
    path = tmp_path / "matrix.parquet"
    made_up(path, households=2000, seed=3)
    columns = set(pq.read_schema(path).names)
    assert {name for fact in RULE_FACTS for name in fact.columns} < _asked() <= columns
    in_force = parameters.at(region=REGION, as_of_date=NIGHT)
    with open_engine() as engine:
        told: pd.DataFrame = answers(
            engine.read_parquet(str(path)), in_force, as_of_date=NIGHT
        ).execute()
    assert len(told) == 2000
    assert set(told["dibao"]) == {"meets", "near", "does_not", "cannot_tell"}
    assert told["tier"].nunique() >= 3


def test_the_same_seed_is_the_same_bytes(tmp_path):
    for name in ("one", "other"):
        made_up(tmp_path / f"{name}.parquet", households=1000, seed=3)
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "other.parquet").read_bytes()
