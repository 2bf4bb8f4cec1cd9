"""A candidate on its way to champion: evidence put together, a decision, the promotion, its record."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from experiments.config import ExperimentConfig
from experiments.promotion.by_lot import frozen_on, months, prospective, visits_by_lot
from experiments.promotion.nights import Tops, contract_nights, published_nights, shadow
from experiments.promotion.rehearsal import golden_again, rollback_seconds
from models.artefact import Artefact, ArtefactError, load
from models.artefact_files import MANIFEST, verify
from models.gate.answers import Answer
from models.gate.bars import Bars, load_bars
from models.gate.decision import Decision, Verdict, Waiver, decide
from models.gate.decisions import Kind, Record, append, details_of, records
from models.gate.evidence import Evidence, Papers, Prospective
from models.gate.kept import kept_evidence, merged
from models.gate.refusals import PromotionRefusal
from models.promoted import NoChampion, champion, history, promote
from models.top_of_list import Capacity
from models.tracking import CHAMPION

SIMULATED = "simulated district"


class NoSuchModel(PromotionRefusal):
    """No artefact of that name lies in the home."""


@dataclass(frozen=True)
class Outcome:
    """What came of a candidate. ``record`` is the line kept about it."""

    decision: Decision
    record: Record

    @property
    def is_promoted(self) -> bool:
        """Whether it is the champion now."""
        return self.record.kind in ("promotion", "provisional")

    @property
    def is_provisional(self) -> bool:
        """Whether it was promoted only because there was nothing to compare with."""
        return self.record.kind == "provisional"


def find_artefact(home: Path, model: str) -> Artefact:
    """Return the artefact named by a folder, the beginning of its id, the run that trained it, or ``champion``.

    Raises:
        NoSuchModel: nothing or more than one thing is meant, or the champion and there is none.
        ArtefactError: what is meant is damaged.
    """
    if model == CHAMPION:
        try:
            return champion(home)
        except NoChampion as nobody:
            raise NoSuchModel(str(nobody)) from nobody
    if (Path(model) / MANIFEST).is_file():
        return load(Path(model))
    folders = [
        *(path.parent for path in sorted((home / "models").glob(f"*/{MANIFEST}"))),
        *(path.parent for path in sorted((home / "trained").glob(f"*/{MANIFEST}"))),
    ]
    named: dict[str, Path] = {}
    for folder in folders:
        if folder.name.startswith("."):
            continue
        if folder.name.startswith(model):
            named.setdefault(verify(folder), folder)
        elif folder.parent.name == "trained" and _id_of(folder).startswith(model):
            named.setdefault(_id_of(folder), folder)
    if len(named) != 1:
        raise NoSuchModel(
            f"{model!r} means {len(named)} models of {home}: give the beginning of one id, a run or"
            f" a folder; there are {sorted({_id_of(folder)[:12] for folder in folders})}"
        )
    return load(next(iter(named.values())))


def consider(
    home: Path,
    artefact: Artefact,
    *,
    config: ExperimentConfig,
    found: Evidence | None = None,
    waivers: Sequence[Waiver] = (),
    at: datetime,
    by: str,
    progress: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Let the gate decide on a candidate, record the decision, and promote what it lets through.

    The first model of a home without a champion and without published nights has nothing to be held
    against. Unless something fails it is promoted provisionally, and the record lists what nobody
    could tell. In a simulated district, where no list reaches anybody, only what may never be waived
    stands in its way, and the record lists what fails as well.

    Args:
        home: folder with models, nights and what is kept about candidates.
        artefact: the candidate.
        config: the experiment it comes from, for its deployment and its capacity.
        found: evidence measured just now; adds to what is kept.
        waivers: of named persons.
        at: time of the decision; its date says which bars are in force.
        by: who asked.
        progress: is told one line per step.

    Raises:
        WaiverRefused: see :func:`models.gate.decision.decide`.
        ArtefactError: the candidate is damaged, or does not reproduce its golden rows.
        DecisionsDamaged: the record of earlier decisions is not as it was written.
    """
    records(home)  # A record that cannot be added to is found before anything is promoted.
    bars = load_bars(as_of_date=at.date())
    evidence = kept_evidence(home, artefact.artefact_id)
    if found is not None:
        evidence = merged(evidence, found)
    evidence = gather(home, artefact, evidence, config=config, bars=bars, at=at, progress=progress)
    decision = decide(evidence, bars, waivers=waivers)
    is_first = not history(home) and not published_nights(home)
    kind = _kind(decision, is_first=is_first, is_simulated=config.origin == SIMULATED)
    said = _said(decision, kind)
    if kind != "refusal":
        progress("promoting: golden rows are predicted again in a child process")
        promote(home, artefact.folder, at=at, by=by, reason=said)
    record = append(
        home, kind, at=at, by=by, artefact_id=artefact.artefact_id, said=said,
        details=details_of(decision),
    )  # fmt: skip
    return Outcome(decision, record)


def gather(
    home: Path,
    artefact: Artefact,
    evidence: Evidence,
    *,
    config: ExperimentConfig,
    bars: Bars,
    at: datetime,
    progress: Callable[[str], None] = lambda _: None,
) -> Evidence:
    """Add what the home itself tells: nights, golden rows, shadow lists, visits by lot, the way back."""
    present = present_champion(home)
    progress("golden rows are predicted again in another process")
    golden = golden_again(artefact)
    progress("nights are looked at, and scored with the candidate")
    beside = present if present and present.artefact_id != artefact.artefact_id else None
    tops = Tops(home, config.load_deployment(), Capacity(share=config.capacity_shares[0]))
    papers = evidence.papers or Papers(
        card_sha256=None, signed_by=None, impact_assessment_sha256=None, rollback_seconds=None
    )
    return replace(
        evidence,
        golden_set=golden,
        data_contract=contract_nights(home, most=int(bars["contract_nights"])),
        shadow=shadow(home, tops, artefact, beside, most=int(bars["shadow_nights"])),
        prospective=_visited(home, artefact, beside, tops, config, until=at.date())
        or evidence.prospective,
        papers=replace(papers, rollback_seconds=rollback_seconds(artefact, present, at=at)),
    )


def _visited(
    home: Path,
    artefact: Artefact,
    champion: Artefact | None,
    tops: Tops,
    config: ExperimentConfig,
    *,
    until: date,
) -> Prospective | None:
    """Return the visits by lot since the gate first heard of the candidate; None without any."""
    since = frozen_on(home, artefact)
    if since is None:
        return None
    return prospective(
        tops,
        artefact,
        champion,
        nights=months(home, since=since, until=until),
        visits=visits_by_lot(home, config.load_deployment(), config.load_outcome()),
    )


def present_champion(home: Path) -> Artefact | None:
    """Return the champion, or None where there is none or it can no longer be read."""
    try:
        return champion(home)
    except (NoChampion, ArtefactError):
        return None


def _kind(decision: Decision, *, is_first: bool, is_simulated: bool) -> Kind:
    if decision.verdict is Verdict.PROMOTE:
        return "promotion"
    failed = decision.named(Answer.FAILS)
    stopping = [
        one for one in failed if not is_simulated or decision.bars.waivers[one.name] == "never"
    ]
    return "provisional" if is_first and not stopping else "refusal"


def _said(decision: Decision, kind: str) -> str:
    if kind == "provisional":
        return f"cold start, provisionally: {decision.sentence}"
    return decision.sentence


def _id_of(folder: Path) -> str:
    try:
        return verify(folder)
    except ArtefactError:
        return "damaged"
