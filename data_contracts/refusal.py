"""A file that cannot be loaded as a whole, and which words of it may be repeated in saying so."""

import re
from collections.abc import Iterable

_NAMES_SHOWN = 10
_LONGEST_NAME = 60
_COLUMN_NAME = re.compile(r"[^\W\d][\w .()/-]*", re.ASCII)
_LONG_NUMBER = re.compile(r"\d{4}")


class DeliveryRefused(ValueError):
    """A file cannot be loaded as a whole; the message says what was found and what to send instead."""


def named(names: Iterable[str]) -> str:
    """Return column names for a message, leaving out what does not look like one.

    A file without a header offers its first person as names of columns; that must not reach a log.
    """
    every = list(names)
    shown = [name for name in every if looks_like_a_name(name)][:_NAMES_SHOWN]
    if len(shown) < len(every):
        shown.append(f"{len(every) - len(shown)} more")
    return ", ".join(shown) or "none"


def looks_like_a_name(name: str) -> bool:
    """Return whether a header cell may be repeated: short, Latin letters, no id and no date in it.

    A Chinese one may be somebody's name, which no rule can tell from a column's.
    """
    return (
        len(name) <= _LONGEST_NAME
        and _COLUMN_NAME.fullmatch(name) is not None
        and _LONG_NUMBER.search(name) is None
    )
