"""Arrival: what is a delivery, what is left alone, and in which order."""

import json
from pathlib import Path

import pytest

from data_contracts.arrival import waiting
from tests.data_contracts.landing import CONTRACTS, RECEIVED, TONIGHT, grids, land, power_bills


def _left_because(home: Path) -> str:
    deliveries, [left] = waiting(home / "landing", CONTRACTS, before=TONIGHT)
    assert deliveries == []
    return f"{left.feed}/{left.name}: {left.reason}"


def test_deliveries_come_by_time_of_receipt_feed_and_name(tmp_path: Path) -> None:
    early = RECEIVED.replace(hour=1)
    land(tmp_path, "utility_bills", power_bills(1), name="a.csv")
    land(tmp_path, "utility_bills", power_bills(1), name="b.csv", received_at=early)
    land(tmp_path, "grid_tree", grids("g1"), name="z.csv")

    deliveries, left = waiting(tmp_path / "landing", CONTRACTS, before=TONIGHT)

    assert [(one.feed, one.name) for one in deliveries] == [
        ("utility_bills", "b.csv"),
        ("grid_tree", "z.csv"),
        ("utility_bills", "a.csv"),
    ]
    assert left == []


def test_the_same_delivery_has_the_same_id_anywhere_and_a_changed_one_another(
    tmp_path: Path,
) -> None:
    ids = []
    for home, rows in (("one", 3), ("two", 3), ("three", 4)):
        land(tmp_path / home, "utility_bills", power_bills(rows))
        [delivery], _ = waiting(tmp_path / home / "landing", CONTRACTS, before=TONIGHT)
        ids.append(delivery.delivery_id)

    assert ids[0] == ids[1]
    assert ids[1] != ids[2]


def test_a_judged_stamp_is_not_read_again(tmp_path: Path) -> None:
    land(tmp_path, "utility_bills", power_bills(3))
    [delivery], _ = waiting(tmp_path / "landing", CONTRACTS, before=TONIGHT)

    again = waiting(tmp_path / "landing", CONTRACTS, before=TONIGHT, judged={delivery.stamp})

    assert again == ([], [])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {"feed": "visits"},
            "the manifest is for feed 'visits' but lies in folder 'utility_bills'; move it",
        ),
        ({"received_at": "yesterday"}, "received_at is 'yesterday', expected local time such as"),
        ({"received_at": "2024-08-05T02:10:00+08:00"}, "write local time without a zone"),
        ({"rows": "3"}, "the manifest has rows = '3', expected a whole number"),
        ({"rows": True}, "the manifest has rows = True, expected a whole number"),
        ({"sha256": None}, "the manifest has sha256 = None, expected text"),
        ({"releases": "d1"}, "a release says in source_rows, for each of its rows"),
        ({"releases": "d1", "source_rows": [1, 2]}, "a release says in source_rows"),
        ({"releases": "d1", "source_rows": [{}, 2, 3]}, "the manifest has source_rows = {}"),
        ({"releases": "d1", "source_rows": [1, 2, 2]}, "the same row in source_rows twice"),
        ({"format": "ods"}, "format is 'ods', expected one of csv, xlsx, parquet, jsonl"),
        (
            {"format": "parquet"},
            "format is 'parquet' but the file is called export.csv; correct one of them",
        ),
    ],
)
def test_a_manifest_that_does_not_say_what_it_must_is_left_alone(
    tmp_path: Path, change: dict[str, object], reason: str
) -> None:
    path = land(tmp_path, "utility_bills", power_bills(3))
    manifest = path.with_name("export.csv.manifest.json")
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | change))

    assert _left_because(tmp_path).startswith(
        f"utility_bills/export.csv: {reason}"
    ) or reason in _left_because(tmp_path)


def test_a_manifest_half_written_is_left_alone(tmp_path: Path) -> None:
    path = land(tmp_path, "utility_bills", power_bills(3))
    manifest = path.with_name("export.csv.manifest.json")
    manifest.write_text(manifest.read_text()[:-9])

    assert "the manifest is not JSON" in _left_because(tmp_path)


def test_a_manifest_without_its_file_is_left_alone(tmp_path: Path) -> None:
    land(tmp_path, "utility_bills", power_bills(3)).unlink()

    assert "export.csv.manifest.json: a manifest without its file" in _left_because(tmp_path)


def test_a_folder_without_contract_is_named_with_the_likely_feed(tmp_path: Path) -> None:
    (tmp_path / "landing" / "utility_bill").mkdir(parents=True)

    assert _left_because(tmp_path) == (
        "utility_bill/: no contract for feed 'utility_bill'; did you mean 'utility_bills'?"
    )
