"""The Great Expectations desk: what a failing check tells, and that a crash is never bad data."""

import dataclasses
import os
import subprocess
import sys

import pandas as pd
import pytest

from data_contracts import expectations
from data_contracts.checks import (
    Check,
    DuplicateValues,
    Expectation,
    InvalidValues,
    NullValues,
    RowCount,
    Rule,
    Severity,
    TypicalValue,
)
from data_contracts.expectations import ExpectationCrashed, run, suite_of
from tests.data_contracts.landing import CONTRACTS
from tests.tables import table

BILLS = CONTRACTS["utility_bills"]
FRAME = table("""
    bill_id | service | usage | amount_due | event_date | due_date
    --------+---------+-------+------------+------------+-----------
    b1      | power   | 100.0 | 60.0       | 2024-07-01 | 2024-07-15
    b2      | water   | 10.0  | 30.0       | 2024-07-01 | 2024-06-30
    b2      | ?       | ?     | -1.0       | 2024-07-01 | ?
    b4      | steam   | 12.0  | 40.0       | 2024-07-01 | 2024-07-01
    """)


def _found(rule: Rule, *, frame: pd.DataFrame = FRAME) -> list[tuple[tuple[int, ...] | None, str]]:
    check = Check("under_test", None, Severity.ERROR, "accuracy", "a test fails", rule)
    suite = suite_of(dataclasses.replace(BILLS, checks=(check,)))
    [breaches] = run(suite, [frame])
    return [(breach.rows, breach.detail) for breach in breaches]


def _expect(type_: str, **kwargs: object) -> Expectation:
    return Expectation(type_, tuple(kwargs.items()))


@pytest.mark.parametrize(
    ("rule", "rows", "detail"),
    [
        (NullValues("usage"), (2,), "is empty"),
        (InvalidValues("service", ("power", "water")), (3,), "is none of power, water"),
        (DuplicateValues(("bill_id",)), (1, 2), "comes more than once"),
        (DuplicateValues(("bill_id", "event_date")), (1, 2), "comes more than once"),
        (
            _expect(
                "expect_column_values_to_be_between", column="amount_due", min_value=0, max_value=50
            ),
            (0, 2),
            "lies outside 0 to 50",
        ),
        (
            _expect(
                "expect_column_pair_values_a_to_be_greater_than_b",
                column_A="due_date",
                column_B="event_date",
                or_equal=True,
                ignore_row_if="either_value_is_missing",
            ),
            (1,),
            "due_date is less than event_date",
        ),
        (
            _expect("expect_column_values_to_match_regex", column="service", regex="^[pw]"),
            (3,),
            "is not written like ^[pw]",
        ),
        (RowCount(5, None), None, "the file has 4 rows, expected 5 to any number"),
        (RowCount(None, 3), None, "the file has 4 rows, expected 0 to 3"),
        (
            TypicalValue("usage", 20, 200, None, min_rows=3),
            None,
            "the median is 12, expected 20 to 200; was the unit changed, times or divided by 1000?",
        ),
        (
            TypicalValue("usage", 20, 200, ("service", "water"), min_rows=1),
            None,
            "the median of service water is 10, expected 20 to 200; was the unit changed, times or divided by 1000?",
        ),
    ],
)
def test_a_breach_names_its_rows_and_says_what_was_expected(
    rule: Rule, rows: tuple[int, ...] | None, detail: str
) -> None:
    assert _found(rule) == [(rows, detail)]


@pytest.mark.parametrize(
    "rule",
    [
        NullValues("bill_id"),
        InvalidValues("service", ("power", "water", "steam")),
        RowCount(4, 4),
        _expect("expect_column_value_lengths_to_equal", column="service", value=5),
        TypicalValue("usage", 12, 12, None, min_rows=3),
        TypicalValue("usage", 20, 200, None, min_rows=4),
        TypicalValue("usage", 20, 200, ("service", "gas"), min_rows=1),
        _expect(
            "expect_column_values_to_be_between", column="amount_due", min_value=-1, max_value=60
        ),
    ],
)
def test_a_rule_that_holds_is_no_breach(rule: Rule) -> None:
    assert _found(rule) == []


def test_rows_are_positions_in_their_own_file_when_files_are_checked_together() -> None:
    check = Check(
        "known",
        "service",
        Severity.ERROR,
        "conformity",
        "a test fails",
        InvalidValues("service", ("power",)),
    )
    suite = suite_of(dataclasses.replace(BILLS, checks=(check,)))

    found = run(suite, [FRAME, FRAME.iloc[:1], FRAME.iloc[1:].reset_index(drop=True)])

    assert [[breach.rows for breach in breaches] for breaches in found] == [[(1, 3)], [], [(0, 2)]]


def test_a_file_check_looks_at_each_file_alone() -> None:
    check = Check("rows", None, Severity.FATAL, "completeness", "a test fails", RowCount(2, None))
    suite = suite_of(dataclasses.replace(BILLS, checks=(check,)))

    found = run(suite, [FRAME, FRAME.iloc[:1]])

    assert [len(breaches) for breaches in found] == [0, 1]


def test_a_check_that_crashes_is_our_fault_and_not_bad_data() -> None:
    text_compared_with_numbers = _expect(
        "expect_column_values_to_be_between", column="service", min_value=0
    )

    with pytest.raises(
        ExpectationCrashed,
        match="feed utility_bills: check under_test could not be carried out: MetricResolutionError in",
    ):
        _found(text_compared_with_numbers)


@pytest.mark.parametrize(
    "rule",
    [
        _expect("expect_column_values_to_be_bewteen", column="usage", min_value=0),
        _expect("expect_column_values_to_be_between", column="usage", minimum=0),
    ],
)
def test_an_expectation_the_library_does_not_have_is_refused_before_any_data(rule: Rule) -> None:
    with pytest.raises(
        ExpectationCrashed, match="check under_test is no valid expect_column_values_to_be_b"
    ):
        _found(rule)


@pytest.mark.parametrize("feed", sorted(CONTRACTS))
def test_every_contract_of_the_district_compiles(feed: str) -> None:
    suite = suite_of(CONTRACTS[feed])
    assert len(suite.row_checks) == len(suite.row_configurations)
    assert CONTRACTS[feed].fact_id in suite.columns


def test_checking_opens_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("something tried to reach the network")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    expectations.context.cache_clear()

    assert _found(NullValues("usage")) == [((2,), "is empty")]
    assert os.environ["GX_ANALYTICS_ENABLED"] == "False"


def test_the_gate_does_not_load_the_library_until_there_is_something_to_check() -> None:
    probe = "import sys, data_contracts.gate; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", probe], check=False).returncode == 0
