"""``zhaoren tokens``: who may ask the API."""

from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table

from serving.commands.edge import Edge
from serving.commands.places import PLACE_HELP, place_from, role_from
from serving.refusals import ExitCode, Refusal

app = typer.Typer(no_args_is_help=True, help="Who may ask the API.")


@app.command("issue")
def issue_token(
    context: typer.Context,
    worker: Annotated[str, typer.Option(help="Whose token it is: a pseudonym, never a name.")],
    role: Annotated[
        str | None, typer.Option(help="A newcomer's role: see `zhaoren members roles`.")
    ] = None,
    scope: Annotated[str | None, typer.Option(help=f"Where: {PLACE_HELP}")] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="Days until it expires.")] = 90,
) -> None:
    """Make a token; for a newcomer (role and scope) also the membership. It is shown once.

    A token only says who somebody is. Where and as what they act is `zhaoren members`.
    """
    from serving.access.members import begin_membership
    from serving.access.tokens import issue

    edge: Edge = context.obj
    if (role is None) != (scope is None):
        raise typer.BadParameter("give --role and --scope together, or neither")
    now = edge.clock()
    with edge.store() as store, store.write() as work:
        if role is not None and scope is not None:
            acts_as = role_from(role)
            level, place_id = place_from(scope, hint="--scope")
            begin_membership(
                work, worker_id=worker, role=acts_as, level=level, place_id=place_id, now=now
            )
        issued = issue(work, worker_id=worker, now=now, expires_at=now + timedelta(days=days))
    edge.out.print(f"token {issued.token_id}, expires in {days} days. It is not shown again:")
    edge.out.print(issued.secret, markup=False, soft_wrap=True)


@app.command("revoke")
def revoke_token(context: typer.Context, token_id: str) -> int:
    """End a token at once."""
    from serving.access.tokens import revoke

    edge: Edge = context.obj
    with edge.store() as store, store.write() as work:
        ended = revoke(work, token_id=token_id, now=edge.clock())
    if ended:
        edge.out.print(f"token {token_id} is revoked.")
        return int(ExitCode.OK)
    raise Refusal(
        ExitCode.NOT_FOUND,
        found=f"there is no token {token_id} in force.",
        to_do="See `zhaoren tokens list`.",
    )


@app.command("list")
def list_tokens(context: typer.Context) -> None:
    """Show every token ever issued, without its secret."""
    from serving.access.tokens import tokens

    edge: Edge = context.obj
    with edge.store() as store, store.read() as read:
        rows = tokens(read)
    table = Table("token", "worker", "expires", "revoked")
    for row in rows:
        told = row._mapping
        table.add_row(
            str(told["token_id"]),
            str(told["worker_id"]),
            f"{told['expires_at']:%Y-%m-%d}",
            f"{told['revoked_at']:%Y-%m-%d %H:%M}" if told["revoked_at"] else "",
        )
    edge.out.print(table)


@app.command("webhook-secret")
def webhook_secret(context: typer.Context) -> None:
    """Make a secret for ZHAOREN_WEBHOOK_SECRET; the receiver needs the same."""
    import base64
    import secrets

    edge: Edge = context.obj
    edge.out.print(f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}", soft_wrap=True)
