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


class Tops:
    """The tops of models' lists on kept nights, each scored once.

    Households known to be covered are on nobody's list.
    """

    def __init__(self, home: Path, deployment: Deployment, capacity: Capacity) -> None:
        self._home = home
        self._covered_by = deployment.covered_by
        self._capacity = capacity
        self._known: dict[tuple[str, date], frozenset[str]] = {}

    def of(self, artefact: Artefact, night: date) -> frozenset[str]:
        """Return the households at the top of a model's list.

        Raises:
            ArtefactError: the model cannot score the night, for example for want of a column.
        """
        key = (artefact.artefact_id, night)
        if key not in self._known:
            self._known[key] = self._scored(artefact, matrix_of(self._home, night))
        return self._known[key]

    def _scored(self, artefact: Artefact, matrix: Path) -> frozenset[str]:
        out = matrix.with_name(f".{matrix.stem}.{artefact.artefact_id[:12]}.parquet")
        try:
            scores = score_in_child(
                artefact, matrix=matrix, out=out, timeout_seconds=_SCORING_SECONDS
            )
        finally:
            out.unlink(missing_ok=True)
        if self._covered_by is not None:
            known = pd.read_parquet(matrix, columns=["household_id", self._covered_by])
            covered = known.loc[known[self._covered_by].fillna(False).astype(bool)]
            scores = scores.loc[~scores["household_id"].isin(set(covered["household_id"]))]
        ordered = scores.sort_values(["log_odds", "household_id"], ascending=[False, True])
        most = self._capacity.of(len(ordered))
        return frozenset(ordered["household_id"].head(most).astype(str))


def shadow(
    home: Path, tops: Tops, challenger: Artefact, champion: Artefact | None, *, most: int
) -> Shadow | None:
    """Compare the tops of both models' lists on the latest nights; None where no night kept its matrix."""
    nights = [day for day in published_nights(home)[-most:] if matrix_of(home, day).exists()]
    if not nights:
        return None
    own = [tops.of(challenger, night) for night in nights]
    churn = tuple(_new_share(after, before) for before, after in pairwise(own))
    shared = [
        1 - _new_share(mine, tops.of(champion, night))
        for mine, night in zip(own, nights, strict=True)
        if champion is not None
    ]
    return Shadow(
        nights=len(nights),
        churn=churn,
        overlap=sum(shared) / len(shared) if shared else None,
    )


def matrix_of(home: Path, night: date) -> Path:
    """Return where a night keeps its matrix."""
    return home / "matrices" / f"{night}.parquet"


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
