"""The night: a plain list of steps from deliveries to lists that were sent, for one ``as_of_date``.

``outcomes -> gate -> features -> score -> reasons -> lists -> publish -> send``. Every step may be
repeated; what each did stands in the ledger. A date once published is not drawn up again: with the same
inputs the night only makes sure that the files are intact and the messages sent, with other inputs it
refuses. A crash anywhere leaves the earlier lists standing, and the next run finishes the job.
"""

import json
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from serving import drafting, publishing
from serving.drafting import MANIFEST, Draft, damaged_files
from serving.failpoints import failpoint
from serving.findings import deliver_findings
from serving.folders import remove_all, sha256_of
from serving.inputs import changes, check_feeds, gather_inputs
from serving.leases import LEASE, Clock, Held, release, renewing, take, this_process
from serving.list_policy import ListPolicy
from serving.outbox import Sent, send_due
from serving.refusals import ExitCode, Refusal
from serving.runs import (
    Publication,
    Run,
    begin,
    begin_step,
    end,
    end_step,
    note_inputs,
    publication,
)
from serving.store import Store
from serving.store.schema import RunState
from serving.suppression import open_alerts
from serving.upstream import Progress, Upstream
from serving.webhooks import Poster

_OUR_ROOMS = frozenset({"data_contracts", "features", "models", "serving"})


@dataclass(kw_only=True)
class Night:
    """One night: what it works with, and what its steps have found out so far."""

    home: Path
    as_of_date: date
    store: Store
    upstream: Upstream
    policy: ListPolicy
    poster: Poster | None
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
        return _staging(self.home) / self.run.run_id

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


class StepFailed(Refusal):
    """A step ended with an error nobody foresaw."""

    def __init__(self, step: str, error: Exception) -> None:
        last = traceback.extract_tb(error.__traceback__)[-1]
        told = f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
        if type(error).__module__.partition(".")[0] in _OUR_ROOMS:
            # Our own errors say what to do and never quote a household; others might.
            told = f"{error} ({told})"
        super().__init__(
            ExitCode.STEP_FAILED,
            found=f"step {step} failed: {told}.",
            to_do="The earlier lists stand. Run the same command again; if it fails again, report this.",
        )


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a night came to: one line per step, and whether this run is the one that published."""

    as_of_date: date
    said: tuple[tuple[str, str], ...]
    publication: Publication | None
    sent: Sent
    is_news: bool


@dataclass(frozen=True, kw_only=True)
class AlreadyRunning:
    """Another process is at work on the same night."""

    as_of_date: date
    until: datetime


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
    waiting = open_alerts(
        night.store,
        as_of_date=night.as_of_date,
        days=night.policy.suppression.open_alert_days,
    )
    inputs = gather_inputs(
        night.upstream,
        policy=night.policy,
        waiting=waiting,
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
        waiting=waiting,
        progress=night.progress,
    )
    night.published = publication(night.store, as_of_date=night.as_of_date)
    if night.published is not None:
        return f"{received.sentence}; {_standing(night, night.published)}"
    check_feeds(inputs.feeds, policy=night.policy, as_of_date=night.as_of_date)
    late = [state.feed for state in inputs.feeds if state.late]
    return received.sentence + (f"; late: {', '.join(late)}" if late else "")


def build_features(night: Night) -> str:
    """Write the feature matrix."""
    return drafting.build_features(night.drawing)


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
        return publishing.restore(night.drawing, night.published, home=night.home)
    said = publishing.publish(
        night.store, night.run, night.drawing, home=night.home, now=night.clock()
    )
    night.published = publication(night.store, as_of_date=night.as_of_date)
    return said


def send(night: Night) -> str:
    """Send what is due."""
    night.sent = send_due(
        night.store, poster=night.poster, clock=night.clock, progress=night.progress
    )
    return night.sent.sentence


STEPS = (
    Step(name="outcomes", work=hand_back_findings, draws=False),
    Step(name="gate", work=pass_the_gate, draws=False),
    Step(name="features", work=build_features, output=lambda night: night.drawing.matrix),
    Step(name="score", work=score, output=lambda night: night.drawing.candidates),
    Step(name="reasons", work=explain),
    Step(name="lists", work=draw_lists, output=lambda night: night.drawing.out / MANIFEST),
    Step(name="publish", work=publish),
    Step(name="send", work=send, draws=False),
)


def run_night(
    *,
    home: Path,
    as_of_date: date,
    store: Store,
    upstream: Upstream,
    policy: ListPolicy,
    poster: Poster | None,
    zone: ZoneInfo,
    clock: Clock,
    progress: Progress,
    steps: tuple[Step, ...] = STEPS,
    lease_length: timedelta = LEASE,
) -> Done | AlreadyRunning:
    """Run the night of ``as_of_date``, or leave it to the process that is already at it.

    Raises:
        Refusal: something makes an honest list impossible, another date is being run, or the inputs of
            a published date changed. Whatever was published before stays published.
    """
    policy.check_names(features=upstream.groups.keys(), groups=frozenset(upstream.groups.values()))
    taken = take(
        store, owner=this_process(), as_of_date=as_of_date, now=clock(), length=lease_length
    )
    if isinstance(taken, Held):
        return _not_now(taken, as_of_date)
    failpoint("night.lease_taken")
    with renewing(store, taken, clock=clock, length=lease_length):
        run = begin(store, taken, now=clock())
        failpoint("night.run_recorded")
        remove_all(_staging(home))
        failpoint("night.debris_cleared")
        night = Night(
            home=home,
            as_of_date=as_of_date,
            store=store,
            upstream=upstream,
            policy=policy,
            poster=poster,
            zone=zone,
            clock=clock,
            progress=progress,
            run=run,
        )
        before = publication(store, as_of_date=as_of_date)
        try:
            said = [(step.name, _take(night, step, place)) for place, step in enumerate(steps, 1)]
        except BaseException as error:
            _end(night, error)
            raise
        _end(night, None)
    failpoint("night.before_release")
    release(store, taken, now=clock())
    return Done(
        as_of_date=as_of_date,
        said=tuple(said),
        publication=night.published,
        sent=night.sent,
        is_news=before is None and night.published is not None,
    )


def _take(night: Night, step: Step, place: int) -> str:
    night.progress(f"step: {step.name}")
    begin_step(night.store, night.run, step.name, place=place, now=night.clock())
    is_done = step.draws and night.is_intact
    said = "already published, nothing to do" if is_done else _work(night, step)
    output = None if is_done or step.output is None else sha256_of(step.output(night))
    end_step(
        night.store,
        night.run,
        step.name,
        state=RunState.FINISHED,
        now=night.clock(),
        said=said,
        output_sha256=output,
    )
    return said


def _work(night: Night, step: Step) -> str:
    try:
        return step.work(night)
    except (Refusal, OSError):
        raise
    except Exception as error:
        raise StepFailed(step.name, error) from error


def _end(night: Night, error: BaseException | None) -> None:
    """Close the ledger of this run, unless it is no longer ours to close."""
    state, told = RunState.FINISHED, None
    if isinstance(error, Refusal):
        if error.code is ExitCode.LEASE_LOST:
            return
        failed = isinstance(error, StepFailed)
        state, told = RunState.FAILED if failed else RunState.REFUSED, str(error)
    elif error is not None:
        # The type only: a message from below might quote a household.
        state, told = RunState.FAILED, type(error).__name__
    end(night.store, night.run, state=state, now=night.clock(), error=told)
    if error is not None:
        release(night.store, night.run.lease, now=night.clock())
    remove_all(night.folder)


def _standing(night: Night, published: Publication) -> str:
    """Say what stands published and whether it is whole; refuse if its inputs changed."""
    inputs = night.drawing.inputs
    if inputs.sha256 != published.inputs_sha256:
        said = "; ".join(changes(json.loads(published.inputs), inputs.content))
        raise Refusal(
            ExitCode.INPUTS_CHANGED,
            found=f"the lists of {night.as_of_date} were published on"
            f" {published.published_at.astimezone(night.zone):%Y-%m-%d %H:%M} and what they were drawn"
            f" up from has changed since: {said}.",
            to_do="The published lists stand. What is new counts from the next date on.",
        )
    folder = night.home / "lists" / night.as_of_date.isoformat()
    damaged = damaged_files(folder, manifest_sha256=published.manifest_sha256)
    night.is_intact = not damaged
    return f"published before; {len(damaged)} files damaged" if damaged else "published before"


def _not_now(held: Held, as_of_date: date) -> AlreadyRunning:
    if held.as_of_date == as_of_date:
        return AlreadyRunning(as_of_date=as_of_date, until=held.expires_at)
    raise Refusal(
        ExitCode.ANOTHER_NIGHT_RUNNING,
        found=f"the night of {held.as_of_date} is running; two nights cannot run at once.",
        to_do=f"Run {as_of_date} again when it has ended (see `zhaoren status`).",
    )


def _staging(home: Path) -> Path:
    return home / "lists" / ".staging"
