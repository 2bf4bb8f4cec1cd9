"""One cell that should be a date and is none, or none that can be."""

from datetime import date

from tests.data_contracts.bad_files.case import Case, Loaded, Quarantined, as_csv, bills, changed

_NOT_A_DATE = {
    "february-30": "2024-02-30",
    "february-29-of-2023": "2023-02-29",
    "february-29-of-1900": "1900-02-29",
    "june-31": "2024-06-31",
    "month-13": "2024-13-01",
    "month-0": "2024-00-10",
    "day-0": "2024-07-00",
    "february-30-in-chinese": "2月30日",
    "chinese": "2024年7月1日",
    "republican-year": "民国113年7月1日",
    "year-1899": "1899-12-31",
    "year-1": "0001-01-01",
    "year-9999": "9999-12-31",
    "year-2200": "2200-01-01",
    "two-digit-year": "24-07-01",
    "two-digit-year-slashes": "24/07/01",
    "american": "07/01/2024",
    "german": "01.07.2024",
    "eight-digits": "20240701",
    "excel-serial": "45474",
    "excel-serial-with-time": "45474.5",
    "seconds-since-1970": "1719792000",
    "no-day": "2024-07",
    "year-only": "2024",
    "universal-time": "2024-07-01T00:00:00Z",
    "with-zone": "2024-07-01T00:00:00+08:00",
    "hour-25": "2024-07-01 25:00:00",
    "word": "today",
    "formula": "=TODAY()",
    "full-width": "２０２４-０７-０１",
    "zero-width": "2024-07\u200b-01",
    "right-to-left-mark": "2024-07-01\u200f",
    "nul": "2024-07-01\x00",
    "word-null": "null",
    "minus-sign": "2024\u221207\u221201",
    "negative-year": "-2024-07-01",
    "two-dates": "2024-07-01 2024-07-02",
}
_WELL_WRITTEN = {
    "slashes": "2024/07/02",
    "without-zeros": "2024-7-2",
    "midnight-behind": "2024-07-02 00:00:00",
    "blanks-around": " 2024-07-02 ",
}


def _case(name: str, column: str, written: str, must: Quarantined | Loaded) -> Case:
    rows = changed(bills(name), column, written)
    return Case(
        name, as_csv(rows).encode(), must, manifest={"encoding": "utf-8"}, secret=(written,)
    )


CASES = [
    *(
        _case(f"date-{name}", "event_date", written, Quarantined("event_date_is_date"))
        for name, written in _NOT_A_DATE.items()
    ),
    *(
        _case(f"date-{name}", "event_date", written, Loaded({"event_date": date(2024, 7, 2)}))
        for name, written in _WELL_WRITTEN.items()
    ),
    _case("date-leap-day", "event_date", "2024-02-29", Loaded({"event_date": date(2024, 2, 29)})),
    _case("date-empty", "event_date", "", Quarantined("event_date_is_present")),
    _case(
        "date-future", "event_date", "2024-08-06", Quarantined("event_date_is_not_in_the_future")
    ),
    _case(
        "date-paid-in-the-future",
        "paid_on",
        "2024-12-31",
        Quarantined("paid_on_is_not_in_the_future"),
    ),
    _case(
        "date-due-before-bill",
        "due_date",
        "2024-06-30",
        Quarantined("due_date_is_not_before_event_date"),
    ),
    _case("date-optional-unreadable", "paid_on", "paid", Quarantined("paid_on_is_date")),
    _case("date-optional-empty", "paid_on", "", Loaded({"paid_on": None})),
]
