"""The lake: typed even when empty, and not silent about a changed file."""

from datetime import datetime
from pathlib import Path

import pytest

from data_contracts.lake import Lake, LakeError
from features.connections import open_engine
from tests.data_contracts.landing import (
    CONTRACTS,
    RECEIVED,
    TONIGHT,
    facts,
    judge,
    land,
    power_bills,
)


@pytest.mark.parametrize("feed", ["utility_bills", "utility_accounts", "visits"])
def test_a_feed_that_never_delivered_is_an_empty_table_of_the_same_type(
    tmp_path: Path, feed: str
) -> None:
    with open_engine() as engine:
        empty = Lake(tmp_path).facts(engine, CONTRACTS[feed])

        assert empty.count().execute() == 0
        schema = {name: str(kind) for name, kind in empty.schema().items()}

    expected = {
        "string": "string",
        "date": "date",
        "number": "float64",
        "integer": "int64",
        "boolean": "boolean",
    }
    assert schema == {
        **{column.name: expected[column.logical_type] for column in CONTRACTS[feed].stored_columns},
        "known_from": "timestamp(6)",
        "known_until": "timestamp(6)",
    }


def test_facts_have_the_same_type_with_and_without_corrections(tmp_path: Path) -> None:
    schemas = []
    for amount, hour in ((60.0, 2), (70.0, 4)):
        bill = power_bills(1).assign(amount_due=amount)
        land(
            tmp_path,
            "utility_bills",
            bill,
            name=f"{hour}.csv",
            received_at=RECEIVED.replace(hour=hour),
        )
        judge(tmp_path)
        with open_engine() as engine:
            schemas.append(Lake(tmp_path).facts(engine, CONTRACTS["utility_bills"]).schema())

    assert schemas[0] == schemas[1]


def test_a_changed_file_is_found_before_it_is_read(tmp_path: Path) -> None:
    land(tmp_path, "utility_bills", power_bills(30))
    judge(tmp_path)
    [path] = (tmp_path / "lake").rglob("*.parquet")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

    with pytest.raises(LakeError, match=r"feed utility_bills: lake/.* restore it from a backup"):
        facts(tmp_path, "utility_bills")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    land(tmp_path, "utility_bills", power_bills(30))
    judge(tmp_path)
    lake = Lake(tmp_path)
    assert lake.verify("utility_bills") == 1
    [path] = (tmp_path / "lake").rglob("*.parquet")
    path.unlink()

    with pytest.raises(LakeError, match="is missing; restore it from a backup"):
        lake.verify("utility_bills")


def test_arrivals_are_of_loaded_deliveries_before_a_time(tmp_path: Path) -> None:
    later = RECEIVED.replace(hour=4)
    land(tmp_path, "utility_bills", power_bills(30), name="a.csv")
    land(tmp_path, "utility_bills", power_bills(30), name="b.csv", received_at=later)
    land(tmp_path, "utility_bills", power_bills(31), name="c.csv", received_at=later)
    land(tmp_path, "visits", b"", received_at=later)
    judge(tmp_path)
    lake = Lake(tmp_path)

    assert lake.arrivals() == {"utility_bills": [RECEIVED, later]}
    assert lake.arrivals(before=later) == {"utility_bills": [RECEIVED]}


def test_the_digest_changes_with_facts_received_before_the_time_only(tmp_path: Path) -> None:
    def digest(before: datetime) -> str:
        return Lake(tmp_path).digest(before=before)

    land(tmp_path, "utility_bills", power_bills(30))
    judge(tmp_path)
    early, tonight = digest(RECEIVED.replace(hour=3)), digest(TONIGHT)
    land(
        tmp_path,
        "utility_bills",
        power_bills(31),
        name="b.csv",
        received_at=RECEIVED.replace(hour=4),
    )
    judge(tmp_path)

    assert digest(RECEIVED.replace(hour=3)) == early
    assert digest(TONIGHT) != tonight


def test_the_same_deliveries_give_the_same_digest_in_another_home(tmp_path: Path) -> None:
    homes = [tmp_path / "one", tmp_path / "other"]
    for home in homes:
        land(home, "utility_bills", power_bills(30))
        judge(home)

    assert len({Lake(home).digest(before=TONIGHT) for home in homes}) == 1
