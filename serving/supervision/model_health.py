"""Whether the model is all right: who is champion and why, what was decided last, how far the data have moved.

Read from what the nights and the promotion gate keep in the home; nothing is asked over the network. Called
by ``GET /v1/model-health`` and the page of health.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, cast

from models.artefact import ArtefactError
from models.gate.decisions import DecisionsDamaged, Record, records
from models.promoted import NoChampion, champion, history
from serving.upstream.drifting import DriftReport, kept_drift

_HOLDS = "holds"
_NO_HOME = "this server does not see the folder of the nights: ask one that does"
_DECIDING = frozenset({"promotion", "provisional", "refusal"})


@dataclass(frozen=True, kw_only=True)
class Champion:
    """The model whose scores are acted on, and how it came to be. ``data_until``: its last training date."""

    artefact_id: str
    name: str
    kind: str
    data_until: date
    promoted_at: str
    promoted_by: str
    reason: str
    is_rollback: bool


@dataclass(frozen=True, kw_only=True)
class Challenger:
    """A model the gate was asked about since the champion came, and did not let through."""

    artefact_id: str
    verdict: str
    asked_at: str
    said: str


@dataclass(frozen=True, kw_only=True)
class ConditionTold:
    """A condition of the gate, with the reasons of its checks that do not hold."""

    name: str
    answer: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class WaiverTold:
    """What a named person answers for."""

    condition: str
    by: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class LastDecision:
    """The newest decision of the gate. ``kind``: promotion, provisional or refusal."""

    kind: str
    at: str
    by: str
    artefact_id: str
    verdict: str
    said: str
    conditions: tuple[ConditionTold, ...]
    waivers: tuple[WaiverTold, ...]


@dataclass(frozen=True, kw_only=True)
class ModelHealth:
    """What is known. ``problems`` says in words what could not be read, and what to do."""

    champion: Champion | None
    challengers: tuple[Challenger, ...]
    decision: LastDecision | None
    drift: DriftReport | None
    problems: tuple[str, ...]

    def without_counts(self) -> "ModelHealth":
        """Return the same without the gate's reasons, which count how many of a small group are in need."""
        if self.decision is None:
            return self
        conditions = tuple(replace(one, reasons=()) for one in self.decision.conditions)
        return replace(self, decision=replace(self.decision, conditions=conditions))


def model_health(home: Path | None) -> ModelHealth:
    """Return how the model of a home does; whatever is missing or damaged is said, not raised.

    ``home`` is None for a server that does not share the nights' folder.
    """
    if home is None:
        return ModelHealth(
            champion=None, challengers=(), decision=None, drift=None, problems=(_NO_HOME,)
        )
    problems: list[str] = []
    in_force = _champion(home, problems)
    try:
        decided = records(home)
    except DecisionsDamaged as error:
        decided = ()
        problems.append(str(error))
    asked = [record for record in decided if record.kind in _DECIDING]
    return ModelHealth(
        champion=in_force,
        challengers=_challengers(asked, in_force),
        decision=_decision(asked[-1]) if asked else None,
        drift=_newest_drift(home),
        problems=tuple(problems),
    )


def _champion(home: Path, problems: list[str]) -> Champion | None:
    try:
        artefact = champion(home)
        promoted = history(home)[-1]
    except (NoChampion, ArtefactError) as error:
        problems.append(str(error))
        return None
    return Champion(
        artefact_id=artefact.artefact_id,
        name=artefact.name,
        kind=artefact.stored.kind,
        data_until=artefact.data_until,
        promoted_at=promoted.promoted_at,
        promoted_by=promoted.promoted_by,
        reason=promoted.reason,
        is_rollback=promoted.is_rollback,
    )


def _challengers(asked: Sequence[Record], in_force: Champion | None) -> tuple[Challenger, ...]:
    """Return the newest answer about each, the last one asked about first."""
    since = "" if in_force is None else in_force.promoted_at
    newest = {
        record.artefact_id: record
        for record in asked
        if record.at >= since and (in_force is None or record.artefact_id != in_force.artefact_id)
    }
    return tuple(
        Challenger(
            artefact_id=record.artefact_id,
            verdict=str(record.details.get("verdict", "")),
            asked_at=record.at,
            said=record.said,
        )
        for record in sorted(newest.values(), key=lambda record: record.at, reverse=True)
        if record.kind == "refusal"
    )


def _decision(record: Record) -> LastDecision:
    return LastDecision(
        kind=record.kind,
        at=record.at,
        by=record.by,
        artefact_id=record.artefact_id,
        verdict=str(record.details.get("verdict", "")),
        said=record.said,
        conditions=tuple(
            ConditionTold(
                name=one["name"],
                answer=one["answer"],
                reasons=tuple(
                    check["reason"] for check in one["checks"] if check["answer"] != _HOLDS
                ),
            )
            for one in _listed(record.details, "conditions")
        ),
        waivers=tuple(WaiverTold(**one) for one in _listed(record.details, "waivers")),
    )


def _listed(details: Mapping[str, object], name: str) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", details.get(name, []))


def _newest_drift(home: Path) -> DriftReport | None:
    nights = sorted((home / "matrices").glob("[0-9]*-[0-9]*-[0-9]*.drift.json"))
    return kept_drift(nights[-1]) if nights else None
