"""Where results are kept: ``home/backtests``, Parquet with a receipt in JSON beside each file.

A receipt names the key its table was made for and the SHA-256 of its bytes, and is written last. A table
without a receipt is unfinished and made again; one that is not what its receipt says is refused, because
figures nobody can vouch for must neither be used nor vanish silently.

Layout::

    backtests/rows/<key>.parquet               rows judged: labels and subsets
    backtests/groups/<group>/<split>.parquet   scores of one recipe on one split
    backtests/runs/<run>/run.json              one finished grid: which groups, splits, rows
"""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.groups.refusals import GroupsRefusal


class ResultRefused(GroupsRefusal):
    """A kept result is damaged, or is not the one asked for; the message names the file."""


def rows_file(home: Path, key: str) -> Path:
    """Return where judged rows are kept."""
    return home / "backtests" / "rows" / f"{key}.parquet"


def scores_file(home: Path, group: str, split: str) -> Path:
    """Return where the scores of one group on one split are kept."""
    return home / "backtests" / "groups" / group / f"{split}.parquet"


def runs_folder(home: Path) -> Path:
    """Return where finished grids are kept."""
    return home / "backtests" / "runs"


def write_table(path: Path, frame: pd.DataFrame, *, key: str, about: Mapping[str, Any]) -> None:
    """Keep ``frame`` and its receipt; ``about`` is for people and is not checked."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _receipt(path).unlink(missing_ok=True)
    beside = path.with_suffix(f".{os.getpid()}.part")
    frame.to_parquet(beside, index=False)
    beside.replace(path)
    receipt = {"key": key, "sha256": _sha256(path), "rows": len(frame), "about": dict(about)}
    write_json(_receipt(path), receipt)


def read_table(path: Path, *, key: str) -> pd.DataFrame | None:
    """Return a kept table, or None where there is none, or an unfinished one.

    Raises:
        ResultRefused: it was made for another key, or its bytes are not those of its receipt.
    """
    receipt_path = _receipt(path)
    if not receipt_path.exists():
        return None
    receipt = read_json(receipt_path)
    advice = f"delete {path} and {receipt_path.name} to have it made again"
    if receipt.get("key") != key:
        raise ResultRefused(
            f"{path} was made for {receipt.get('key')}, not for {key}: somebody moved or renamed it; {advice}"
        )
    if not path.exists():
        raise ResultRefused(f"{path} is gone but its receipt is not; {advice}")
    found = _sha256(path)
    if found != receipt.get("sha256"):
        raise ResultRefused(
            f"{path} has SHA-256 {found[:12]}, its receipt says {str(receipt.get('sha256'))[:12]}:"
            f" it was changed or damaged after it was written; {advice}"
        )
    return pd.read_parquet(path)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write one document, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(f".{os.getpid()}.part")
    text = json.dumps(content, ensure_ascii=False, indent=1, default=str)
    beside.write_text(text + "\n", encoding="utf-8")
    beside.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """Read one document.

    Raises:
        ResultRefused: it is not JSON, or not an object.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ResultRefused(
            f"{path} cannot be read: {error}; delete it to have it made again"
        ) from error
    if not isinstance(content, dict):
        raise ResultRefused(f"{path} holds no object; delete it to have it made again")
    return content


def _receipt(path: Path) -> Path:
    return path.with_suffix(".json")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
