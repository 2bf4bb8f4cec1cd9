"""The night: a plain list of steps from deliveries to lists that were sent, for one ``as_of_date``.

``outcomes -> gate -> features -> rules -> score -> reasons -> lists -> publish -> send``. Every step may be
repeated; what each did stands in the ledger. A date once published is not drawn up again: with the same
inputs the night only makes sure that the files are intact and the messages sent, with other inputs it
refuses. A crash anywhere leaves the earlier lists standing, and the next run finishes the job.
"""

import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from serving.delivery.relay import Sent
from serving.delivery.targets import Target
from serving.failpoints import failpoint
from serving.folders import remove_all, sha256_of
from serving.ledger.leases import LEASE, Clock, Held, release, renewing, take, this_process
from serving.ledger.runs import Publication, begin, begin_step, end, end_step, publication
from serving.lists.list_policy import ListPolicy
from serving.night.steps import STEPS, Night, Step, staging
from serving.refusals import ExitCode, Refusal
from serving.store import Store
from serving.store.schema import RunState
from serving.upstream.protocol import Progress, Upstream

_OUR_ROOMS = frozenset({"data_contracts", "features", "models", "serving"})


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


def run_night(
    *,
    home: Path,
    as_of_date: date,
    store: Store,
    upstream: Upstream,
    policy: ListPolicy,
    targets: Sequence[Target],
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
        remove_all(staging(home))
        failpoint("night.debris_cleared")
        night = Night(
            home=home,
            as_of_date=as_of_date,
            store=store,
            upstream=upstream,
            policy=policy,
            targets=targets,
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


def _not_now(held: Held, as_of_date: date) -> AlreadyRunning:
    if held.as_of_date == as_of_date:
        return AlreadyRunning(as_of_date=as_of_date, until=held.expires_at)
    raise Refusal(
        ExitCode.ANOTHER_NIGHT_RUNNING,
        found=f"the night of {held.as_of_date} is running; two nights cannot run at once.",
        to_do=f"Run {as_of_date} again when it has ended (see `zhaoren status`).",
    )
