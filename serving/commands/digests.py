"""``zhaoren digests`` and ``zhaoren heartbeat``: words to visitors in the morning, and to operators."""

from typing import TYPE_CHECKING

import typer
from rich.table import Table

from serving.commands.edge import Edge
from serving.refusals import ExitCode, Refusal

if TYPE_CHECKING:
    from serving.delivery.digests.gateways import Gateways

app = typer.Typer(no_args_is_help=True, help="One short message per visitor and night.")


@app.command("send")
def send_digests(context: typer.Context) -> int:
    """Send each visitor the digest of the newest list that is due. Safe to repeat: one each per night."""
    from serving.delivery.digests.sending import prepare, send_due_digests
    from serving.ledger.runs import latest_publication

    edge: Edge = context.obj
    gateways = _gateways(edge)
    with edge.store() as store:
        night = latest_publication(store)
        if night is None:
            edge.out.print("Nothing has been published yet.")
            return int(ExitCode.OK)
        prepare(store, gateways, night=night, now=edge.clock())
        handed = send_due_digests(store, gateways, night=night, clock=edge.clock)
    edge.out.print(
        f"{night.as_of_date}: {handed.sent} sent, {handed.to_retry} to retry, {handed.failed} failed."
    )
    return int(ExitCode.MESSAGES_DEAD if handed.failed else ExitCode.OK)


@app.command("show")
def show_digests(context: typer.Context) -> int:
    """Show digests by night and state, and the pseudonyms of those whose digest is not known to be sent."""
    from serving.delivery.digests.overview import overview

    edge: Edge = context.obj
    with edge.store() as store:
        lines = overview(store, now=edge.clock())
    table = Table("night", "state", "digests", "of whom", "last answer")
    for line in lines:
        table.add_row(
            str(line.as_of_date),
            line.state,
            str(line.digests),
            ", ".join(line.workers),
            line.last_result or "",
        )
    edge.out.print(table)
    return int(ExitCode.OK)


def heartbeat(context: typer.Context) -> int:
    """Make sure that this morning's list came; if not, tell the operators' gateway once and return 35.

    For a scheduler of its own, every few minutes: it works where the night did not even start.
    """
    from serving.delivery.heartbeat import look, not_told_yet, note_told
    from serving.lists.list_policy import load_list_policy
    from serving.store.connection import StoreUnavailable

    edge: Edge = context.obj
    gateways = None if edge.settings.gateways is None else _gateways(edge)
    now = edge.clock()
    today = now.astimezone(edge.settings.zone).date()
    policy = load_list_policy(edge.settings.list_policy, as_of_date=today)
    try:
        with edge.store() as store:
            findings = look(store, now=now, zone=edge.settings.zone, ready_hour=policy.ready_hour)
            news = not_told_yet(store, findings)
            if news and gateways is not None:
                said = gateways.tell_operators(
                    title="zhaoren", body="\n".join(finding.sentence for finding in news)
                )
                if said is not None and said.is_accepted:
                    note_told(store, news, now=now)
                elif said is not None:
                    edge.err.print(f"the operators' gateway said: {said.told}")
    except StoreUnavailable:
        if gateways is not None:
            gateways.tell_operators(title="zhaoren", body="the store cannot be opened")
        raise
    for finding in findings:
        edge.err.print(f"{finding.trouble}: {finding.sentence}", markup=False, soft_wrap=True)
    if not findings:
        edge.out.print("The list is there and everything of it arrived.")
    return int(ExitCode.LIST_MISSING if findings else ExitCode.OK)


def _gateways(edge: Edge) -> "Gateways":
    from serving.delivery.digests.gateways import GatewaysWrong, read_gateways

    if edge.settings.gateways is None:
        raise Refusal(
            ExitCode.SETTINGS_WRONG,
            found="ZHAOREN_GATEWAYS is not set, so there is nobody to tell.",
            to_do="Name the YAML file of gateways.",
        )
    try:
        return read_gateways(edge.settings.gateways)
    except GatewaysWrong as error:
        raise Refusal(
            ExitCode.SETTINGS_WRONG,
            found=f"ZHAOREN_GATEWAYS: {error}.",
            to_do="Correct the file and start again.",
        ) from None
