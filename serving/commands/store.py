"""``zhaoren store``: where the store is, and bringing PostgreSQL's tables up to date."""

from typing import Annotated

import typer

from serving.commands.edge import Edge
from serving.refusals import ExitCode, Refusal

app = typer.Typer(no_args_is_help=True, help="The database of lists, cases and outcomes.")

SERVING_ROLE = "zhaoren_serving"


@app.command("upgrade")
def upgrade_store(
    context: typer.Context,
    serving_role: Annotated[
        str, typer.Option(help="The role that nightly and serve work as.")
    ] = SERVING_ROLE,
) -> int:
    """Make or change the tables in PostgreSQL; run as the role that owns them.

    SQLite needs no such thing: it is brought up to date whenever it is opened.
    """
    from serving.store.connection import open_unchecked
    from serving.store.guards import grants
    from serving.store.migrating import head, make_ready
    from serving.store.roles import check_owner, has_role

    edge: Edge = context.obj
    store = open_unchecked(edge.settings.home, url=edge.settings.store_address)
    try:
        with store.write(alone=True) as work:
            if store.is_postgresql:
                check_owner(work)
                if not has_role(work, serving_role):
                    raise Refusal(
                        ExitCode.NOT_FOUND,
                        found=f"the database knows no role {serving_role}.",
                        to_do="As its administrator:"
                        f" CREATE ROLE {serving_role} LOGIN PASSWORD '...';",
                    )
            make_ready(work)
            for statement in grants(serving_role) if store.is_postgresql else ():
                work.exec_driver_sql(statement)
    finally:
        store.close()
    edge.out.print(f"The store is at step {head()}.")
    return int(ExitCode.OK)


@app.command("tidy")
def tidy_store(context: typer.Context) -> None:
    """Delete kept answers, notices and sent digests that are older than the settings say; each night does."""
    edge: Edge = context.obj
    edge.out.print(f"{tidy_up(edge)}.", markup=False)


def tidy_up(edge: Edge) -> str:
    """Delete what has been kept long enough, and say what that was."""
    from serving.store.retention import tidy

    with edge.store() as store, store.write() as work:
        return tidy(
            work,
            now=edge.clock(),
            answered_days=edge.settings.keep_answered_days,
            notices_days=edge.settings.keep_notices_days,
        ).sentence


@app.command("show")
def show_store(context: typer.Context) -> None:
    """Say which database it is and how far its tables are."""
    from serving.store.migrating import version

    edge: Edge = context.obj
    with edge.store() as store, store.read() as read:
        reached = version(read)
        kind = "PostgreSQL" if store.is_postgresql else f"SQLite ({edge.settings.home}/store.db)"
    edge.out.print(f"{kind}, step {reached}", markup=False, soft_wrap=True)
