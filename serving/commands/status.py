"""``zhaoren status``: what ran, what is late, what was not delivered, what is overdue."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import typer
from rich.table import Table

from serving.commands.edge import Edge
from serving.refusals import ExitCode

if TYPE_CHECKING:
    from serving.ledger.runs import Publication
    from serving.status import RunLine


def status(context: typer.Context) -> int:
    """Show what ran, what is late, what was not delivered and what is overdue."""
    from serving.delivery.digests.overview import UNCERTAIN, overview
    from serving.delivery.heartbeat import Trouble, look
    from serving.delivery.waiting import undelivered
    from serving.lists.list_policy import load_list_policy
    from serving.status import read_backlog, read_status
    from serving.store.schema import DigestState

    edge: Edge = context.obj
    now, zone = edge.clock(), edge.settings.zone
    policy = load_list_policy(edge.settings.list_policy, as_of_date=now.astimezone(zone).date())
    with edge.store() as store:
        found = read_status(store)
        findings = look(store, now=now, zone=zone, ready_hour=policy.ready_hour)
        backlog = read_backlog(store, now=now)
        waiting = undelivered(store)
        digests = overview(store, now=now)
    _lists(edge, found.last)
    for finding in findings:
        if finding.trouble in (Trouble.LIST_MISSING, Trouble.NOT_ANNOUNCED):
            edge.out.print(f"  {finding.sentence}", markup=False, soft_wrap=True)
    _runs(edge, found.runs)
    edge.out.print(f"Messages: {_told(found.messages)}.")
    if found.oldest_waiting is not None:
        edge.out.print(f"  oldest waiting since {_minute(found.oldest_waiting, edge)}")
    for line in waiting:
        last = f", last answer {line.last_result}" if line.last_result else ""
        edge.out.print(
            f"  {line.as_of_date or 'no night'}: {line.messages} {line.state} for {line.target}{last}",
            markup=False,
        )
    for name, reason in found.disabled_targets.items():
        edge.out.print(f"  target {name} is disabled: {reason}; `zhaoren outbox replay` enables it")
    for one in digests:
        if one.state in (UNCERTAIN, DigestState.FAILED):
            edge.out.print(
                f"  {one.as_of_date}: {one.digests} digests {one.state}; see `zhaoren digests show`"
            )
    edge.out.print(f"Outcomes: {_told(found.outcomes)}.")
    edge.out.print(f"Cases open: {_told(backlog.open)}; overdue: {_told(backlog.overdue)}.")
    if backlog.oldest_due is not None:
        edge.out.print(f"  the oldest was due {_minute(backlog.oldest_due, edge)}")
    return int(ExitCode.MESSAGES_DEAD if found.dead else ExitCode.OK)


def _lists(edge: Edge, last: "Publication | None") -> None:
    if last is None:
        edge.out.print("Nothing has been published yet.")
        return
    header = json.loads(last.header)
    edge.out.print(
        f"Lists stand for {last.as_of_date}, published {_minute(last.published_at, edge)}."
    )
    for feed in header["late_feeds"]:
        edge.out.print(
            f"  late: {feed['feed']} ({feed['department']}),"
            f" last received {feed['last_received_on'] or 'never'}"
        )
    for feed in header.get("degraded_feeds", []):
        unusual = "; ".join(feed["unusual"])
        edge.out.print(
            f"  degraded: {feed['feed']} ({feed['department']}), {unusual}",
            markup=False,
            soft_wrap=True,
        )


def _runs(edge: Edge, runs: "tuple[RunLine, ...]") -> None:
    table = Table("date", "attempt", "state", "last step", "began", title="Runs")
    for line in runs:
        table.add_row(
            str(line.as_of_date),
            str(line.attempt),
            line.state,
            line.step or "",
            f"{line.started_at.astimezone(edge.settings.zone):%Y-%m-%d %H:%M:%S}",
        )
    edge.out.print(table)
    for line in runs:
        if line.error is not None:
            told = f"  {line.as_of_date}, attempt {line.attempt}: {line.error}"
            edge.out.print(told, markup=False, soft_wrap=True)


def _told(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "none"


def _minute(moment: datetime, edge: Edge) -> str:
    return f"{moment.astimezone(edge.settings.zone):%Y-%m-%d %H:%M}"
