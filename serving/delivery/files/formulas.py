"""Cells that no office program takes for a formula; asked by every writer of sheets."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def harmless(text: str) -> str:
    """Return ``text`` so that no office program takes it for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
