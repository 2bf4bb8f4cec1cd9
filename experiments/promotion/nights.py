"""What the nights of a home say about data and about a challenger scored beside the champion."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pandas as pd

from features.deployment import Deployment
from models.artefact import Artefact
from models.gate.evidence import DataContract, Shadow
from models.gate.refusals import PromotionRefusal
from models.scoring import score_in_child
from models.top_of_list import Capacity

_SCORING_SECONDS = 1800.0


class NightUnreadable(PromotionRefusal):
    """A published night does not say what it was drawn up from."""


def published_nights(home: Path) -> tuple[date, ...]:
    """Return the dates with published lists, oldest first."""
    found = []
    for manifest in (home / "lists").glob("*/manifest.json"):
        try:
            found.append(date.fromisoformat(manifest.parent.name))
        except ValueError:
            continue
    return tuple(sorted(found))


def contract_nights(home: Path, *, most: int) -> DataContract | None:
    """Return how many of the latest ``most`` nights ran on feeds that kept their contracts.

    Counted back from the newest list; a night without lists between others was refused, so it is not
    green. Green: no feed refused, degraded or late. None without any published night.
    """
    published = published_nights(home)
    if not published:
        return None
    first, newest = published[0], published[-1]
    days = [newest - timedelta(days=back) for back in range(most)]
    looked_at = [day for day in days if day >= first]
    green = sum(day in published and not _broken_feeds(home, day) for day in looked_at)
    return DataContract(nights=len(looked_at), green=green)


def shadow(
    home: Path,
    challenger: Artefact,
    champion: Artefact | None,
    *,
    deployment: Deployment,
    capacity: Capacity,
    most: int,
) -> Shadow | None:
    """Score the kept matrices of the latest nights with both models and compare the tops of their lists.

    None where no night kept its matrix. Households known to be covered are on nobody's list.

    Raises:
        ArtefactError: one of the models cannot score the nights, for example for want of a column.
    """
    matrices = {day: home / "matrices" / f"{day}.parquet" for day in published_nights(home)[-most:]}
    kept = {day: path for day, path in matrices.items() if path.exists()}
    if not kept:
        return None
    tops = [_top(challenger, path, deployment, capacity) for path in kept.values()]
    others = [_top(champion, path, deployment, capacity) for path in kept.values() if champion]
    churn = tuple(_new_share(after, before) for before, after in pairwise(tops))
    shared = [1 - _new_share(own, other) for own, other in zip(tops, others, strict=False)]
    return Shadow(
        nights=len(kept),
        churn=churn,
        overlap=sum(shared) / len(shared) if shared else None,
    )


def _top(
    artefact: Artefact, matrix: Path, deployment: Deployment, capacity: Capacity
) -> frozenset[str]:
    out = matrix.with_name(f".{matrix.stem}.{artefact.artefact_id[:12]}.parquet")
    try:
        scores = score_in_child(artefact, matrix=matrix, out=out, timeout_seconds=_SCORING_SECONDS)
    finally:
        out.unlink(missing_ok=True)
    if deployment.covered_by is not None:
        known = pd.read_parquet(matrix, columns=["household_id", deployment.covered_by])
        covered = known.loc[known[deployment.covered_by].fillna(False).astype(bool)]
        scores = scores.loc[~scores["household_id"].isin(set(covered["household_id"]))]
    ordered = scores.sort_values(["log_odds", "household_id"], ascending=[False, True])
    return frozenset(ordered["household_id"].head(capacity.of(len(ordered))).astype(str))


def _new_share(own: frozenset[str], other: frozenset[str]) -> float:
    return len(own - other) / len(own) if own else float("nan")


def _broken_feeds(home: Path, day: date) -> Sequence[str]:
    path = home / "lists" / day.isoformat() / "manifest.json"
    try:
        feeds = json.loads(path.read_text("utf-8"))["inputs"]["feeds"]
        return [
            str(feed["feed"])
            for feed in feeds
            if feed["refused"] or feed["degraded"] or feed["late"]
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise NightUnreadable(
            f"{path} does not tell the feeds of its night: restore it with `zhaoren nightly` for {day}"
        ) from error
