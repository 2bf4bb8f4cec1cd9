"""One cell that should be a number and is written some other way, or says something impossible."""

from tests.data_contracts.bad_files.case import Case, Loaded, Quarantined, as_csv, bills, changed

_NOT_A_NUMBER = {
    "thousands-separator": "1,234.5",
    "thousands-blank": "1 234.5",
    "thousands-apostrophe": "1'234.5",
    "decimal-comma": "120,5",
    "full-width-digits": "１２０.５",
    "full-width-digits-only": "１２０",
    "about-500-yuan": "约500元",
    "yuan-behind": "500元",
    "yuan-sign": "¥500",
    "unit-behind": "120 kWh",
    "percent": "120%",
    "chinese-numeral": "一百二十",
    "arabic-indic-digit": "١٢٠",
    "superscript": "12²",
    "fraction": "½",
    "nan": "nan",
    "NaN": "NaN",
    "inf": "inf",
    "minus-infinity": "-Infinity",
    "too-large-for-a-float": "1e400",
    "four-hundred-digits": "9" * 400,
    "hexadecimal": "0x1F",
    "underscore": "1_000",
    "two-points": "120.5.1",
    "two-signs": "--5",
    "exponent-cut-off": "1e",
    "word-true": "true",
    "word-null": "NULL",
    "word-none": "无",
    "dash": "-",
    "spreadsheet-na": "#N/A",
    "spreadsheet-division": "#DIV/0!",
    "formula": "=1+1",
    "formula-sum": "@SUM(1+1)*cmd|' /C calc'!A0",
    "zero-width-space": "120\u200b",
    "right-to-left-override": "\u202e021",
    "nul": "120\x00",
    "line-break": "12\n0",
    "date": "2024-07-01",
    "range": "100-200",
}
_IMPOSSIBLE = {"negative": "-5", "one-e-308": "1e308", "over-a-million": "1000001"}
_WELL_WRITTEN = {
    "leading-plus": ("+5", 5.0),
    "exponent": ("1.2E+2", 120.0),
    "no-leading-zero": (".5", 0.5),
    "no-decimals": ("120.", 120.0),
    "blanks-around": ("  120.5\u3000", 120.5),
    "seventeen-digits": ("0.10000000000000001", 0.1),
}


def _case(name: str, column: str, written: str, must: Quarantined | Loaded) -> Case:
    rows = changed(bills(name), column, written)
    return Case(
        name, as_csv(rows).encode(), must, manifest={"encoding": "utf-8"}, secret=(written,)
    )


CASES = [
    *(
        _case(f"number-{name}", "usage", written, Quarantined("usage_is_number"))
        for name, written in _NOT_A_NUMBER.items()
    ),
    *(
        _case(f"number-{name}", "usage", written, Quarantined("usage_is_plausible"))
        for name, written in _IMPOSSIBLE.items()
    ),
    *(
        _case(f"number-{name}", "usage", written, Loaded({"usage": value}))
        for name, (written, value) in _WELL_WRITTEN.items()
    ),
    _case("number-empty", "usage", "", Quarantined("usage_is_present")),
    _case("number-blank", "usage", " ", Quarantined("usage_is_present")),
    _case("number-negative-amount", "amount_due", "-0.01", Quarantined("amount_due_is_plausible")),
]
