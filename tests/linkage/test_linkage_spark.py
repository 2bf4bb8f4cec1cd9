"""The same settings on Spark: the same pairs with the same weights and levels."""

from typing import Any

import pytest
from small_town import name_of, town

from data_contracts.linkage.records import records_of
from data_contracts.linkage.splink_desk.scoring import score, score_on_spark
from data_contracts.linkage.splink_desk.settings import initial_settings, prior_of

pytestmark = pytest.mark.spark


def test_spark_gives_the_same_pairs_and_weights(spark: Any) -> None:
    made = town(("翠湖花园",))
    for number, (address, text) in enumerate(made.dwellings.items()):
        holder = name_of(number) if number % 3 else "诸葛陌生"
        written = text[13:] if number % 4 else text[13:].split("单元")[0]
        made.accounts[f"u{address[1:]}"] = (holder, None, written)
    records = records_of(made.sources())
    settings = prior_of(initial_settings(), dwellings=records.dwellings.num_rows)
    here = score(settings, records.accounts, records.dwellings, least_weight=-6, threads=2)

    session = spark._session
    frames = [session.createDataFrame(one) for one in (records.accounts, records.dwellings)]
    there = score_on_spark(settings, *frames, session, least_weight=-6).toPandas()

    expected = {(row["account_id"], row["address_id"]): row for row in here.to_pylist()}
    found = {(row["account_id"], row["address_id"]): row for row in there.to_dict("records")}
    assert len(expected) >= 60
    assert found.keys() == expected.keys()
    for pair, row in found.items():
        assert row == pytest.approx(expected[pair], abs=1e-6)
