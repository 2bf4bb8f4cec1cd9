"""``zhaoren outbox``: the messages that announce lists."""

import asyncio
import signal
from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from serving.commands.edge import Edge
from serving.refusals import ExitCode, Refusal

app = typer.Typer(no_args_is_help=True, help="Messages that announce lists.")


@app.command("send")
def send_outbox(context: typer.Context) -> int:
    """Send the messages that are due. A scheduler may call this every few minutes."""
    from serving.delivery.relay import send_due

    edge: Edge = context.obj
    targets = edge.settings.message_targets()
    with edge.store() as store, edge.progress() as progress:
        sent = send_due(store, targets=targets, clock=edge.clock, progress=progress)
    edge.out.print(sent.sentence)
    return int(ExitCode.MESSAGES_DEAD if sent.dead else ExitCode.OK)


@app.command("relay")
def run_relay(context: typer.Context) -> int:
    """Send messages as they become due, until stopped (Ctrl-C, SIGTERM); what is in flight lands."""
    from serving.delivery.relay import relay_until

    edge: Edge = context.obj
    targets = edge.settings.message_targets()
    if not targets:
        raise Refusal(
            ExitCode.SETTINGS_WRONG,
            found="no target is configured, so a relay would wait for ever.",
            to_do="Set ZHAOREN_TARGETS or ZHAOREN_WEBHOOK_URL (see `zhaoren settings`).",
        )

    async def until_stopped() -> str:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        sent = await relay_until(
            store, targets=targets, clock=edge.clock, progress=progress, stop=stop
        )
        return sent.sentence

    with edge.store() as store, edge.progress() as progress:
        names = ", ".join(target.name for target in targets)
        edge.out.print(f"Relaying to {names}. Ctrl-C ends it.", markup=False)
        edge.out.print(asyncio.run(until_stopped()))
    return int(ExitCode.OK)


@app.command("show")
def show_outbox(context: typer.Context) -> int:
    """Show what is undelivered, by target and night, and what each was last told."""
    from serving.delivery.waiting import undelivered

    edge: Edge = context.obj
    with edge.store() as store:
        lines = undelivered(store)
    table = Table("night", "target", "state", "messages", "most attempts", "next", "last answer")
    for line in lines:
        due = line.next_attempt_at
        table.add_row(
            str(line.as_of_date or ""),
            line.target,
            line.state,
            str(line.messages),
            str(line.attempts),
            "" if due is None else f"{due.astimezone(edge.settings.zone):%Y-%m-%d %H:%M:%S}",
            line.last_result or "",
        )
    edge.out.print(table if lines else "Everything was delivered.")
    return int(ExitCode.OK)


@app.command("audit")
def audit_outbox(
    context: typer.Context,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The first night to look at.")
    ] = None,
) -> int:
    """Show whether each night's books close: published = announced = delivered + dead + waiting."""
    from serving.delivery.balance import balances

    edge: Edge = context.obj
    with edge.store() as store, store.read() as read:
        found = balances(read, since=None if since is None else since.date())
    table = Table("night", "published", "announced", "target", "delivered", "dead", "waiting")
    for balance in found:
        night = (str(balance.as_of_date), str(balance.published), str(balance.announced))
        for target, counts in (balance.by_target or {"": {"pending": balance.unrouted}}).items():
            states = (str(counts.get(state, 0)) for state in ("delivered", "dead", "pending"))
            table.add_row(*night, target, *states)
    edge.out.print(table)
    is_open = any(balance.published != balance.announced for balance in found)
    return int(ExitCode.NOT_ANNOUNCED if is_open else ExitCode.OK)


@app.command("reconcile")
def reconcile_outbox(
    context: typer.Context,
    since: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The first night.")],
) -> int:
    """Write the messages that published lists lack, and the deliveries that messages lack."""
    from serving.delivery.balance import reconcile

    edge: Edge = context.obj
    targets = edge.settings.message_targets()
    with edge.store() as store:
        done = reconcile(store, targets=targets, since=since.date(), now=edge.clock())
    edge.out.print(f"{done.messages} messages and {done.deliveries} deliveries were missing.")
    return int(ExitCode.OK)


@app.command("replay")
def replay_outbox(
    context: typer.Context,
    target: Annotated[str | None, typer.Option(help="Only to this target.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Also what the target never had of the nights from this date on.",
        ),
    ] = None,
) -> int:
    """Queue the messages that were given up on again, in order, and send them."""
    from serving.delivery.relay import send_due
    from serving.delivery.replaying import catch_up, revive

    edge: Edge = context.obj
    targets = [one for one in edge.settings.message_targets() if target in (None, one.name)]
    if target is not None and not targets:
        raise Refusal(
            ExitCode.NOT_FOUND,
            found=f"there is no target {target}.",
            to_do="See the names in the file of targets.",
        )
    with edge.store() as store, edge.progress() as progress:
        queued = revive(store, targets=targets, now=edge.clock())
        if since is not None:
            queued += sum(
                catch_up(store, target=one, since=since.date(), now=edge.clock()) for one in targets
            )
        sent = send_due(store, targets=targets, clock=edge.clock, progress=progress)
    edge.out.print(f"{queued} queued again; {sent.sentence}")
    return int(ExitCode.MESSAGES_DEAD if sent.dead else ExitCode.OK)
