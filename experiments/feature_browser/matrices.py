"""The matrices a home has, by date: those of its nights and those training built."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

_DATED = re.compile(r"^(\d{4}-\d{2}-\d{2})(_[0-9a-f]+_[0-9a-f]+)?\.parquet$")


class NothingToShow(LookupError):
    """No such feature or group, or no matrix to look at."""


def matrices_of(folder: Path) -> Mapping[date, Path]:
    """Return the matrices under ``folder`` in order of date; of several for a date the newest file.

    Raises:
        NothingToShow: there is none.
    """
    found: dict[date, Path] = {}
    for path in sorted(folder.rglob("*.parquet"), key=lambda one: one.stat().st_mtime):
        match = _DATED.match(path.name)
        if match:
            found[date.fromisoformat(match.group(1))] = path
    if not found:
        raise NothingToShow(
            f"no matrix under {folder}: `zhaoren nightly` and `zhaoren-lab train` write them to"
            " <home>/matrices"
        )
    return dict(sorted(found.items()))
