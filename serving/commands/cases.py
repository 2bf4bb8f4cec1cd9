"""``zhaoren cases``: who holds them, their clocks between two nights, rows and events that disagree."""

import typer
from rich.table import Table

from serving.commands.edge import Edge
from serving.refusals import ExitCode

app = typer.Typer(
    help="Who holds the open cases, their clocks, and whether rows are what events make."
)


_LEVELS = {"grid": "网格", "street": "街道", "district": "区"}
_STATES = {"open": "待走访", "searching": "查找中"}


@app.command("held")
def held(context: typer.Context) -> int:
    """Show how many open cases the grids, streets and the district hold now."""
    from serving.cases.sla import held_now

    edge: Edge = context.obj
    with edge.store() as store, store.read() as read:
        found = held_now(read, now=edge.clock())
    table = Table("层级", "状态", "户数", "逾期", "待定", title="未结案家庭", title_justify="left")
    for one in found:
        counts = (one.cases, one.overdue, one.provisional)
        table.add_row(_LEVELS[one.level], _STATES[one.state], *map(str, counts))
    edge.out.print(table)
    return int(ExitCode.OK)


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
