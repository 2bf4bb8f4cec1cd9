"""Make a drawn-up set of lists the published one: one transaction around one rename.

Readers ask the store. Until the transaction commits they see the earlier lists; from then on these. A
folder that was renamed but never committed is found by the next run and put aside.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Table, func, insert, select

from serving.access.places import NOWHERE, write_places
from serving.canonical import canonical_json, canonical_line
from serving.cases.escalating import recompute_provisional
from serving.cases.opening import Alerted, apply_escalations, enter_alerts
from serving.cases.policy import rules_of
from serving.delivery.outbox import PublishedGrid, announce, enqueue
from serving.failpoints import failpoint
from serving.folders import move, remove_all
from serving.ledger.runs import Publication, Run
from serving.lists.documents import Entry, ListDocument, header_of_night
from serving.lists.drafting import Draft
from serving.lists.ranking import SEPARATOR
from serving.lists.suppression import has_worsened
from serving.refusals import ExitCode, Refusal
from serving.store import Store
from serving.store.bulk import add_rows
from serving.store.schema import ALERTS, DECISIONS, LISTS, NEVER_SCORED, PUBLICATIONS
from serving.upstream.protocol import Grid

FIRST = 1


def publish(
    store: Store, run: Run, draft: Draft, *, home: Path, zone: ZoneInfo, now: datetime
) -> str:
    """Publish ``draft`` as the lists of its date, with the cases its alerts open. ``zone``: of their clocks.

    Raises:
        LeaseLost: another run took over meanwhile; nothing is published.
    """
    key = {"as_of_date": draft.as_of_date, "publish_seq": FIRST}
    rows = _rows(draft, key)
    with store.write() as connection:
        # Taking over a lease needs the write lock too: nobody can while the folder is renamed.
        run.lease.check(connection)
        put_in_place(draft, home=home)
        connection.execute(
            insert(PUBLICATIONS).values(
                **key,
                is_current=True,
                run_id=run.run_id,
                manifest_sha256=draft.manifest_sha256,
                inputs_sha256=draft.inputs.sha256,
                champion_sha256=draft.inputs.champion,
                inputs=canonical_json(draft.inputs.content).decode(),
                header=canonical_json(
                    header_of_night(
                        as_of_date=draft.as_of_date,
                        feeds=draft.inputs.feeds,
                        policy=draft.policy,
                    )
                ).decode(),
                published_at=now,
            )
        )
        failpoint("publish.publication_inserted")
        _write_tree(connection, draft, now=now)
        for table, made in rows:
            add_rows(connection, table, made)
        failpoint("publish.alerts_inserted")
        moved_up = _enter_cases(connection, draft, zone=zone, now=now)
        failpoint("publish.cases_entered")
        messages = announce(
            as_of_date=draft.as_of_date,
            publish_seq=FIRST,
            published_at=now,
            grids=_grids(draft.documents),
        )
        enqueue(connection, messages, now=now)
        failpoint("publish.outbox_inserted")
    failpoint("publish.committed")
    return (
        f"{_entries(draft)} alerts on {len(draft.documents)} lists, {moved_up} cases moved up,"
        f" {len(messages)} messages queued"
    )


def restore(store: Store, run: Run, draft: Draft, publication: Publication, *, home: Path) -> str:
    """Put back the files of a publication that were damaged, if they come out the same again.

    Raises:
        Refusal: they do not.
        LeaseLost: another run took over meanwhile.
    """
    if draft.manifest_sha256 != publication.manifest_sha256:
        raise Refusal(
            ExitCode.LISTS_DAMAGED,
            found=f"the files in lists/{draft.as_of_date} are damaged and drawing them up again gave"
            " other lists than were published.",
            to_do="Restore the folder from a backup; the lists in the store and the API are intact.",
        )
    with store.write() as connection:
        run.lease.check(connection)
        put_in_place(draft, home=home)
    return "the damaged files were drawn up again, identical to what was published"


def put_in_place(draft: Draft, *, home: Path) -> None:
    """Rename the drawn-up folder to ``lists/<as_of_date>``, putting aside what lies there."""
    target = folder_of(home, draft)
    failpoint("publish.before_rename")
    aside = draft.folder / "replaced"
    if target.exists():
        move(target, aside)
        failpoint("publish.old_moved_away")
    move(draft.out, target)
    failpoint("publish.renamed")
    remove_all(aside)


def folder_of(home: Path, draft: Draft) -> Path:
    """Return where the lists of a date lie."""
    return home / "lists" / draft.as_of_date.isoformat()


def _write_tree(connection: Connection, draft: Draft, *, now: datetime) -> None:
    """Bring the tree of places to the night's; an earlier date that is caught up on leaves it alone."""
    newest = connection.scalar(select(func.max(PUBLICATIONS.c.as_of_date)))
    if draft.surroundings is not None and newest == draft.as_of_date:
        write_places(connection, draft.surroundings.grids, now=now)


def _entries(draft: Draft) -> int:
    return sum(len(document.entries) for document in draft.documents)


def _rows(draft: Draft, key: dict[str, object]) -> list[tuple[Table, list[dict[str, object]]]]:
    """Return what the lists come to in the store, by table; made before anybody has to wait for it."""
    grids = {} if draft.surroundings is None else draft.surroundings.grids
    paths = {grid_id: grid.path for grid_id, grid in grids.items()}
    lists = [
        {
            **key,
            "grid_id": document.grid.grid_id,
            "role": document.role,
            "worker_id": document.worker_id,
            "community_id": document.grid.community_id,
            "street_id": document.grid.street_id,
            "district_id": document.grid.district_id,
            "area_path": document.grid.path,
            "capacity": document.header["capacity"],
            "header": canonical_line(document.header),
        }
        for document in draft.documents
    ]
    alerts = [
        _alert(entry, document, key) for document in draft.documents for entry in document.entries
    ]
    decisions = [
        {
            **key,
            "household_id": item.household_id,
            "grid_id": item.grid_id,
            "area_path": paths.get(item.grid_id, NOWHERE),
            "decision": item.decision.value,
            "reason": item.why.value,
            "band": item.band,
            "urgent_rules": item.urgent,
            "propensity": item.propensity,
        }
        for item in draft.decided
    ]
    unscored = [
        {
            **key,
            "grid_id": grid_id or NOWHERE,
            "area_path": paths.get(grid_id, NOWHERE),
            "why": why,
            "households": households,
        }
        for (grid_id, why), households in _never_scored(draft).items()
    ]
    return [(LISTS, lists), (ALERTS, alerts), (DECISIONS, decisions), (NEVER_SCORED, unscored)]


def _never_scored(draft: Draft) -> Mapping[tuple[str, str], int]:
    return {} if draft.surroundings is None else draft.surroundings.never_scored


def _enter_cases(connection: Connection, draft: Draft, *, zone: ZoneInfo, now: datetime) -> int:
    """Do to the cases what the lists say; return how many moved up."""
    policy = draft.policy
    ready_at = datetime.combine(draft.as_of_date, time(policy.ready_hour), tzinfo=zone)
    enter_alerts(
        connection,
        [
            _alerted(entry, document, draft)
            for document in draft.documents
            for entry in document.entries
        ],
        rules=rules_of(policy.cases, zone=zone.key),
        ready_at=ready_at,
        as_of_date=draft.as_of_date,
        publish_seq=FIRST,
        now=now,
    )
    moved_up = apply_escalations(
        connection, draft.escalations, ready_at=ready_at, as_of_date=draft.as_of_date, now=now
    )
    recompute_provisional(connection, now=now, day=draft.as_of_date)
    return moved_up


def _alerted(entry: Entry, document: ListDocument, draft: Draft) -> Alerted:
    case = entry.placed.case
    clock, span = draft.policy.span_of(
        band=case.band, urgent_hours=case.urgent_hours, is_urgent=entry.placed.lane == "urgent"
    )
    before = draft.standing.cases.get(case.household_id)
    return Alerted(
        alert_id=entry.alert_id,
        household_id=case.household_id,
        grid_id=document.grid.grid_id,
        area_path=document.grid.path,
        role=document.role,
        band=case.band,
        urgent_rules=SEPARATOR.join(case.urgent),
        clock=clock,
        span=span,
        has_worsened=before is not None
        and has_worsened(
            before, band=case.band, urgent=frozenset(case.urgent), policy=draft.policy
        ),
    )


def _alert(entry: Entry, document: ListDocument, key: dict[str, object]) -> dict[str, object]:
    case = entry.placed.case
    return {
        **key,
        "alert_id": entry.alert_id,
        "household_id": case.household_id,
        "grid_id": document.grid.grid_id,
        "area_path": document.grid.path,
        "role": document.role,
        "worker_id": document.worker_id,
        "rank": entry.rank,
        "lane": entry.placed.lane,
        "task": case.task or None,
        "band": case.band,
        "urgent_rules": SEPARATOR.join(case.urgent),
        "propensity": case.propensity,
        "entry": canonical_line(entry.told),
        "marks": entry.marks.as_text(),
    }


def _grids(documents: tuple[ListDocument, ...]) -> list[PublishedGrid]:
    entries: dict[Grid, Counter[str]] = {}
    for document in documents:
        entries.setdefault(document.grid, Counter())[document.role] += len(document.entries)
    return [
        PublishedGrid(grid_id=grid.grid_id, place=grid.path, entries=counts)
        for grid, counts in entries.items()
    ]
