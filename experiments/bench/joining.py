"""Several districts' landing folders -> one, each file of the same name joined into one delivery."""

import io
import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data_contracts.arrival import MANIFEST_SUFFIX
from data_contracts.files import write_atomically


def join_landings(parts: Sequence[Path], out: Path) -> None:
    """Write ``out/<feed>/<name>`` with the rows of all parts in their order, and one manifest.

    The delivery is received when the last part was.
    """
    names = sorted(
        {path.relative_to(part) for part in parts for path in part.glob(f"*/*{MANIFEST_SUFFIX}")}
    )
    for name in names:
        manifests = [part / name for part in parts if (part / name).exists()]
        told = [json.loads(manifest.read_text(encoding="utf-8")) for manifest in manifests]
        files = [
            manifest.with_name(manifest.name.removesuffix(MANIFEST_SUFFIX))
            for manifest in manifests
        ]
        if files[0].suffix == ".xlsx":
            # The one small feed that comes as a workbook stays as small as one part's.
            files, told = files[:1], told[:1]
        target = out / name.with_name(name.name.removesuffix(MANIFEST_SUFFIX))
        digest = write_atomically(target, _joined(files))
        joined = {
            **told[0],
            "received_at": max(one["received_at"] for one in told),
            "rows": sum(one["rows"] for one in told),
            "sha256": digest,
        }
        write_atomically(out / name, json.dumps(joined).encode())


def _joined(files: Sequence[Path]) -> bytes:
    match files[0].suffix:
        case ".parquet":
            sink = io.BytesIO()
            pq.write_table(pa.concat_tables([pq.read_table(path) for path in files]), sink)
            return sink.getvalue()
        case ".csv":
            first, *others = [path.read_bytes() for path in files]
            return first + b"".join(one[one.index(b"\n") + 1 :] for one in others)
        case _:
            return b"".join(path.read_bytes() for path in files)
