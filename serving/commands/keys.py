"""``zhaoren keys``: the key that makes pseudonyms. It is never shown."""

from typing import Annotated

import typer

from serving.commands.edge import Edge
from serving.refusals import ExitCode, Refusal

app = typer.Typer(no_args_is_help=True, help="The key that makes pseudonyms at the gate.")


@app.command("new")
def new(
    context: typer.Context,
    city: Annotated[str, typer.Option(help="Code of the city; another city's pseudonyms differ.")],
) -> None:
    """Make this home's key. An existing one is never overwritten."""
    from data_contracts.pseudonyms import KEY_FILE, KeyUnusable, new_key

    edge: Edge = context.obj
    path = edge.settings.key_file or edge.settings.home / KEY_FILE
    try:
        made = new_key(path, city=city)
    except KeyUnusable as error:
        raise _refused(error) from error
    edge.out.print(f"key {made.fingerprint} of city {city} is in {path}.", soft_wrap=True)
    edge.out.print(
        "Back it up now, apart from the backups of the data: without it no sealed file opens and"
        " nobody is recognised again; with it pseudonyms can be undone.",
        soft_wrap=True,
    )


@app.command("fingerprint")
def fingerprint(context: typer.Context) -> None:
    """Show which key this home uses, to compare with the note kept beside its backup."""
    from data_contracts.pseudonyms import KEY_FILE, KeyUnusable, load_keyring

    edge: Edge = context.obj
    try:
        keyring = load_keyring(edge.settings.key_file or edge.settings.home / KEY_FILE)
    except KeyUnusable as error:
        raise _refused(error) from error
    edge.out.print(f"key {keyring.fingerprint} of city {keyring.city}", soft_wrap=True)


def _refused(error: Exception) -> Refusal:
    return Refusal(
        ExitCode.KEY_UNUSABLE, found=f"{error}.", to_do="Nothing was written or changed."
    )
