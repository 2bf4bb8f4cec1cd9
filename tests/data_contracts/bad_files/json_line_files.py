"""JSON lines that are cut, nested, or say two things at once."""

import json

from tests.data_contracts.bad_files.case import (
    BAD,
    ROWS,
    Case,
    Loaded,
    Quarantined,
    Refused,
    as_json_lines,
    bills,
    changed,
)


def _lines(name: str) -> list[str]:
    return as_json_lines(bills(name)).splitlines(keepends=True)


def _with_line(name: str, line: str) -> bytes:
    lines = _lines(name)
    lines[BAD - 1] = line + "\n"
    return "".join(lines).encode()


def _with(name: str, column: str, value: object) -> bytes:
    return _with_line(name, json.dumps({**bills(name)[BAD - 1], column: value}))


def _written(name: str, column: str, written: str) -> bytes:
    """Put text where json.dumps would not."""
    row = json.dumps({**bills(name)[BAD - 1], column: "HERE"})
    return _with_line(name, row.replace('"HERE"', written))


def _case(
    name: str, content: bytes, must: Refused | Loaded | Quarantined, rows: int = ROWS
) -> Case:
    return Case(name, content, must, suffix="jsonl", rows=rows)


_LINE = f"line {BAD}"
CASES = [
    _case("jsonl-good", "".join(_lines("jsonl-good")).encode(), Loaded({"usage": 125.5})),
    _case(
        "jsonl-byte-order-mark",
        "".join(_lines("jsonl-byte-order-mark")).encode("utf-8-sig"),
        Loaded(),
    ),
    _case("jsonl-blank-lines", "\n".join(_lines("jsonl-blank-lines")).encode(), Loaded()),
    _case("jsonl-crlf", "".join(_lines("jsonl-crlf")).replace("\n", "\r\n").encode(), Loaded()),
    _case(
        "jsonl-cut-in-the-last-line",
        "".join(_lines("jsonl-cut-in-the-last-line"))[:-40].encode(),
        Refused("line 12 is not JSON"),
    ),
    _case(
        "jsonl-cut-between-lines",
        "".join(_lines("jsonl-cut-between-lines")[:-1]).encode(),
        Refused("the file has 11 rows"),
    ),
    _case(
        "jsonl-one-array",
        json.dumps(bills("jsonl-one-array")).encode(),
        Refused("line 1 is not a JSON object"),
    ),
    _case(
        "jsonl-indented",
        json.dumps(bills("jsonl-indented")[0], indent=1).encode(),
        Refused("line 1 is not JSON"),
    ),
    _case(
        "jsonl-line-is-an-array",
        _with_line("jsonl-line-is-an-array", '["zq"]'),
        Refused(f"{_LINE} is not a JSON object"),
    ),
    _case(
        "jsonl-line-is-a-number",
        _with_line("jsonl-line-is-a-number", "12"),
        Refused(f"{_LINE} is not a JSON object"),
    ),
    _case(
        "jsonl-line-is-null",
        _with_line("jsonl-line-is-null", "null"),
        Refused(f"{_LINE} is not a JSON object"),
    ),
    _case(
        "jsonl-two-objects-in-a-line",
        _with_line("jsonl-two-objects-in-a-line", "{}{}"),
        Refused(f"{_LINE} is not JSON"),
    ),
    _case(
        "jsonl-comma-behind",
        _with_line("jsonl-comma-behind", '{"bill_id": "zq",}'),
        Refused(f"{_LINE} is not JSON"),
    ),
    _case(
        "jsonl-single-quotes",
        _with_line("jsonl-single-quotes", "{'bill_id': 'zq'}"),
        Refused(f"{_LINE} is not JSON"),
    ),
    _case(
        "jsonl-object-inside",
        _with("jsonl-object-inside", "usage", {"zq": 1}),
        Refused(f"{_LINE} holds a list or an object"),
    ),
    _case(
        "jsonl-list-inside",
        _with("jsonl-list-inside", "bill_id", ["zq"]),
        Refused(f"{_LINE} holds a list or an object"),
    ),
    _case(
        "jsonl-a-hundred-thousand-brackets",
        _with_line("jsonl-a-hundred-thousand-brackets", "[" * 100_000),
        Refused(f"{_LINE} is not JSON"),
    ),
    _case(
        "jsonl-key-twice",
        _with_line("jsonl-key-twice", '{"usage": 1, "usage": 2}'),
        Refused(f"{_LINE} holds the same key twice"),
    ),
    _case(
        "jsonl-key-twice-with-blank",
        _with_line("jsonl-key-twice-with-blank", '{"usage": 1, "usage ": 2}'),
        Refused(f"{_LINE} holds the same key twice"),
    ),
    _case("jsonl-nan", _written("jsonl-nan", "usage", "NaN"), Quarantined("usage_is_number")),
    _case(
        "jsonl-infinity",
        _written("jsonl-infinity", "usage", "-Infinity"),
        Quarantined("usage_is_number"),
    ),
    _case(
        "jsonl-integer-of-400-digits",
        _written("jsonl-integer-of-400-digits", "usage", "9" * 400),
        Quarantined("usage_is_number"),
    ),
    _case(
        "jsonl-integer-of-5000-digits",
        _written("jsonl-integer-of-5000-digits", "usage", "9" * 5000),
        Quarantined("usage_is_number"),
    ),
    _case(
        "jsonl-number-as-truth",
        _with("jsonl-number-as-truth", "usage", True),
        Quarantined("usage_is_number"),
    ),
    _case(
        "jsonl-number-as-text",
        _with("jsonl-number-as-text", "usage", "125.5"),
        Loaded({"usage": 125.5}),
    ),
    _case(
        "jsonl-id-as-number",
        _written("jsonl-id-as-number", "bill_id", "77123456789"),
        Loaded({"bill_id": "77123456789"}),
    ),
    _case(
        "jsonl-id-as-float",
        _written("jsonl-id-as-float", "bill_id", "3.2E+17"),
        Quarantined("bill_id_is_string"),
    ),
    _case(
        "jsonl-id-null", _with("jsonl-id-null", "bill_id", None), Quarantined("bill_id_is_present")
    ),
    _case(
        "jsonl-half-a-surrogate-pair",
        _written("jsonl-half-a-surrogate-pair", "bill_id", '"zq\\ud842"'),
        Quarantined("bill_id_is_string"),
    ),
    _case(
        "jsonl-half-a-surrogate-pair-in-a-key",
        _with_line(
            "jsonl-half-a-surrogate-pair-in-a-key",
            json.dumps({**bills("jsonl-half-a-surrogate-pair-in-a-key")[BAD - 1], "\ud842": 1}),
        ),
        Loaded(told="1 unexpected columns were dropped"),
    ),
    _case(
        "jsonl-nul-escaped",
        _written("jsonl-nul-escaped", "bill_id", '"zq\\u0000"'),
        Quarantined("bill_id_is_string"),
    ),
    _case(
        "jsonl-line-separator-inside",
        _written("jsonl-line-separator-inside", "bill_id", '"zq\u2028x"'),
        Quarantined("bill_id_is_string"),
    ),
    _case(
        "jsonl-key-missing",
        as_json_lines(
            [
                {k: v for k, v in row.items() if k != "usage" or n != BAD}
                for n, row in enumerate(bills("jsonl-key-missing"), 1)
            ]
        ).encode(),
        Quarantined("usage_is_present"),
    ),
    _case(
        "jsonl-key-missing-everywhere",
        as_json_lines(
            [
                {k: v for k, v in row.items() if k != "usage"}
                for row in bills("jsonl-key-missing-everywhere")
            ]
        ).encode(),
        Refused("column usage is missing"),
    ),
    _case(
        "jsonl-optional-key-missing-everywhere",
        as_json_lines(
            [
                {k: v for k, v in row.items() if k != "paid_on"}
                for row in bills("jsonl-optional-key-missing-everywhere")
            ]
        ).encode(),
        Loaded({"paid_on": None}),
    ),
    _case(
        "jsonl-optional-key-renamed",
        as_json_lines(
            [
                {k.replace("paid_on", "paid_at"): v for k, v in row.items()}
                for row in bills("jsonl-optional-key-renamed")
            ]
        ).encode(),
        Refused("column paid_on is missing"),
    ),
    _case(
        "jsonl-six-hundred-keys",
        as_json_lines([{f"k{n}": 1} for n in range(600)]).encode(),
        Refused("more than 500 different keys"),
        600,
    ),
    _case(
        "jsonl-line-of-two-megabytes",
        _with_line("jsonl-line-of-two-megabytes", '{"x": "' + "y" * 2_000_000 + '"}'),
        Refused("is longer than 1048576 bytes"),
    ),
    _case("jsonl-is-csv", b"bill_id,usage\nzq,1\n", Refused("line 1 is not JSON"), 1),
    _case(
        "jsonl-zero-width",
        as_json_lines(changed(bills("jsonl-zero-width"), "bill_id", "zq\u200b5")).encode(),
        Quarantined("bill_id_is_string"),
    ),
]
