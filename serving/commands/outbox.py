"""``zhaoren outbox``: the messages that announce lists."""

import typer

from serving.commands.edge import Edge
from serving.refusals import ExitCode

app = typer.Typer(no_args_is_help=True, help="Messages that announce lists.")


@app.command("send")
def send_outbox(context: typer.Context) -> int:
    """Send the messages that are due. A scheduler may call this every few minutes."""
    from serving.delivery.outbox import send_due

    edge: Edge = context.obj
    with edge.store() as store, edge.progress() as progress:
        sent = send_due(store, poster=edge.settings.poster(), clock=edge.clock, progress=progress)
    edge.out.print(sent.sentence)
    return int(ExitCode.MESSAGES_DEAD if sent.dead else ExitCode.OK)


@app.command("replay")
def replay_outbox(context: typer.Context) -> int:
    """Queue the messages that were given up on again, in order, and send them."""
    from serving.delivery.outbox import revive, send_due

    edge: Edge = context.obj
    poster = edge.settings.poster()
    with edge.store() as store, edge.progress() as progress:
        revived = revive(store, url=poster.url if poster else None, now=edge.clock())
        sent = send_due(store, poster=poster, clock=edge.clock, progress=progress)
    edge.out.print(f"{revived} queued again; {sent.sentence}")
    return int(ExitCode.MESSAGES_DEAD if sent.dead else ExitCode.OK)
