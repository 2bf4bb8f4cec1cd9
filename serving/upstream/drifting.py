"""How far a night's features and scores have moved from those the champion was trained on, kept beside the matrix.

Worked out by the night (:mod:`serving.upstream.promoted`), read by :mod:`serving.supervision.model_health`.
The reference is the matrix of the champion's last training date, as training in the same home keeps it.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from features.drift import Drift, column_of, drift_list, missing_share, psi
from serving.folders import write

if TYPE_CHECKING:
    from features.deployment import Deployment
    from models.artefact import Artefact

SCORE = "log_odds"


@dataclass(frozen=True, kw_only=True)
class DriftLine:
    """What moved in one feature, or in the score. ``psi`` is None where either side knows no value.

    ``verdict``: steady, warn or block; ``reasons`` say why it is not steady.
    """

    name: str
    title: str
    group: str
    psi: float | None
    missing_then: float
    missing_now: float
    verdict: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class DriftReport:
    """The comparison of a night with the matrix of ``against``, features the worst first."""

    as_of_date: date
    against: date
    champion: str
    households: int
    score: DriftLine
    features: tuple[DriftLine, ...]

    @property
    def sentence(self) -> str:
        """One line for the operator."""
        counts = Counter(line.verdict for line in self.features)
        told = ", ".join(f"{counts[verdict]} {verdict}" for verdict in ("block", "warn", "steady"))
        return f"against {self.against}: score {self.score.verdict}; features {told}"


def training_matrix(home: Path, deployment: "Deployment", artefact: "Artefact") -> Path | None:
    """Return the kept matrix of the last date ``artefact`` was trained on; None if this home has none."""
    kept = (home / "matrices" / deployment.name).glob(f"{artefact.data_until}_*.parquet")
    return max(kept, key=lambda path: path.stat().st_mtime, default=None)


def compare(
    deployment: "Deployment",
    artefact: "Artefact",
    *,
    as_of_date: date,
    then: tuple[Path, Path],
    now: tuple[Path, Path],
) -> DriftReport:
    """Return what moved between two matrices, each with the file of its scores."""
    titles = {feature.name: feature.description for feature in deployment.features}
    scores = tuple(column_of(path, SCORE) for path in (then[1], now[1]))
    score = Drift(
        feature="score",
        group="score",
        psi=psi(*scores, is_class=False),
        missing_then=missing_share(scores[0]),
        missing_now=missing_share(scores[1]),
    )
    return DriftReport(
        as_of_date=as_of_date,
        against=artefact.data_until,
        champion=artefact.artefact_id,
        households=len(scores[1]),
        score=_told(score, title="log-odds of the champion"),
        features=tuple(
            _told(one, title=titles[one.feature])
            for one in drift_list(then[0], now[0], deployment.groups)
        ),
    )


def keep_drift(report: DriftReport, *, matrix: Path) -> None:
    """Write ``report`` beside ``matrix``."""
    write(_beside(matrix), json.dumps(asdict(report), default=str, ensure_ascii=False).encode())


def kept_drift(path: Path) -> DriftReport:
    """Return what was kept in ``<date>.drift.json``."""
    told: dict[str, Any] = json.loads(path.read_bytes())
    return DriftReport(
        **told
        | {
            "as_of_date": date.fromisoformat(told["as_of_date"]),
            "against": date.fromisoformat(told["against"]),
            "score": _line(told["score"]),
            "features": tuple(_line(one) for one in told["features"]),
        }
    )


def _told(drift: Drift, *, title: str) -> DriftLine:
    return DriftLine(
        name=drift.feature,
        title=title,
        group=drift.group,
        psi=None if drift.psi is None else round(drift.psi, 4),
        missing_then=round(drift.missing_then, 4),
        missing_now=round(drift.missing_now, 4),
        verdict=drift.verdict,
        reasons=drift.reasons,
    )


def _line(told: Mapping[str, Any]) -> DriftLine:
    return DriftLine(**{**told, "reasons": tuple(told["reasons"])})


def _beside(matrix: Path) -> Path:
    return matrix.with_suffix(".drift.json")
