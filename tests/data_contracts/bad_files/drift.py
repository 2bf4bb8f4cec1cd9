"""A whole export that drifted: units, codes, spellings and types changed, rows repeated or contradicting."""

from collections.abc import Callable

from tests.data_contracts.bad_files.case import (
    BAD,
    ROWS,
    Case,
    Loaded,
    Quarantined,
    Refused,
    Rows,
    as_csv,
    bills,
)

_MANY = 60
"""Enough rows for a typical value to say something."""


def _scaled(column: str, factor: float) -> Callable[[Rows], Rows]:
    return lambda rows: [{**row, column: str(float(row[column]) * factor)} for row in rows]


def _every(column: str, written: Callable[[str], str]) -> Callable[[Rows], Rows]:
    return lambda rows: [{**row, column: written(row[column])} for row in rows]


def _case(
    name: str,
    change: Callable[[Rows], Rows],
    must: Refused | Loaded | Quarantined,
    count: int = _MANY,
) -> Case:
    rows = change(bills(name, count))
    return Case(name, as_csv(rows).encode(), must, rows=len(rows))


def _swapped(rows: Rows) -> Rows:
    return [{**row, "account_id": row["service"], "service": row["account_id"]} for row in rows]


def _repeated(rows: Rows) -> Rows:
    return [*rows, rows[BAD - 1]]


def _repeated_elsewhere(rows: Rows) -> Rows:
    return [rows[-1], *rows]


def _contradicted(rows: Rows) -> Rows:
    return [*rows, {**rows[BAD - 1], "usage": "1"}]


def _contradicted_twice(rows: Rows) -> Rows:
    return [*rows, {**rows[BAD - 1], "usage": "1"}, {**rows[BAD - 1], "usage": "2"}]


def _bad_then_good(rows: Rows) -> Rows:
    return [*rows, {**rows[BAD - 1], "usage": "-1"}]


def _first_bad(count: int) -> Callable[[Rows], Rows]:
    return lambda rows: [
        {**row, "usage": "x"} if place < count else row for place, row in enumerate(rows)
    ]


_NONE_GOOD = Refused(f"none of the {_MANY} rows is good")
CASES = [
    _case(
        "drift-usage-times-1000", _scaled("usage", 1000), Refused("check usage_power_has_its_unit")
    ),
    _case(
        "drift-usage-over-1000", _scaled("usage", 0.001), Refused("check usage_power_has_its_unit")
    ),
    _case(
        "drift-usage-times-100", _scaled("usage", 100), Refused("check usage_power_has_its_unit")
    ),
    _case(
        "drift-amount-in-fen", _scaled("amount_due", 100), Refused("check amount_due_has_its_unit")
    ),
    _case(
        "drift-amount-in-wan",
        _scaled("amount_due", 0.0001),
        Refused("check amount_due_has_its_unit"),
    ),
    _case("drift-service-as-code", _every("service", lambda old: "01"), _NONE_GOOD),
    _case("drift-service-in-chinese", _every("service", lambda old: "电"), _NONE_GOOD),
    _case("drift-service-in-capitals", _every("service", str.upper), _NONE_GOOD),
    _case("drift-dates-american", _every("event_date", lambda old: "07/01/2024"), _NONE_GOOD),
    _case(
        "drift-dates-eight-digits",
        _every("event_date", lambda old: old.replace("-", "")),
        _NONE_GOOD,
    ),
    _case("drift-dates-excel", _every("event_date", lambda old: "45474"), _NONE_GOOD),
    _case(
        "drift-dates-with-slashes",
        _every("event_date", lambda old: old.replace("-", "/")),
        Loaded(),
    ),
    _case("drift-usage-with-unit", _every("usage", lambda old: old + "度"), _NONE_GOOD),
    _case(
        "drift-usage-decimal-comma", _every("usage", lambda old: old.replace(".", ",")), _NONE_GOOD
    ),
    _case("drift-usage-as-words", _every("usage", lambda old: "高"), _NONE_GOOD),
    _case("drift-usage-empty", _every("usage", lambda old: ""), _NONE_GOOD),
    _case("drift-two-columns-swapped", _swapped, _NONE_GOOD),
    _case(
        "drift-ids-shortened-by-a-spreadsheet",
        _every("bill_id", lambda old: "3.20101E+17"),
        _NONE_GOOD,
    ),
    _case("drift-ids-empty", _every("bill_id", lambda old: ""), _NONE_GOOD),
    _case(
        "drift-ids-all-the-same",
        _every("bill_id", lambda old: "zq-the-same"),
        Refused("fact_is_told_once"),
    ),
    _case(
        "drift-five-bad-rows-of-sixty",
        _first_bad(5),
        Quarantined("usage_is_number", (1, 2, 3, 4, 5)),
    ),
    _case("drift-six-bad-rows-of-sixty", _first_bad(6), Refused("6 of 60 rows (10.0%) are bad")),
    _case("repeat-row", _repeated, Loaded(repeats=1), ROWS),
    _case("repeat-last-row-first", _repeated_elsewhere, Loaded(repeats=1), ROWS),
    _case("repeat-whole-file-inside", lambda rows: rows * 2, Loaded(repeats=ROWS), ROWS),
    _case("repeat-contradicting", _contradicted, Quarantined("fact_is_told_once"), ROWS),
    _case(
        "repeat-contradicting-twice",
        _contradicted_twice,
        Quarantined("fact_is_told_once", (BAD, ROWS + 1)),
        ROWS,
    ),
    _case(
        "repeat-bad-behind-good",
        _bad_then_good,
        Quarantined("usage_is_plausible", (ROWS + 1,)),
        ROWS,
    ),
]
