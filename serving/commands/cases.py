"""``zhaoren cases``: the clocks between two nights, and a case whose row and events disagree."""

import typer

from serving.commands.edge import Edge
from serving.refusals import ExitCode

app = typer.Typer(help="Clocks of cases, and whether their rows are what their events make.")


@app.command("clocks")
def clocks(context: typer.Context) -> int:
    """Hand overdue cases to the level above now, and count provisional deadlines anew.

    The night does the same; run it every hour where urgent cases are to move up by the hour.
    """
    from serving.cases import escalate_overdue, recompute_provisional

    edge: Edge = context.obj
    with edge.store() as store, store.write(alone=True) as work:
        now = edge.clock()
        day = now.astimezone(edge.settings.zone).date()
        counted = recompute_provisional(work, now=now, day=day)
        moved_up = escalate_overdue(work, now=now, day=day)
    edge.out.print(f"{moved_up} cases moved up, {counted} deadlines counted anew.")
    return int(ExitCode.OK)


@app.command("verify")
def verify(context: typer.Context) -> int:
    """Make sure that every case is what its events make of it."""
    from serving.cases.journal import damaged

    edge: Edge = context.obj
    with edge.store() as store, store.read() as read:
        found = damaged(read)
    for case_id in found:
        edge.err.print(f"case {case_id} is not what its events make of it", markup=False)
    edge.out.print(f"{len(found)} cases differ from their events.")
    return int(ExitCode.LISTS_DAMAGED if found else ExitCode.OK)
