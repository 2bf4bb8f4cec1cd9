"""Draw up the lists of a past date again, apart, and compare them byte for byte with what was published."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from serving.cases.standing import standing
from serving.delivery.files.folder import POLICY
from serving.ledger.runs import Publication, publication
from serving.lists.drafting import (
    Draft,
    answer_rules,
    build_features,
    lists,
    reasons,
    score,
)
from serving.lists.inputs import changes, expired_since, gather_inputs
from serving.lists.list_policy import load_list_policy, parse_list_policy
from serving.refusals import ExitCode, Refusal
from serving.store import Store
from serving.upstream.protocol import Progress, Upstream


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """What came of it. ``differing`` are files that are other, missing or additional."""

    as_of_date: date
    files: int
    differing: tuple[str, ...]
    inputs_changed: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        """Whether every byte came out as published."""
        return not self.differing


def replay(
    store: Store,
    upstream: Upstream,
    *,
    home: Path,
    as_of_date: date,
    progress: Progress,
) -> Replayed:
    """Rebuild the published lists of ``as_of_date`` with the model and policy they were made with.

    Raises:
        Refusal: nothing is published for the date, or it cannot be rebuilt, because facts it drew upon
            have expired or otherwise.
    """
    published = publication(store, as_of_date=as_of_date)
    if published is None:
        raise Refusal(
            ExitCode.NOT_FOUND,
            found=f"nothing is published for {as_of_date}.",
            to_do="See `zhaoren status` for the dates that are.",
        )
    folder = home / "lists" / as_of_date.isoformat()
    scratch_root = home / "lists" / ".replay"
    scratch_root.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=scratch_root) as scratch:
        draft = _draft(store, upstream, published, folder, Path(scratch), progress)
        _require_nothing_expired(published, draft)
        for step in (build_features, answer_rules, score, reasons, lists):
            progress(step.__name__)
            step(draft)
        then, now = _files(folder), _files(draft.out)
        differing = sorted(name for name in {*then, *now} if then.get(name) != now.get(name))
    return Replayed(
        as_of_date=as_of_date,
        files=len(then),
        differing=tuple(differing),
        inputs_changed=tuple(changes(json.loads(published.inputs), draft.inputs.content)),
    )


def _require_nothing_expired(published: Publication, draft: Draft) -> None:
    gone = expired_since(json.loads(published.inputs), draft.inputs.content)
    if gone:
        raise Refusal(
            ExitCode.FACTS_EXPIRED,
            found=f"the lists of {published.as_of_date} cannot be drawn up again: {'; '.join(gone)} have"
            " expired since they were published.",
            to_do="The published files stand; their hashes in manifest.json vouch for them.",
        )


def _draft(
    store: Store,
    upstream: Upstream,
    published: Publication,
    folder: Path,
    scratch: Path,
    progress: Progress,
) -> Draft:
    as_of_date = published.as_of_date
    kept = folder / POLICY
    policy = (
        parse_list_policy(kept.read_text(encoding="utf-8"))
        if kept.exists()
        else load_list_policy(None, as_of_date=as_of_date)
    )
    before = standing(store, as_of_date=as_of_date)
    return Draft(
        as_of_date=as_of_date,
        folder=scratch,
        matrix=scratch / "matrix.parquet",
        upstream=upstream,
        policy=policy,
        inputs=gather_inputs(
            upstream,
            policy=policy,
            standing=before,
            as_of_date=as_of_date,
            champion=published.champion_sha256,
        ),
        standing=before,
        progress=progress,
    )


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
