"""The data every peer reads: households with monthly bills and rations and now and then a visit to a clinic.

Twenty-four months from 2022-01 on; each event becomes known 3 to 45 days after it happened. Households that are worse
off pay later, miss rations and fall ill more often, so the columns are as uneven as real ones.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

MONTHS = 24
_FIRST = np.datetime64("2022-01-01")
_KINDS = np.array(["opd", "ipd", "anc", "emergency"])


def write_data(folder: Path, *, households: int, seed: int) -> int:
    """Write ``entities`` and three event tables as Parquet and return how many events there are."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    ids = np.arange(1, households + 1)
    hardship = _hardship(rng, households)
    started = np.full(households, np.datetime64("2021-12-15"))
    _write(folder, "entities", {"entity_id": ids, "start_date": started})
    every = np.repeat(ids, MONTHS)
    month = np.tile(np.arange(MONTHS), households)
    worse = hardship.ravel()
    tables = {
        "utility": _bills(rng, every, month, worse),
        "ration": _rations(rng, every, month, worse),
        "visits": _visits(rng, every, month, worse),
    }
    for name, columns in tables.items():
        _write(folder, name, columns)
    return sum(len(columns["entity_id"]) for columns in tables.values())


def _hardship(rng: np.random.Generator, households: int) -> npt.NDArray[np.float64]:
    """Return one number per household and month that follows that of the month before."""
    lasting = rng.normal(0, 1, households)
    found = np.empty((households, MONTHS))
    now = lasting + rng.normal(0, 0.6, households)
    for one in range(MONTHS):
        found[:, one] = now
        now = 0.25 * lasting + 0.75 * now + rng.normal(0, 0.55, households)
    return found


def _dated(rng: np.random.Generator, ids: np.ndarray, month: np.ndarray) -> dict[str, np.ndarray]:
    begins = (_FIRST.astype("datetime64[M]") + month).astype("datetime64[D]")
    happened = begins + rng.integers(0, 28, len(ids)).astype("timedelta64[D]")
    known = happened + rng.integers(3, 46, len(ids)).astype("timedelta64[D]")
    return {"entity_id": ids, "event_date": happened, "knowledge_date": known}


def _bills(
    rng: np.random.Generator, ids: np.ndarray, month: np.ndarray, worse: np.ndarray
) -> dict[str, np.ndarray]:
    due = np.round(np.exp(rng.normal(6, 0.4, len(ids))), 2)
    late = np.clip(np.round(rng.normal(4, 6, len(ids)) + 5 * worse), 0, 90).astype(np.int64)
    in_full = rng.random(len(ids)) < 1 / (1 + np.exp(1.1 * worse - 2.2))
    paid = np.where(in_full, due, np.round(due * rng.random(len(ids)), 2))
    status = np.where(in_full, "paid", np.where(late > 20, "disconnected", "partial"))
    return {
        **_dated(rng, ids, month),
        "amount_due": due,
        "amount_paid": paid,
        "days_late": late,
        "status": status,
        "shortfall": np.round(due - paid, 2),
        "disconnected": (status == "disconnected").astype(np.int64),
    }


def _rations(
    rng: np.random.Generator, ids: np.ndarray, month: np.ndarray, worse: np.ndarray
) -> dict[str, np.ndarray]:
    missed = rng.random(len(ids)) < 1 / (1 + np.exp(2.4 - 0.8 * worse))
    kilograms = np.round(np.clip(rng.normal(20, 5, len(ids)) - 2.5 * worse, 0, 40), 1)
    return {
        **_dated(rng, ids, month),
        "kg_lifted": np.where(missed, 0.0, kilograms),
        "missed": missed.astype(np.int64),
    }


def _visits(
    rng: np.random.Generator, ids: np.ndarray, month: np.ndarray, worse: np.ndarray
) -> dict[str, np.ndarray]:
    times = rng.poisson(0.45 * np.exp(0.35 * worse))
    who, when = np.repeat(ids, times), np.repeat(month, times)
    kind = _KINDS[rng.choice(4, len(who), p=[0.7, 0.1, 0.1, 0.1])]
    return {
        **_dated(rng, who, when),
        "oop_cost": np.round(np.exp(rng.normal(4.5, 1, len(who))), 2),
        "kind": kind,
        "inpatient": (kind == "ipd").astype(np.int64),
    }


def _write(folder: Path, name: str, columns: Mapping[str, np.ndarray]) -> None:
    pq.write_table(pa.table(dict(columns)), folder / f"{name}.parquet", compression="zstd")
