"""The folder of a night's lists: four files of each, a page that leads to them, and a manifest of their hashes."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

from serving.canonical import Json, canonical_json
from serving.delivery.files.pages import index_page, to_html
from serving.delivery.files.spreadsheets import to_csv, to_xlsx
from serving.failpoints import failpoint
from serving.folders import name_of, sha256_of, write
from serving.lists.documents import ListDocument
from serving.lists.list_policy import ListPolicy
from serving.store.tables.lists import UNNAMED

MANIFEST = "manifest.json"
POLICY = "list_policy.json"


def write_folder(
    out: Path,
    documents: Sequence[ListDocument],
    *,
    night: Mapping[str, Json],
    policy: ListPolicy,
    about: Mapping[str, Json],
    as_of_date: date,
    progress: Callable[[str], None],
) -> str:
    """Write ``documents`` to ``out`` with a manifest that also says ``about``; return the manifest's SHA-256."""
    files: dict[str, str] = {}
    stems: list[tuple[str, ListDocument]] = []
    for number, document in enumerate(documents):
        if number == len(documents) // 2:
            failpoint("lists.half_written")
        stem = _stem(document)
        stems.append((stem, document))
        rendered = {
            "json": canonical_json(document.content),
            "csv": to_csv(document),
            "xlsx": to_xlsx(document, policy=policy, as_of_date=as_of_date),
            "html": to_html(document, policy=policy),
        }
        for suffix, content in rendered.items():
            files[f"{stem}.{suffix}"] = write(out / f"{stem}.{suffix}", content)
        progress(f"lists {number + 1}/{len(documents)}")
    files["index.html"] = write(out / "index.html", index_page(night=night, documents=stems))
    files[POLICY] = write(out / POLICY, policy.model_dump_json().encode())
    failpoint("lists.files_written")
    manifest: dict[str, Json] = {**about, "files": dict(sorted(files.items()))}
    digest = write(out / MANIFEST, canonical_json(manifest))
    failpoint("lists.manifest_written")
    return digest


def damaged_files(folder: Path, *, manifest_sha256: str) -> list[str]:
    """Return the files of a published folder that are not as published; empty if all are."""
    try:
        manifest = (folder / MANIFEST).read_bytes()
    except OSError:
        return [MANIFEST]
    if hashlib.sha256(manifest).hexdigest() != manifest_sha256:
        return [MANIFEST]
    expected: dict[str, str] = json.loads(manifest)["files"]
    return [name for name, digest in expected.items() if sha256_of(folder / name) != digest]


def _stem(document: ListDocument) -> str:
    """Return where a list's files lie, without what they end in."""
    whose = f".{name_of(document.worker_id)}" if document.worker_id != UNNAMED else ""
    return f"{name_of(document.grid.grid_id)}/{name_of(document.role)}{whose}"
