"""Bombs: refused within seconds and a fixed piece of memory, measured in a process of their own."""

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_contracts import limits
from data_contracts.files import sha256_of

_SECONDS = 15
_EXTRA_BYTES = 256 * 2**20
"""What refusing may cost beyond the libraries, which are imported before the bomb is looked at."""

_PROBE = """
import json, resource, sys
from datetime import datetime
from pathlib import Path
from data_contracts.arrival import waiting
from data_contracts.contracts import FOLDER
from data_contracts.odcs import load_contracts
from data_contracts.readers import read
from data_contracts.refusal import DeliveryRefused

contracts = load_contracts(FOLDER)
before = resource.getrusage(resource.RUSAGE_SELF)
[delivery], _ = waiting(Path(sys.argv[1]), contracts, before=datetime(2024, 8, 6))
try:
    read(delivery, contracts[delivery.feed].without_key())
    told = "read"
except DeliveryRefused as refusal:
    told = str(refusal)
after = resource.getrusage(resource.RUSAGE_SELF)
json.dump([told, (after.ru_maxrss - before.ru_maxrss) * 1024,
           after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime], sys.stdout)
"""


def _one_line_of_a_gigabyte(path: Path) -> None:
    with path.open("wb") as file:
        file.seek(10**9)
        file.write(b"\n")


def _letters_without_end(path: Path) -> None:
    with path.open("wb") as file:
        for _ in range(400):
            file.write(b"x" * 1_000_000)


def _a_million_columns(path: Path) -> None:
    path.write_bytes(b",".join(b"c" for _ in range(1_000_000)) + b"\n1\n")


def _quotation_mark_never_closed(path: Path) -> None:
    rows = b'"x,power,2024-07-01,1,1,0,2024-07-16,\n' * 2_000_000
    path.write_bytes(
        b"bill_id,account_id,service,event_date,usage,amount_due,subsidy_amount,due_date,paid_on\n"
        + rows
    )


def _a_hundred_million_equal_rows(path: Path) -> None:
    block = pa.table(
        {"bill_id": pa.DictionaryArray.from_arrays(pa.array([0] * 10_000_000, pa.int8()), ["zq"])}
    )
    with pq.ParquetWriter(path, block.schema) as writer:
        for _ in range(10):
            writer.write_table(block)


@pytest.mark.parametrize(
    ("name", "make", "rows"),
    [
        ("gigabyte.csv", _one_line_of_a_gigabyte, 1),
        ("letters.csv", _letters_without_end, 1),
        ("letters.jsonl", _letters_without_end, 1),
        ("columns.csv", _a_million_columns, 1),
        ("quotes.csv", _quotation_mark_never_closed, 2_000_000),
        ("rows.parquet", _a_hundred_million_equal_rows, 100_000_000),
    ],
)
def test_a_bomb_is_refused_for_little(
    tmp_path: Path, name: str, make: Callable[[Path], None], rows: int
) -> None:
    path = tmp_path / "utility_bills" / name
    path.parent.mkdir()
    make(path)
    manifest = {
        "feed": "utility_bills",
        "received_at": "2024-08-05T02:10:00",
        "sha256": sha256_of(path),
        "rows": rows,
        "format": path.suffix[1:],
    }
    path.with_name(name + ".manifest.json").write_text(json.dumps(manifest))

    probe = subprocess.run(
        [sys.executable, "-c", _PROBE, str(tmp_path)],
        capture_output=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (60, 60)),
    )
    told, extra_bytes, seconds = json.loads(probe.stdout)

    assert "send" in told
    assert extra_bytes < _EXTRA_BYTES
    assert seconds < _SECONDS


def test_a_month_of_a_million_households_is_within_the_limits() -> None:
    assert limits.MAX_ROWS > 3 * 2_000_000
    assert limits.MAX_FILE_BYTES > 3 * 400_000_000
