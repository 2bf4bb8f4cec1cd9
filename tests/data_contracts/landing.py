"""Departments for tests: good files of a few feeds, landed with their manifests as a department would."""

import hashlib
import io
import json
from datetime import date, datetime
from pathlib import Path

import pandas as pd

from data_contracts.contracts import FOLDER
from data_contracts.gate import pass_gate
from data_contracts.judgement import Judgement
from data_contracts.lake import Lake
from data_contracts.odcs import load_contracts
from features.connections import open_engine
from tests.tables import table

CONTRACTS = load_contracts(FOLDER)
RECEIVED = datetime.fromisoformat("2024-08-05 02:10")
TONIGHT = datetime.fromisoformat("2024-08-06")


def grids(*grid_ids: str) -> pd.DataFrame:
    """Return a grid tree with these grids."""
    rows = "\n".join(
        f"v_{grid} | {grid} | 第{grid}网格 | c1 | 东社区 | s1 | 东街道 | d1 | 2020-01-01 | ?"
        for grid in grid_ids
    )
    return table(f"""
        grid_version_id | grid_id | grid_name | community_id | community_name | street_id | street_name | district_id | event_date | valid_to
        ----------------+---------+-----------+--------------+----------------+-----------+-------------+-------------+------------+---------
        {rows}
        """)


def power_bills(
    count: int, *, month: date = date(2024, 7, 1), usage: float = 120.0
) -> pd.DataFrame:
    """Return ``count`` paid power bills of one month with ids b0, b1, ..."""
    day = pd.Timestamp(month)
    return pd.DataFrame(
        {
            "bill_id": [f"b{number}" for number in range(count)],
            "account_id": [f"u{number}" for number in range(count)],
            "service": "power",
            "event_date": day,
            "usage": [usage + number % 50 for number in range(count)],
            "amount_due": [60.0 + number % 25 for number in range(count)],
            "subsidy_amount": 0.0,
            "due_date": day + pd.Timedelta(days=15),
            "paid_on": day + pd.Timedelta(days=10),
        }
    )


def land(
    home: Path,
    feed: str,
    rows: pd.DataFrame | bytes,
    *,
    name: str = "export.csv",
    received_at: datetime = RECEIVED,
    encoding: str = "utf-8",
    told_encoding: str | None = None,
    told_rows: int | None = None,
    told_sha256: str | None = None,
) -> Path:
    """Drop a file and its manifest; ``told_...`` is what the manifest says where it should not fit."""
    content = rows if isinstance(rows, bytes) else _written(rows, name.rsplit(".", 1)[-1], encoding)
    path = home / "landing" / feed / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    manifest = {
        "feed": feed,
        "received_at": received_at.isoformat(),
        "sha256": told_sha256 or hashlib.sha256(content).hexdigest(),
        "rows": told_rows if told_rows is not None else 0 if isinstance(rows, bytes) else len(rows),
        "format": path.suffix[1:],
    }
    if told_encoding is not None:
        manifest["encoding"] = told_encoding
    path.with_name(path.name + ".manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return path


def judge(home: Path, *, before: datetime = TONIGHT) -> list[Judgement]:
    """Pass the gate and return the new judgements."""
    return pass_gate(home, CONTRACTS, before=before, progress=lambda line: None, keyring=None)


def facts(home: Path, feed: str) -> pd.DataFrame:
    """Return what the lake holds of a feed, oldest version first, ids in order."""
    with open_engine() as engine:
        rows: pd.DataFrame = Lake(home).facts(engine, CONTRACTS[feed]).execute()
    return rows.sort_values([CONTRACTS[feed].fact_id, "known_from"], ignore_index=True)


def quarantined(home: Path, judgement: Judgement) -> pd.DataFrame:
    """Return the refused rows of one delivery."""
    return pd.read_parquet(
        home / "quarantine" / judgement.feed / f"{judgement.delivery_id}.parquet"
    )


def _written(rows: pd.DataFrame, suffix: str, encoding: str) -> bytes:
    plain = rows.copy()
    for name in plain.columns:
        if plain[name].dtype.kind == "M":
            plain[name] = plain[name].dt.strftime("%Y-%m-%d")
    sink = io.BytesIO()
    if suffix == "csv":
        return plain.to_csv(index=False, lineterminator="\n").encode(encoding)
    if suffix == "jsonl":
        return plain.to_json(orient="records", lines=True, force_ascii=False).encode(encoding)
    if suffix == "xlsx":
        rows.to_excel(sink, index=False)
    else:
        rows.to_parquet(sink, index=False)
    return sink.getvalue()
