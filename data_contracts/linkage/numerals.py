"""Chinese numerals as they stand in addresses: 十二, 二十, 一百零二, 五〇一.

Only what doors, floors and buildings need, below ten thousand. A general converter (cn2an, MIT) was looked at:
it raises on the broken runs people type and works on one string at a time, so these few lines serve better.
"""

_PLAIN = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0}
_DIGITS = {
    **_PLAIN,
    **{sign: value for value, sign in enumerate("零壹贰叁肆伍陆柒捌玖")},
    "○": 0,
    "两": 2,
}
_TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000}
NUMERAL_SIGNS = "".join([*_DIGITS, *_TENS])
_TO_DIGITS = str.maketrans({sign: str(value) for sign, value in _DIGITS.items()})
_FOLDED = str.maketrans({sign: str(value) for sign, value in _PLAIN.items()})


def arabic(run: str) -> str:
    """Return the digits of a run of :data:`NUMERAL_SIGNS`: 十二 is 12, 五〇一 is 501, 二三 is 23."""
    if not any(sign in _TENS for sign in run):
        return run.translate(_TO_DIGITS)
    total, digit = 0, 0
    for sign in run:
        if sign in _TENS:
            total += (digit or 1) * _TENS[sign]
            digit = 0
        else:
            digit = _DIGITS[sign]
    return str(total + digit)


def fold_numerals(name: str) -> str:
    """Return a name with every plain numeral as a digit, so that 二期 and 2期 compare equal; 陆家村 stays."""
    return name.translate(_FOLDED)
