"""Read what departments dropped, the way a patient clerk would."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.district.feeds import FEEDS
from experiments.district.shapes import Kind

MANIFEST = ".manifest.json"


def manifests(landing: Path, feed: str) -> list[tuple[Path, dict[str, Any]]]:
    """Data file and manifest of every delivery of ``feed``, in the order received."""
    found = [
        (path.with_name(path.name.removesuffix(MANIFEST)), json.loads(path.read_text("utf-8")))
        for path in sorted((landing / feed).glob(f"*{MANIFEST}"))
    ]
    return sorted(found, key=lambda pair: (pair[1]["received_at"], pair[0].name))


def read_file(path: Path, manifest: dict[str, Any]) -> pd.DataFrame:
    """The rows of one delivery, every cell as text; empty cells are null."""
    match manifest["format"]:
        case "csv":
            return pd.read_csv(path, dtype=str, encoding=manifest["encoding"])
        case "jsonl":
            records = path.read_text(manifest["encoding"]).splitlines()
            return pd.DataFrame([json.loads(record) for record in records])
        case "xlsx":
            return pd.read_excel(path, dtype=str)
        case _:
            return pd.read_parquet(path)


def read_feed(landing: Path, feed: str) -> pd.DataFrame:
    """All rows of ``feed`` with ``received_at``; dates that cannot be read are null."""
    frames = [
        read_file(path, manifest).assign(received_at=pd.Timestamp(manifest["received_at"]))
        for path, manifest in manifests(landing, feed)
    ]
    rows = pd.concat(frames, ignore_index=True)
    for cell in FEEDS[feed].cells:
        if cell.kind is Kind.DATE:
            rows[cell.name] = pd.to_datetime(rows[cell.name].astype(str).str[:10], errors="coerce")
        if cell.kind is Kind.FLAG:
            rows[cell.name] = rows[cell.name].astype(str).str.lower() == "true"
        if cell.kind is Kind.NUMBER:
            rows[cell.name] = pd.to_numeric(rows[cell.name], errors="coerce")
    return rows


def latest(rows: pd.DataFrame, fact_id: str) -> pd.DataFrame:
    """The last version received of every fact."""
    return rows.sort_values("received_at", kind="stable").drop_duplicates(fact_id, keep="last")
