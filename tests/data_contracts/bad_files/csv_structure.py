"""CSV whose lines, fields or header are not those of one table."""

import csv
import gzip
import io
import zipfile

from tests.data_contracts.bad_files.case import (
    CANARY,
    ROWS,
    Case,
    Loaded,
    Quarantined,
    Refused,
    as_csv,
    bills,
    grids,
)


def _lines(name: str) -> list[str]:
    return as_csv(bills(name)).splitlines()


def _text(lines: list[str], end: str = "\n") -> bytes:
    return (end.join(lines) + end).encode()


def _case(
    name: str, content: bytes, must: Refused | Loaded | Quarantined, rows: int = ROWS
) -> Case:
    return Case(name, content, must, rows=rows)


def _with_line(name: str, line: str, *, at: int) -> bytes:
    lines = _lines(name)
    return _text([*lines[:at], line, *lines[at:]])


def _header(name: str, old: str, new: str) -> bytes:
    head, *rows = _lines(name)
    return _text([head.replace(old, new), *rows])


def _zipped(content: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("export.csv", content)
    return sink.getvalue()


def _reordered(name: str) -> bytes:
    return as_csv([dict(reversed(row.items())) for row in bills(name)]).encode()


def _without(name: str, column: str) -> bytes:
    return as_csv(
        [{key: cell for key, cell in row.items() if key != column} for row in bills(name)]
    ).encode()


def _plus(name: str, **more: str) -> bytes:
    return as_csv([{**row, **more} for row in bills(name)]).encode()


_HALF = ROWS // 2
CASES = [
    _case("csv-crlf", _text(_lines("csv-crlf"), "\r\n"), Loaded()),
    _case("csv-cr-only", _text(_lines("csv-cr-only"), "\r"), Loaded()),
    _case(
        "csv-line-ends-mixed",
        _text(_lines("csv-line-ends-mixed")[:_HALF], "\r\n")
        + _text(_lines("csv-line-ends-mixed")[_HALF:]),
        Loaded(),
    ),
    _case("csv-no-line-end-at-the-end", _text(_lines("csv-no-line-end-at-the-end"))[:-1], Loaded()),
    _case("csv-blank-lines-between", _text(_lines("csv-blank-lines-between"), "\n\n"), Loaded()),
    _case(
        "csv-every-cell-quoted",
        as_csv(bills("csv-every-cell-quoted"), quoting=csv.QUOTE_ALL).encode(),
        Loaded(),
    ),
    _case(
        "csv-columns-in-another-order",
        _reordered("csv-columns-in-another-order"),
        Loaded({"usage": 125.5}),
    ),
    _case(
        "csv-blanks-in-header",
        _header("csv-blanks-in-header", ",usage,", ", usage ,"),
        Loaded({"usage": 125.5}),
    ),
    _case(
        "csv-column-added",
        _plus("csv-column-added", holder=CANARY),
        Loaded(told="unexpected column holder was dropped"),
    ),
    _case(
        "csv-two-columns-added",
        _plus("csv-two-columns-added", holder=CANARY, phone=CANARY),
        Loaded(told="2 unexpected columns were dropped"),
    ),
    _case(
        "csv-comma-at-every-end",
        "".join(line + ",\n" for line in _lines("csv-comma-at-every-end")).encode(),
        Loaded(told="1 unexpected columns were dropped"),
    ),
    _case(
        "csv-quotation-mark-open",
        _with_line("csv-quotation-mark-open", '"zq-open', at=4),
        Refused(""),
    ),
    _case(
        "csv-quotation-mark-in-a-cell",
        _with_line("csv-quotation-mark-in-a-cell", f'{CANARY}"x,y', at=4),
        Refused("rows do not have 9 fields"),
    ),
    _case(
        "csv-field-too-many",
        _with_line("csv-field-too-many", ",".join([CANARY] * 10), at=4),
        Refused("1 rows do not have 9 fields like the header (first: line 5)"),
        ROWS + 1,
    ),
    _case(
        "csv-field-too-few",
        _with_line("csv-field-too-few", ",".join([CANARY] * 8), at=4),
        Refused("1 rows do not have 9 fields"),
        ROWS + 1,
    ),
    _case(
        "csv-separated-by-semicolons",
        _text(_lines("csv-separated-by-semicolons")).replace(b",", b";"),
        Refused("separated by semicolons"),
    ),
    _case(
        "csv-separated-by-tabs",
        _text(_lines("csv-separated-by-tabs")).replace(b",", b"\t"),
        Refused("separated by tabs"),
    ),
    _case(
        "csv-separated-by-bars",
        _text(_lines("csv-separated-by-bars")).replace(b",", b"|"),
        Refused("separated by bars"),
    ),
    _case(
        "csv-separated-by-full-width-commas",
        _text(_lines("csv-separated-by-full-width-commas")).replace(b",", "，".encode()),
        Refused("separated by full-width commas"),
    ),
    _case(
        "csv-separator-told-on-first-line",
        b"sep=,\n" + _text(_lines("csv-separator-told-on-first-line")),
        Refused("names none of the columns"),
    ),
    _case(
        "csv-title-above-header",
        f"{CANARY} 2024年7月台账\n".encode() + _text(_lines("csv-title-above-header")),
        Refused("names none of the columns"),
    ),
    _case(
        "csv-no-header",
        _text(_lines("csv-no-header")[1:]),
        Refused("names none of the columns"),
        ROWS - 1,
    ),
    _case(
        "csv-header-twice",
        _with_line("csv-header-twice", _lines("x")[0], at=5),
        Quarantined("usage_is_number", (5,)),
        ROWS + 1,
    ),
    _case(
        "csv-total-at-the-end",
        _with_line("csv-total-at-the-end", "合计,,,,1524,,,,", at=ROWS + 1),
        Quarantined("service_is_present", (ROWS + 1,)),
        ROWS + 1,
    ),
    _case(
        "csv-column-twice",
        _header("csv-column-twice", "due_date", "usage"),
        Refused("column 'usage' stands in the header 2 times"),
    ),
    _case(
        "csv-column-renamed",
        _header("csv-column-renamed", "amount_due", "amount_duee"),
        Refused("column amount_due is missing; did you mean 'amount_duee'?"),
    ),
    _case(
        "csv-column-renamed-in-chinese",
        _header("csv-column-renamed-in-chinese", "amount_due", "应缴金额"),
        Refused("column amount_due is missing"),
    ),
    _case(
        "csv-column-in-capitals",
        _header("csv-column-in-capitals", "usage", "USAGE"),
        Refused("column usage is missing"),
    ),
    _case(
        "csv-column-missing",
        _without("csv-column-missing", "usage"),
        Refused("column usage is missing"),
    ),
    _case(
        "csv-optional-column-missing",
        _without("csv-optional-column-missing", "paid_on"),
        Refused("column paid_on is missing"),
    ),
    _case(
        "csv-column-name-is-a-person",
        _header("csv-column-name-is-a-person", "usage", f"{CANARY}11010119900101"),
        Refused("column usage is missing"),
    ),
    _case(
        "csv-header-over-two-lines",
        _header("csv-header-over-two-lines", "usage", '"usage\n"'),
        Refused("the header is not one line"),
    ),
    _case(
        "csv-header-with-nul",
        _header("csv-header-with-nul", "usage", "usa\x00ge"),
        Refused("the header is not one line"),
    ),
    _case(
        "csv-header-only", _text(_lines("csv-header-only")[:1]), Refused("a header but no rows"), 0
    ),
    _case(
        "csv-header-only-of-many",
        _text(_lines("csv-header-only-of-many")[:1]),
        Refused("the file has 0 rows, its manifest promises 12"),
    ),
    _case("csv-empty", b"", Refused("the file is empty (0 bytes)"), 0),
    _case("csv-line-end-only", b"\n", Refused("send it"), 0),
    _case(
        "csv-rows-lost",
        _text(_lines("csv-rows-lost")[:-2]),
        Refused("the file has 10 rows, its manifest promises 12"),
    ),
    _case(
        "csv-rows-more",
        _text(_lines("csv-rows-more")),
        Refused("the file has 12 rows, its manifest promises 11"),
        11,
    ),
    _case(
        "csv-cut-in-a-row",
        _text(_lines("csv-cut-in-a-row"))[:-30],
        Refused("rows do not have 9 fields"),
    ),
    _case(
        "csv-comment-lines",
        b"# exported by zq\n" + _text(_lines("csv-comment-lines")),
        Refused("names none of the columns"),
    ),
    _case("csv-is-a-zip", _zipped(_text(_lines("csv-is-a-zip"))), Refused("")),
    _case("csv-is-gzip", gzip.compress(_text(_lines("csv-is-gzip")), mtime=0), Refused("")),
    _case(
        "csv-is-html",
        b"<html><table><tr><td>zq</td></tr></table></html>",
        Refused("names none of the columns"),
        1,
    ),
    _case("csv-is-json", b'[{"bill_id": "zq"}]', Refused("names none of the columns"), 1),
    _case("csv-is-noise", bytes(range(128, 256)) * 40, Refused("line 1 is not utf-8 or gb18030")),
    _case("csv-is-nul-bytes", b"\0" * 5000, Refused("full of NUL bytes")),
    _case(
        "csv-other-feed",
        as_csv(grids("csv-other-feed")).encode(),
        Refused("column bill_id is missing"),
    ),
    _case(
        "csv-line-of-two-megabytes",
        _with_line("csv-line-of-two-megabytes", "x" * 2_000_000, at=3),
        Refused("is longer than 1048576 bytes"),
    ),
    _case(
        "csv-one-line-of-three-megabytes",
        b"x," * 1_500_000,
        Refused("line 1 or one soon after is longer"),
    ),
    _case(
        "csv-hundred-thousand-columns",
        b",".join(b"c%d" % number for number in range(100_000)) + b"\n",
        Refused("the header has 100000 columns, more than 500"),
    ),
    _case(
        "csv-cell-of-half-a-megabyte",
        _with_line(
            "csv-cell-of-half-a-megabyte",
            "zq" + "x" * 500_000 + ",u,power,2024-07-01,1,1,0,2024-07-16,",
            at=3,
        ),
        Loaded(),
        ROWS + 1,
    ),
]
