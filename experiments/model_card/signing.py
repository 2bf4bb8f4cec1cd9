"""A person's name under a card: the hash of what they read, recorded and kept as evidence for the gate."""

from datetime import datetime
from hashlib import sha256
from pathlib import Path

from models.artefact import Artefact
from models.gate.decisions import append
from models.gate.evidence import Evidence, Papers
from models.gate.kept import keep, kept_evidence
from models.gate.refusals import PromotionRefusal


class NobodySigned(PromotionRefusal):
    """A signature without a name."""


def sign(
    home: Path,
    artefact: Artefact,
    text: str,
    *,
    by: str,
    at: datetime,
    assessment: Path | None,
) -> str:
    """Record that ``by`` answers for a card and return the SHA-256 of its text.

    The page itself is kept under ``home/trained/cards``, so that what was signed can be read again. Without
    an ``assessment`` one named in an earlier signature still counts.

    Raises:
        NobodySigned: ``by`` is empty.
    """
    if not by.strip():
        raise NobodySigned("a card is signed by a person: --sign-as NAME")
    digest = sha256(text.encode()).hexdigest()
    kept = home / "trained" / "cards" / f"{digest}.html"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(text, "utf-8")
    earlier = kept_evidence(home, artefact.artefact_id).papers
    assessed = earlier.impact_assessment_sha256 if earlier else None
    if assessment is not None:
        assessed = sha256(assessment.read_bytes()).hexdigest()
    papers = Papers(
        card_sha256=digest,
        signed_by=by,
        impact_assessment_sha256=assessed,
        rollback_seconds=None,
    )
    keep(home, artefact.artefact_id, Evidence(papers=papers))
    append(
        home, "signature", at=at, by=by, artefact_id=artefact.artefact_id,
        said=f"card {digest[:12]}",
        details={"card_sha256": digest, "impact_assessment_sha256": assessed},
    )  # fmt: skip
    return digest
