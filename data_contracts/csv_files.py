"""CSV -> a table of text, and nothing of it guessed: no types, no missing fields, no second header."""

import csv
import io
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.csv

from data_contracts.limits import MAX_LINE_BYTES
from data_contracts.refusal import DeliveryRefused
from data_contracts.tables import clean_names
from data_contracts.text_files import Utf8Stream

_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars", "，": "full-width commas"}


def header_of(text: Utf8Stream) -> list[str]:
    """Return the column names of a CSV file; the stream is used up.

    Raises:
        DeliveryRefused: there is no header, or it is not one line of distinct names.
    """
    lines = csv.reader(io.TextIOWrapper(io.BufferedReader(text), encoding="utf-8", newline=""))
    try:
        header = next(lines, None)
    except csv.Error:
        header, damaged = [], True
    else:
        damaged = lines.line_num > 1 or any("\0" in name for name in header or ())
    if damaged:
        raise DeliveryRefused(
            "the header is not one line of column names (a line break or a NUL stands inside it): the file"
            " is damaged or not CSV; have the department export it again and send it"
        )
    if not header:
        raise DeliveryRefused("the file has no header line; export it again and send it")
    if len(header) == 1:
        for sign, called in _OTHER_SEPARATORS.items():
            if sign in header[0]:
                raise DeliveryRefused(
                    f"the columns are separated by {called}; export with commas and send it again"
                )
    return clean_names(header)


def parse_csv(text: Utf8Stream, names: list[str], *, wanted: Sequence[str]) -> pa.Table:
    """Return the ``wanted`` columns of the rows under the header, every cell text or null.

    Raises:
        DeliveryRefused: rows do not have as many fields as the header, or quotation marks do not match.
    """
    odd: list[int] = []

    def note(row: pyarrow.csv.InvalidRow) -> str:
        odd.append(row.number)
        return "skip"

    try:
        table = pyarrow.csv.read_csv(
            io.BufferedReader(text, MAX_LINE_BYTES),
            read_options=pyarrow.csv.ReadOptions(
                column_names=names, skip_rows=1, use_threads=False, block_size=2 * MAX_LINE_BYTES
            ),
            parse_options=pyarrow.csv.ParseOptions(
                newlines_in_values=True, invalid_row_handler=note
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types={name: pa.string() for name in names},
                strings_can_be_null=True,
                null_values=[""],
                include_columns=[*wanted],
            ),
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error):
            return pa.table({name: pa.array([], pa.string()) for name in wanted})
        raise DeliveryRefused(
            "the file is not readable as CSV: check its quotation marks and line ends, and"
            " send it again"
        ) from error
    if odd:
        raise DeliveryRefused(
            f"{len(odd)} rows do not have {len(names)} fields like the header (first: line {odd[0]}): a comma or"
            " quotation mark stands unquoted in a cell; export with quoted text and send it again"
        )
    return table
