"""Reading: every format gives the same typed rows, and a cell that does not fit is named by row."""

import tempfile
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_contracts.arrival import Delivery, waiting
from data_contracts.readers import Reading, read, source_text
from data_contracts.refusal import DeliveryRefused
from tests.data_contracts.landing import CONTRACTS, TONIGHT, grids, land, power_bills

BILLS = CONTRACTS["utility_bills"]


def _delivery(home: Path) -> Delivery:
    [delivery], left = waiting(home / "landing", CONTRACTS, before=TONIGHT)
    assert left == []
    return delivery


def _read(home: Path, feed: str = "utility_bills") -> Reading:
    return read(_delivery(home), CONTRACTS[feed])


def _rows_named(reading: Reading) -> dict[str, list[int]]:
    return {breach.check_id: [row + 1 for row in breach.rows or ()] for breach in reading.breaches}


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "parquet", "jsonl"])
def test_every_format_gives_the_same_rows(tmp_path: Path, suffix: str) -> None:
    bills = power_bills(3)
    bills.loc[1, "paid_on"] = pd.NaT
    land(tmp_path, "utility_bills", bills, name=f"bills.{suffix}")

    reading = _read(tmp_path)

    assert reading.breaches == ()
    assert reading.typed.to_pylist()[1] == {
        "bill_id": "b1",
        "account_id": "u1",
        "service": "power",
        "event_date": date(2024, 7, 1),
        "usage": 121.0,
        "amount_due": 61.0,
        "subsidy_amount": 0.0,
        "due_date": date(2024, 7, 16),
        "paid_on": None,
    }


def test_cells_that_do_not_fit_are_named_by_row_and_kept_as_text(tmp_path: Path) -> None:
    bills = power_bills(6).astype(str)
    bills["usage"] = ["1,200", "12 kWh", "nan", "inf", "1e2", " 7 "]
    bills["event_date"] = [
        "2024-07-01",
        "2024/07/02",
        "2024-07-03 00:00:00",
        "01.07.2024",
        "9999-12-31",
        "1024-07-01",
    ]
    land(tmp_path, "utility_bills", bills)

    reading = _read(tmp_path)

    assert _rows_named(reading) == {
        "usage_is_number": [1, 2, 3, 4],
        "event_date_is_date": [4, 5, 6],
    }
    assert reading.typed["usage"].to_pylist() == [None, None, None, None, 100.0, 7.0]
    assert reading.typed["event_date"].to_pylist()[:3] == [
        date(2024, 7, 1),
        date(2024, 7, 2),
        date(2024, 7, 3),
    ]
    assert source_text(reading, [1])["usage"].to_pylist() == ["12 kWh"]


def test_empty_required_cell_is_named_and_empty_optional_one_is_null(tmp_path: Path) -> None:
    bills = power_bills(3).astype({"bill_id": "object"})
    bills.loc[2, "bill_id"] = " "
    bills["paid_on"] = pd.NaT
    land(tmp_path, "utility_bills", bills)

    reading = _read(tmp_path)

    assert _rows_named(reading) == {"bill_id_is_present": [3]}
    assert reading.typed["paid_on"].to_pylist() == [None, None, None]


@pytest.mark.parametrize(
    ("written", "read_as", "bad_rows"),
    [
        (["1", "2", "3"], [1, 2, 3], []),
        (["1.0", "2", ""], [1, 2, None], [3]),
        (["1.5", "2", "x"], [None, 2, None], [1, 3]),
    ],
)
def test_whole_numbers(
    tmp_path: Path, written: list[str], read_as: list[int | None], bad_rows: list[int]
) -> None:
    capacity = pd.DataFrame(
        {
            "capacity_id": ["k1", "k2", "k3"],
            "grid_id": "g1",
            "role": "grid_worker",
            "event_date": "2024-01-01",
            "valid_to": "",
            "visits_per_list": written,
        }
    )
    land(tmp_path, "staff_capacity", capacity)

    reading = _read(tmp_path, "staff_capacity")

    assert reading.typed["visits_per_list"].to_pylist() == read_as
    assert sorted(row for rows in _rows_named(reading).values() for row in rows) == bad_rows


def test_truth_values_are_read_in_the_spellings_exports_use(tmp_path: Path) -> None:
    spelt = ["true", "FALSE", "1", "0", "是", "否", "maybe"]
    accounts = pd.DataFrame(
        {
            "account_id": [f"u{place}" for place in range(7)],
            "service": "gas",
            "holder_name": "某人",
            "holder_phone": None,
            "address_text": "某路1号",
            "event_date": "2024-01-01",
            "valid_to": "",
            "subsidised": spelt,
        }
    )
    land(tmp_path, "utility_accounts", accounts)

    reading = _read(tmp_path, "utility_accounts")

    assert reading.typed["subsidised"].to_pylist() == [True, False, True, False, True, False, None]
    assert _rows_named(reading) == {"subsidised_is_boolean": [7]}


def test_row_with_a_comma_too_many_refuses_the_file_with_its_line(tmp_path: Path) -> None:
    text = power_bills(3).to_csv(index=False).replace("b1,", "b1,surplus,")
    land(tmp_path, "utility_bills", text.encode(), told_rows=3)

    with pytest.raises(DeliveryRefused, match=r"1 rows do not have 9 fields .*first: line 3"):
        _read(tmp_path)


def test_json_line_cut_short_is_named(tmp_path: Path) -> None:
    text = power_bills(3).to_json(orient="records", lines=True)
    land(tmp_path, "utility_bills", text[:-40].encode(), name="bills.jsonl", told_rows=3)

    with pytest.raises(DeliveryRefused, match="line 3 is not JSON"):
        _read(tmp_path)


def test_column_that_stands_twice_in_the_header_is_refused(tmp_path: Path) -> None:
    text = power_bills(3).to_csv(index=False).replace("due_date", "usage", 1)
    land(tmp_path, "utility_bills", text.encode(), told_rows=3)

    with pytest.raises(DeliveryRefused, match="column 'usage' stands in the header 2 times"):
        _read(tmp_path)


def test_csv_that_is_called_a_workbook_is_refused(tmp_path: Path) -> None:
    land(
        tmp_path,
        "grid_tree",
        grids("g1").to_csv(index=False).encode(),
        name="tree.xlsx",
        told_rows=1,
    )

    with pytest.raises(DeliveryRefused, match="not a readable XLSX workbook"):
        _read(tmp_path, "grid_tree")


@pytest.fixture(scope="module")
def whole_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    home = tmp_path_factory.mktemp("whole")
    return {
        suffix: land(home, "utility_bills", power_bills(40), name=f"bills.{suffix}").read_bytes()
        for suffix in ("csv", "jsonl", "parquet", "xlsx")
    }


@settings(max_examples=120, deadline=None)
@given(
    suffix=st.sampled_from(["csv", "jsonl", "parquet", "xlsx"]),
    at=st.floats(0, 1, exclude_max=True),
    cut=st.integers(0, 60),
    put=st.binary(max_size=10),
)
def test_a_damaged_file_is_read_or_refused_and_never_a_crash(
    whole_files: dict[str, bytes], suffix: str, at: float, cut: int, put: bytes
) -> None:
    whole = whole_files[suffix]
    place = int(at * len(whole))
    damaged = whole[:place] + put + whole[place + cut :]
    with tempfile.TemporaryDirectory() as folder:
        land(Path(folder), "utility_bills", damaged, name=f"bills.{suffix}", told_rows=40)
        told = _outcome(Path(folder))
    assert told == "40 rows" or "send" in told


def _outcome(home: Path) -> str:
    try:
        return f"{_read(home).typed.num_rows} rows"
    except DeliveryRefused as refusal:
        return str(refusal)


def test_unknown_encoding_is_refused(tmp_path: Path) -> None:
    land(tmp_path, "grid_tree", grids("g1"), told_encoding="big5")

    with pytest.raises(DeliveryRefused, match="expected utf-8, utf-8-sig, gbk or gb18030"):
        _read(tmp_path, "grid_tree")


def test_line_break_inside_quotation_marks_is_one_row(tmp_path: Path) -> None:
    land(tmp_path, "grid_tree", grids("g1").assign(grid_name="东\n一"))

    assert _read(tmp_path, "grid_tree").typed["grid_name"].to_pylist() == ["东\n一"]
