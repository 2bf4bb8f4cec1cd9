"""Identifiers as people write them: one way of writing each, nothing for what is none."""

import hashlib

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.identifiers import parse
from data_contracts.pseudonyms import Keyring
from data_contracts.raw_identifiers import holds_raw_identifier, places_of_raw_identifiers
from tests.data_contracts.made_up_people import (
    mobile,
    national_id,
    old_national_id,
    with_check_digit,
)

ENDS_IN_X = next(made for seed in range(99) if (made := national_id(seed)).endswith("X"))
BORN_1949 = with_check_digit("99010119491231002")


def read(kind: str, *cells: str | None) -> list[str | None]:
    values: list[str | None] = parse(kind, pa.array(cells, pa.string())).values.to_pylist()
    return values


def full_width(text: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) for letter in text)


@pytest.mark.parametrize(
    "written",
    [
        ENDS_IN_X,
        ENDS_IN_X.lower(),
        full_width(ENDS_IN_X),
        full_width(ENDS_IN_X.lower()),
        f" {ENDS_IN_X[:6]} {ENDS_IN_X[6:14]}\u3000{ENDS_IN_X[14:]} ",
        f"\ufeff{ENDS_IN_X}\u200b",
    ],
)
def test_spellings_of_one_identity_number_are_one(written: str) -> None:
    assert read("national_id", written) == [ENDS_IN_X]


def test_an_identity_number_of_15_digits_is_that_of_18() -> None:
    assert read("national_id", "990101491231002") == [BORN_1949]


@pytest.mark.parametrize(
    "written",
    [
        BORN_1949[:17] + ("0" if BORN_1949[17] != "0" else "1"),
        with_check_digit("99010119490229002"),
        with_check_digit("99010119491331002"),
        with_check_digit("99010118991231002"),
        with_check_digit("99010122001231002"),
        with_check_digit("09010119491231002"),
        BORN_1949[:17],
        BORN_1949 + "0",
        "990101490229002",
        "9901014912310021",
        "1.10101E+17",
        "p1",
        "不详",
    ],
    ids=[
        "check digit",
        "29 February of a common year",
        "month 13",
        "born 1899",
        "born 2200",
        "begins with 0",
        "17 digits",
        "19 digits",
        "15 digits without a date",
        "16 digits",
        "a spreadsheet's number",
        "an id of somebody else's",
        "a word",
    ],
)
def test_what_is_no_identity_number_is_reported_by_place(written: str) -> None:
    parsed = parse("national_id", pa.array([None, BORN_1949, written]))

    assert parsed.values.to_pylist() == [None, BORN_1949, None]
    assert parsed.misfits.tolist() == [2]


def test_29_february_of_a_leap_year_is_a_birth_date() -> None:
    born = with_check_digit("99010120000229002")

    assert read("national_id", born) == [born]


@given(st.integers(0, 10**9))
def test_every_single_slip_of_a_digit_is_found(seed: int) -> None:
    right = national_id(seed)
    place = seed % 17
    slips = [right[:place] + str(digit) + right[place + 1 :] for digit in range(10)]

    assert [cell for cell in read("national_id", *slips) if cell is not None] == [right]


@given(st.integers(0, 10**9))
def test_old_and_new_number_of_a_person_are_one(seed: int) -> None:
    new = national_id(seed)

    expected = new if new[6:8] == "19" else None
    assert (read("national_id", old_national_id(seed)) == [new]) == (expected is not None)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("13812345678", "13812345678"),
        ("+86 138-1234-5678", "13812345678"),
        ("8613812345678", "13812345678"),
        ("0086 138 1234 5678", "13812345678"),
        (full_width("13812345678"), "13812345678"),
        ("0571-12345678", "057112345678"),
        ("(0571)12345678", "057112345678"),
        ("+86 571 12345678", "057112345678"),
        ("12812345678", None),
        ("1381234567", None),
        ("138123456789", None),
        ("12345678", None),
    ],
)
def test_phones_are_written_one_way(written: str, expected: str | None) -> None:
    assert read("phone", written) == [expected]


def test_account_numbers_keep_their_zeros_and_letters() -> None:
    assert read("account", "００12-A", " 0012-A ", "张三") == ["0012-A", "0012-A", None]


def test_a_pseudonym_made_before_is_left_as_it_is() -> None:
    pseudonym = "p" + "0123456789ab" * 2

    assert read("national_id", pseudonym) == [pseudonym]
    assert read("phone", pseudonym) == [None]


RAW = [
    BORN_1949,
    f"申请人{BORN_1949}",
    ENDS_IN_X.lower(),
    full_width(BORN_1949),
    "110000491231002",
    "13812345678",
    "电话13812345678，白天",
    "+8613812345678",
    "138-1234-5678",
    "138 1234 5678",
    full_width("13812345678"),
]
HARMLESS = [
    "b13812345678901",
    "2024-07-01 13:00:00",
    "202407010000001234",
    "p" + "0123456789ab" * 2,
    BORN_1949[:17] + ("0" if BORN_1949[17] != "0" else "1"),
    "12812345678",
    "3a13812345678901c",
    "pab13812345678cdabcdefab0",
    f"r{BORN_1949}",
    "",
]


@pytest.mark.parametrize("cell", RAW)
def test_raw_identifiers_are_recognised_wherever_they_stand(cell: str) -> None:
    assert holds_raw_identifier(cell)


def test_no_pseudonym_is_taken_for_a_phone() -> None:
    keys = Keyring(hashlib.sha256(b"any").digest(), "990100")
    words = pa.array([str(number) for number in range(100_000)])

    for prefix in ("p", "h_"):
        made = keys.digests("any", words, prefix=prefix)
        assert places_of_raw_identifiers(made).size == 0


@pytest.mark.parametrize("cell", HARMLESS)
def test_what_only_looks_a_little_like_one_is_not(cell: str) -> None:
    assert not holds_raw_identifier(cell)


def test_raw_identifiers_are_found_by_place_among_others() -> None:
    cells = [*HARMLESS, None, mobile(1), *HARMLESS, national_id(1)]

    found = places_of_raw_identifiers(pa.array(cells))

    assert found.tolist() == [len(HARMLESS) + 1, 2 * len(HARMLESS) + 2]


def test_a_phone_or_an_identity_number_may_hide_among_numbers() -> None:
    whole = pa.array([3, None, 13_812_345_678, int(BORN_1949.replace("X", "0"))])
    broken = pa.array([3.5, None, 13_812_345_678.0, 990_101_194_912_310_020.0, 2e10])

    assert places_of_raw_identifiers(whole).tolist() == [2, 3]
    assert places_of_raw_identifiers(broken).tolist() == [2, 3]
    assert places_of_raw_identifiers(pa.array([1, 12_999_999_999])).tolist() == []
