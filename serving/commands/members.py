"""``zhaoren members``: who may act where, and as what."""

from typing import Annotated

import typer
from rich.table import Table

from serving.commands.edge import Edge
from serving.commands.places import PLACE_HELP, place_from, role_from
from serving.refusals import ExitCode, Refusal

app = typer.Typer(no_args_is_help=True, help="Who may act where, from the next request on.")

Worker = Annotated[str, typer.Option(help="Who: a pseudonym, never a name.")]


@app.command("add")
def add_member(
    context: typer.Context,
    worker: Worker,
    role: Annotated[str, typer.Option(help="See `zhaoren members roles`.")],
    scope: Annotated[str, typer.Option(help=PLACE_HELP)],
) -> None:
    """Let somebody act in a place. They may act in several."""
    from serving.access.members import begin_membership
    from serving.access.places import current_path

    edge: Edge = context.obj
    acts_as, (level, place_id) = role_from(role), place_from(scope, hint="--scope")
    with edge.store() as store, store.write() as work:
        begin_membership(
            work,
            worker_id=worker,
            role=acts_as,
            level=level,
            place_id=place_id,
            now=edge.clock(),
        )
        is_known = current_path(work, level=level, place_id=place_id) is not None
    edge.out.print(f"{worker} acts as {role} in {scope}.", markup=False)
    if not is_known:
        edge.out.print("No night has brought this place yet: until then nothing is reached by it.")


@app.command("end")
def end_member(
    context: typer.Context,
    worker: Worker,
    role: Annotated[str | None, typer.Option(help="Only as this.")] = None,
    scope: Annotated[str | None, typer.Option(help=f"Only here: {PLACE_HELP}")] = None,
) -> int:
    """End what somebody may do: everything, or as one role, or in one place."""
    from serving.access.members import end_memberships

    edge: Edge = context.obj
    level, place_id = (None, None) if scope is None else place_from(scope, hint="--scope")
    with edge.store() as store, store.write() as work:
        ended = end_memberships(
            work,
            worker_id=worker,
            now=edge.clock(),
            role=None if role is None else role_from(role),
            level=level,
            place_id=place_id,
        )
    if ended == 0:
        raise Refusal(
            ExitCode.NOT_FOUND,
            found="there is no such membership in force.",
            to_do="See `zhaoren members list`.",
        )
    edge.out.print(f"{ended} memberships of {worker} ended.", markup=False)
    return int(ExitCode.OK)


@app.command("move")
def move_member(
    context: typer.Context,
    worker: Worker,
    role: Annotated[str, typer.Option(help="As what.")],
    origin: Annotated[str, typer.Option("--from", help=PLACE_HELP)],
    target: Annotated[str, typer.Option("--to", help=PLACE_HELP)],
) -> int:
    """End a membership and begin the same one elsewhere, at one moment."""
    from serving.access.members import begin_membership, end_memberships

    edge: Edge = context.obj
    acts_as, now = role_from(role), edge.clock()
    level, place_id = place_from(origin, hint="--from")
    new_level, new_place = place_from(target, hint="--to")
    with edge.store() as store, store.write() as work:
        ended = end_memberships(
            work, worker_id=worker, now=now, role=acts_as, level=level, place_id=place_id
        )
        if ended:
            begin_membership(
                work,
                worker_id=worker,
                role=acts_as,
                level=new_level,
                place_id=new_place,
                now=now,
            )
    if not ended:
        raise Refusal(
            ExitCode.NOT_FOUND,
            found=f"nobody of that name acts as {role} in {origin} now.",
            to_do="See `zhaoren members list`.",
        )
    edge.out.print(f"{worker} acts as {role} in {target} from now on.", markup=False)
    return int(ExitCode.OK)


@app.command("list")
def list_members(context: typer.Context) -> None:
    """Show every membership there ever was."""
    from serving.access.members import members

    edge: Edge = context.obj
    with edge.store() as store, store.read() as read:
        rows = members(read)
    table = Table("worker", "role", "place", "from", "to")
    for row in rows:
        told = row._mapping
        table.add_row(
            str(told["worker_id"]),
            str(told["role"]),
            f"{told['level']}:{told['place_id']}",
            f"{told['valid_from']:%Y-%m-%d %H:%M}",
            f"{told['valid_to']:%Y-%m-%d %H:%M}" if told["valid_to"] else "",
        )
    edge.out.print(table)


@app.command("roles")
def list_roles(context: typer.Context) -> None:
    """Show what each role may do and which classes of facts it is shown."""
    from serving.access.roles import role_table

    edge: Edge = context.obj
    table = Table("role", "", "may", "is shown", "where a child lives")
    for role, rule in role_table().roles.items():
        table.add_row(
            role.value,
            rule.title,
            ", ".join(sorted(rule.rights)),
            ", ".join(sorted(rule.shown)),
            ", ".join(sorted(rule.with_child)),
        )
    edge.out.print(table)
