"""``zhaoren tokens``: who may ask the API."""

from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table

from serving.commands.edge import Edge
from serving.refusals import ExitCode, Refusal

app = typer.Typer(no_args_is_help=True, help="Who may ask the API.")


@app.command("issue")
def issue_token(
    context: typer.Context,
    worker: Annotated[str, typer.Option(help="Whose token it is: a pseudonym, never a name.")],
    role: Annotated[
        str, typer.Option(help="grid_worker, street_officer, social_worker, supervisor")
    ],
    scope: Annotated[str, typer.Option(help="<grid|community|street|district>:<id>")],
    days: Annotated[int, typer.Option(min=1, max=366, help="Days until it expires.")] = 90,
) -> None:
    """Make a token. It is shown once."""
    from serving.tokens import Caller, Role, ScopeLevel, issue

    edge: Edge = context.obj
    level, colon, scope_id = scope.partition(":")
    if not colon or not scope_id or level not in list(ScopeLevel):
        raise typer.BadParameter(f"{scope!r}: write for example street:S01", param_hint="--scope")
    if role not in list(Role):
        raise typer.BadParameter(f"{role!r}: one of {', '.join(Role)}", param_hint="--role")
    now = edge.clock()
    caller = Caller(
        worker_id=worker, role=Role(role), scope_level=ScopeLevel(level), scope_id=scope_id
    )
    with edge.store() as store, store.write() as work:
        issued = issue(work, caller=caller, now=now, expires_at=now + timedelta(days=days))
    edge.out.print(f"token {issued.token_id}, expires in {days} days. It is not shown again:")
    edge.out.print(issued.secret, markup=False, soft_wrap=True)


@app.command("revoke")
def revoke_token(context: typer.Context, token_id: str) -> int:
    """End a token at once."""
    from serving.tokens import revoke

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
    from serving.tokens import tokens

    edge: Edge = context.obj
    with edge.store() as store, store.read() as read:
        rows = tokens(read)
    table = Table("token", "worker", "role", "scope", "expires", "revoked")
    for row in rows:
        told = row._mapping
        table.add_row(
            str(told["token_id"]),
            str(told["worker_id"]),
            str(told["role"]),
            f"{told['scope_level']}:{told['scope_id']}",
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
