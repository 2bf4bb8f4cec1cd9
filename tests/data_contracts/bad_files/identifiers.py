"""One identity number that is none, or is written in one of the ways people write them; raw, into a home with a key."""

from tests.data_contracts.bad_files.case import (
    BAD,
    CANARY,
    ROWS,
    Case,
    Loaded,
    Quarantined,
    Refused,
    as_csv,
)
from tests.data_contracts.made_up_people import (
    mobile,
    national_id,
    old_national_id,
    with_check_digit,
)

_OWN = national_id(BAD)
_WRONG_DIGIT = _OWN[:17] + ("0" if _OWN[17] != "0" else "1")
_NONE = {
    "check-digit-wrong": _WRONG_DIGIT,
    "two-digits-swapped": _OWN[:15] + _OWN[16] + _OWN[15] + _OWN[17]
    if _OWN[15] != _OWN[16]
    else _WRONG_DIGIT,
    "february-30": with_check_digit("99010119490230002"),
    "month-13": with_check_digit("99010119491301002"),
    "born-1899": with_check_digit("99010118991231002"),
    "seventeen-digits": _OWN[:17],
    "nineteen-digits": _OWN + "0",
    "sixteen-digits": _OWN[:16],
    "fifteen-digits-without-a-date": "990101490230002",
    "shortened-by-a-spreadsheet": "9.90101E+17",
    "digits-lost": _OWN[:15] + "000" if not _OWN.endswith("000") else _WRONG_DIGIT,
    "all-nines": "9" * 18,
    "all-zeros": "0" * 18,
    "phone": mobile(BAD),
    "name": "zq王某",
    "masked": _OWN[:6] + "********" + _OWN[14:],
    "unknown": "不详",
    "two-numbers": f"{_OWN};{national_id(99)}",
    "sql": "' OR 1=1 --",
    "zero-width": _OWN[:6] + "\u200b" + _OWN[6:],
    "nul": _OWN[:6] + "\x00" + _OWN[6:],
}
_ANOTHER_SPELLING = {
    "small-x": _OWN.lower(),
    "full-width": "".join(chr(ord(digit) + 0xFEE0) for digit in _OWN),
    "blanks": f"{_OWN[:6]} {_OWN[6:14]} {_OWN[14:]}",
    "fifteen-digits": old_national_id(BAD) if _OWN[6:8] == "19" else _OWN,
}


def _rows(name: str) -> list[dict[str, str]]:
    return [
        {
            "pension_id": f"{CANARY}-{name}-{number}",
            "person_id": national_id(number),
            "event_date": "2024-01-01",
            "valid_to": "",
            "kind": "resident",
            "monthly_amount": "240",
        }
        for number in range(1, ROWS + 1)
    ]


def _case(name: str, column: str, written: str, must: Quarantined | Loaded | Refused) -> Case:
    rows = _rows(name)
    rows[BAD - 1][column] = written
    secret = (written, *(national_id(number) for number in range(1, ROWS + 1)))
    told = {"encoding": "utf-8"}
    return Case(name, as_csv(rows).encode(), must, feed="pensions", manifest=told, secret=secret)


CASES = [
    *(
        _case(f"identity-{name}", "person_id", written, Quarantined("person_id_is_"))
        for name, written in _NONE.items()
    ),
    *(
        _case(f"identity-{name}", "person_id", written, Loaded())
        for name, written in _ANOTHER_SPELLING.items()
    ),
    _case("identity-empty", "person_id", "", Quarantined("person_id_is_present")),
    _case("identity-in-the-wrong-column", "pension_id", _OWN, Refused("send the file")),
    _case(
        "identity-phone-in-the-wrong-column", "pension_id", mobile(BAD), Refused("send the file")
    ),
    _case("identity-in-a-longer-text", "pension_id", f"no:{_OWN}", Refused("send the file")),
]
