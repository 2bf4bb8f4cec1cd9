"""One way of writing an address: signs, spaces, Chinese numerals before a unit word."""

import re
import unicodedata

from data_contracts.linkage.numerals import NUMERAL_SIGNS, arabic

_SIGNS = str.maketrans(
    {
        **dict.fromkeys("—–―−‐‑_~～－", "-"),
        **dict.fromkeys(",;:、|/。·.\"'“”‘’", "|"),
        **dict.fromkeys("[{【〔「《<", "("),
        **dict.fromkeys("]}】〕」》>", ")"),
        "＃": "#",
        "棟": "栋",
        "號": "号",
        "樓": "楼",
        "單": "单",
    }
)
_SPACE_IN_NAMES = re.compile(r"(?<=[^\W\d_a-zA-Z])\s+(?=[^\W\d_a-zA-Z])")
_SPACE_IN_DIGITS = re.compile(r"(?<=\d)\s+(?=\d)")
_SPACE = re.compile(r"\s+")
_UNIT_WORD = (
    r"号|幢|栋|座|单元|层|室|弄|户|房|小组|组|村民小组|队|楼(?![台村])"
    rf"|门(?=[\d{NUMERAL_SIGNS}|]|$)"
)
_NUMERAL = re.compile(
    rf"第?([{NUMERAL_SIGNS}]+)(?={_UNIT_WORD}|-)"
    rf"|(?<=-)([{NUMERAL_SIGNS}]+)"
    rf"|(?<=[幢栋座元楼层])([{NUMERAL_SIGNS}]{{2,4}})(?=[|(]|$)"
)
_ORDINAL = re.compile(r"第+(?=\d)")
_HAS_NUMERAL = re.compile(f"[{NUMERAL_SIGNS}]")


def normalise(text: str) -> str:
    """Return the text folded to one way of writing; folding twice changes nothing."""
    folded = unicodedata.normalize("NFKC", text).upper().translate(_SIGNS).strip()
    folded = _SPACE_IN_NAMES.sub("|", folded)
    folded = _SPACE_IN_DIGITS.sub("-", folded)
    # A space taken out can leave a letter beside its accent: composed again, or folding twice would differ.
    folded = unicodedata.normalize("NFKC", _SPACE.sub("", folded))
    if _HAS_NUMERAL.search(folded):
        folded = _NUMERAL.sub(_arabic_match, folded)
    return _ORDINAL.sub("", folded)


def _arabic_match(found: re.Match[str]) -> str:
    return arabic(found[1] or found[2] or found[3])
