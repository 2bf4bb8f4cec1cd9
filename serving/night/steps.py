"""The steps of a night, each a function of the night that may be repeated."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from serving.cases.standing import standing
from serving.cases.visits_feed import deliver_findings
from serving.delivery.files.folder import MANIFEST, damaged_files
from serving.delivery.relay import Sent, send_due
from serving.delivery.targets import Target
from serving.failpoints import failpoint
from serving.ledger.leases import Clock
from serving.ledger.runs import Publication, Run, note_inputs, publication
from serving.lists import drafting, publishing
from serving.lists.drafting import Draft
from serving.lists.inputs import changes, check_feeds, gather_inputs
from serving.lists.list_policy import ListPolicy
from serving.refusals import ExitCode, Refusal
from serving.store import Store
from serving.upstream.protocol import Progress, Upstream


def staging(home: Path) -> Path:
    """Return where runs stage what they have not published yet."""
    return home / "lists" / ".staging"


@dataclass(kw_only=True)
class Night:
    """One night: what it works with, and what its steps have found out so far."""

    home: Path
    as_of_date: date
    store: Store
    upstream: Upstream
    policy: ListPolicy
    targets: Sequence[Target]
    zone: ZoneInfo
    clock: Clock
    progress: Progress
    run: Run
    published: Publication | None = None
    is_intact: bool = False
    draft: Draft | None = None
    sent: Sent = field(default_factory=Sent)

    @property
    def folder(self) -> Path:
        """Where this run stages everything."""
        return staging(self.home) / self.run.run_id

    @property
    def drawing(self) -> Draft:
        """The draft; the gate step opens it."""
        if self.draft is None:
            raise RuntimeError("the gate step opens the draft: run the steps in order")
        return self.draft


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step. ``draws``: it is skipped where the date's lists are published and intact.

    ``output`` is the file whose hash goes into the ledger.
    """

    name: str
    work: Callable[[Night], str]
    draws: bool = True
    output: Callable[[Night], Path] | None = None


def hand_back_findings(night: Night) -> str:
    """Turn outcomes recorded since the last night into deliveries of the visits feed."""
    today = night.clock().astimezone(night.zone).date()
    files, outcomes = deliver_findings(
        night.store,
        landing=night.home / "landing",
        as_of_date=night.as_of_date,
        today=today,
    )
    return f"{outcomes} outcomes in {files} new deliveries" if files else "no new outcomes"


def pass_the_gate(night: Night) -> str:
    """Judge what arrived, and find out whether this date's lists may and must be drawn up."""
    received = night.upstream.receive(as_of_date=night.as_of_date, progress=night.progress)
    failpoint("gate.passed")
    night.policy.check_safety(night.upstream.safety_rules(as_of_date=night.as_of_date))
    before = standing(night.store, as_of_date=night.as_of_date)
    inputs = gather_inputs(
        night.upstream,
        policy=night.policy,
        standing=before,
        as_of_date=night.as_of_date,
        champion=night.upstream.champion(),
    )
    note_inputs(
        night.store,
        night.run,
        inputs_sha256=inputs.sha256,
        champion_sha256=inputs.champion,
    )
    night.draft = Draft(
        as_of_date=night.as_of_date,
        folder=night.folder,
        matrix=night.home / "matrices" / f"{night.as_of_date.isoformat()}.parquet",
        upstream=night.upstream,
        policy=night.policy,
        inputs=inputs,
        standing=before,
        progress=night.progress,
    )
    night.published = publication(night.store, as_of_date=night.as_of_date)
    if night.published is not None:
        return f"{received.sentence}; {_standing(night, night.published)}"
    check_feeds(inputs.feeds, policy=night.policy, as_of_date=night.as_of_date)
    late = [state.feed for state in inputs.feeds if state.late]
    degraded = [state.feed for state in inputs.feeds if state.degraded]
    return (
        received.sentence
        + (f"; late: {', '.join(late)}" if late else "")
        + (f"; degraded: {', '.join(degraded)}" if degraded else "")
    )


def build_features(night: Night) -> str:
    """Write the feature matrix."""
    return drafting.build_features(night.drawing)


def answer_rules(night: Night) -> str:
    """Ask every rule of every household."""
    return drafting.answer_rules(night.drawing)


def score(night: Night) -> str:
    """Score every household and cut to a shortlist."""
    return drafting.score(night.drawing)


def explain(night: Night) -> str:
    """Find the reasons of the shortlist."""
    return drafting.reasons(night.drawing)


def draw_lists(night: Night) -> str:
    """Draw up the lists in the staging folder."""
    return drafting.lists(night.drawing)


def publish(night: Night) -> str:
    """Make them the published ones."""
    if night.published is not None:
        return publishing.restore(
            night.store, night.run, night.drawing, night.published, home=night.home
        )
    said = publishing.publish(
        night.store,
        night.run,
        night.drawing,
        home=night.home,
        zone=night.zone,
        now=night.clock(),
    )
    night.published = publication(night.store, as_of_date=night.as_of_date)
    return said


def send(night: Night) -> str:
    """Send what is due."""
    night.sent = send_due(
        night.store, targets=night.targets, clock=night.clock, progress=night.progress
    )
    return night.sent.sentence


def drift(night: Night) -> str:
    """Keep how far features and scores have moved, for whoever looks after the model."""
    return night.upstream.drift(
        champion=night.drawing.inputs.champion,
        matrix=night.drawing.matrix,
        as_of_date=night.as_of_date,
        progress=night.progress,
    )


def _standing(night: Night, published: Publication) -> str:
    """Say what stands published and whether it is whole; refuse if its inputs changed."""
    inputs = night.drawing.inputs
    if inputs.sha256 != published.inputs_sha256:
        # What stands is still announced: its messages may not have been sent yet.
        sent = send(night)
        said = "; ".join(changes(json.loads(published.inputs), inputs.content))
        raise Refusal(
            ExitCode.INPUTS_CHANGED,
            found=f"the lists of {night.as_of_date} were published on"
            f" {published.published_at.astimezone(night.zone):%Y-%m-%d %H:%M} and what they were drawn"
            f" up from has changed since: {said}.",
            to_do="The published lists stand. What is new counts from the next date on."
            f" Messages: {sent}.",
        )
    folder = night.home / "lists" / night.as_of_date.isoformat()
    damaged = damaged_files(folder, manifest_sha256=published.manifest_sha256)
    night.is_intact = not damaged
    return f"published before; {len(damaged)} files damaged" if damaged else "published before"


STEPS = (
    Step(name="outcomes", work=hand_back_findings, draws=False),
    Step(name="gate", work=pass_the_gate, draws=False),
    Step(name="features", work=build_features, output=lambda night: night.drawing.matrix),
    Step(name="rules", work=answer_rules, output=lambda night: night.drawing.entitlements),
    Step(name="score", work=score, output=lambda night: night.drawing.candidates),
    Step(name="reasons", work=explain),
    Step(name="lists", work=draw_lists, output=lambda night: night.drawing.out / MANIFEST),
    Step(name="publish", work=publish),
    Step(name="send", work=send, draws=False),
    # After the lists are out: nobody waits for it.
    Step(name="drift", work=drift),
)
