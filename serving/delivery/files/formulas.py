"""Cells that no office program takes for a formula; asked by every writer of sheets, and on the way back.

A cell is a formula by its first character (OWASP ASVS 1.2.10 names ``= + - @``, tab and NUL); full-width forms
count too, and characters nobody sees do not hide it.
"""

import unicodedata

_STARTS = "=+-@"
_INVISIBLE = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
_CONTROL = "Cc"


def harmless(text: str) -> str:
    """Return ``text`` so that no office program takes it for a formula."""
    return f"'{text}" if is_formula(text) else text


def meant(text: str) -> str:
    """Return what :func:`harmless` was given."""
    return text[1:] if text.startswith("'") and is_formula(text[1:]) else text


def is_formula(text: str) -> bool:
    """Return whether an office program could take ``text`` for a formula, or lose how it begins."""
    for character in text:
        category = unicodedata.category(character)
        if category == _CONTROL:
            return True
        if category not in _INVISIBLE:
            return unicodedata.normalize("NFKC", character)[:1] in _STARTS
    return False
