"""The ledger of runs: what was attempted for which date, how far it came and what it said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from serving.ledger.leases import Lease
from serving.store import Store
from serving.store.schema import PUBLICATIONS, RUN_STEPS, RUNS, RunState


@dataclass(frozen=True, kw_only=True)
class Run:
    """One attempt at one night."""

    run_id: str
    as_of_date: date
    attempt: int
    lease: Lease


@dataclass(frozen=True, kw_only=True)
class Publication:
    """What stands published for a date."""

    as_of_date: date
    publish_seq: int
    manifest_sha256: str
    inputs_sha256: str
    champion_sha256: str
    inputs: str
    header: str
    published_at: datetime


def begin(store: Store, lease: Lease, *, now: datetime) -> Run:
    """Record a new attempt, and that any earlier one still marked running must have crashed."""
    run_id = str(uuid4())
    with store.write() as connection:
        lease.check(connection)
        connection.execute(
            update(RUNS)
            .where(RUNS.c.state == RunState.RUNNING)
            .values(state=RunState.CRASHED, finished_at=now, error="the process was gone")
        )
        connection.execute(
            update(RUN_STEPS)
            .where(RUN_STEPS.c.state == RunState.RUNNING)
            .values(state=RunState.CRASHED, finished_at=now)
        )
        earlier = connection.scalar(
            select(func.max(RUNS.c.attempt)).where(RUNS.c.as_of_date == lease.as_of_date)
        )
        run = Run(
            run_id=run_id, as_of_date=lease.as_of_date, attempt=(earlier or 0) + 1, lease=lease
        )
        connection.execute(
            insert(RUNS).values(
                run_id=run_id,
                as_of_date=run.as_of_date,
                attempt=run.attempt,
                fence=lease.fence,
                state=RunState.RUNNING,
                started_at=now,
            )
        )
    return run


def begin_step(store: Store, run: Run, step: str, *, place: int, now: datetime) -> None:
    """Record that a step started; ``place`` is its place in the list of steps."""
    with store.write() as connection:
        run.lease.check(connection)
        connection.execute(
            insert(RUN_STEPS).values(
                run_id=run.run_id, step=step, place=place, state=RunState.RUNNING, started_at=now
            )
        )


def end_step(
    store: Store,
    run: Run,
    step: str,
    *,
    state: RunState,
    now: datetime,
    said: str,
    output_sha256: str | None = None,
) -> None:
    """Record how a step ended."""
    with store.write() as connection:
        run.lease.check(connection)
        connection.execute(
            update(RUN_STEPS)
            .where(RUN_STEPS.c.run_id == run.run_id, RUN_STEPS.c.step == step)
            .values(state=state, finished_at=now, said=said, output_sha256=output_sha256)
        )


def note_inputs(store: Store, run: Run, *, inputs_sha256: str, champion_sha256: str) -> None:
    """Record what the run works from, once it is known."""
    with store.write() as connection:
        run.lease.check(connection)
        connection.execute(
            update(RUNS)
            .where(RUNS.c.run_id == run.run_id)
            .values(inputs_sha256=inputs_sha256, champion_sha256=champion_sha256)
        )


def end(store: Store, run: Run, *, state: RunState, now: datetime, error: str | None) -> None:
    """Record how the run ended, and with it the step it was in."""
    with store.write() as connection:
        run.lease.check(connection)
        connection.execute(
            update(RUN_STEPS)
            .where(RUN_STEPS.c.run_id == run.run_id, RUN_STEPS.c.state == RunState.RUNNING)
            .values(state=state, finished_at=now, said=error)
        )
        connection.execute(
            update(RUNS)
            .where(RUNS.c.run_id == run.run_id)
            .values(state=state, finished_at=now, error=error)
        )


def publication(store: Store, *, as_of_date: date) -> Publication | None:
    """Return what stands published for ``as_of_date``; None if nothing does."""
    found = _publications(store, PUBLICATIONS.c.as_of_date == as_of_date)
    return found[0] if found else None


def latest_publication(store: Store) -> Publication | None:
    """Return the publication with the latest date; None before the first."""
    found = _publications(store)
    return found[0] if found else None


@dataclass(frozen=True, kw_only=True)
class PastRun:
    """One line of the ledger. ``fence`` rises with every run."""

    run_id: str
    as_of_date: date
    attempt: int
    fence: int
    state: str
    started_at: datetime
    finished_at: datetime | None


def runs_page(read: Connection, *, before: int | None, most: int) -> list[PastRun]:
    """Return runs, the latest first; only those with a fence below ``before``, if it is given."""
    query = select(*(RUNS.c[name] for name in PastRun.__dataclass_fields__))
    if before is not None:
        query = query.where(RUNS.c.fence < before)
    rows = read.execute(query.order_by(RUNS.c.fence.desc()).limit(most))
    return [PastRun(**row) for row in rows.mappings()]


def _publications(store: Store, *conditions: ColumnElement[bool]) -> Sequence[Publication]:
    names = tuple(Publication.__dataclass_fields__)
    query = select(*(PUBLICATIONS.c[name] for name in names)).where(PUBLICATIONS.c.is_current)
    for condition in conditions:
        query = query.where(condition)
    with store.read() as connection:
        rows = connection.execute(query.order_by(PUBLICATIONS.c.as_of_date.desc()).limit(1))
        return [Publication(**row) for row in rows.mappings()]
