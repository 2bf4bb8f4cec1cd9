"""``zhaoren export-case``: the copy of everything kept about one household's case."""

import os
from pathlib import Path
from typing import Annotated

import typer

from serving.commands.edge import Edge
from serving.refusals import ExitCode, Refusal

_OWNER_ONLY = 0o600


def export_case(
    context: typer.Context,
    case_or_alert: Annotated[str, typer.Argument(help="The id of a case or of an alert.")],
    out: Annotated[Path, typer.Option(help="A new file ending in .json or .html.")],
    by: Annotated[str, typer.Option(help="Who asks for the copy: a pseudonym. It is audited.")],
) -> int:
    """Write all that is kept about one household's case into one file, for the person to have."""
    from serving.delivery.case_file import NothingKept, as_json, as_page, collect
    from serving.explaining.nights import nights_of

    edge: Edge = context.obj
    writers = {".json": as_json, ".html": as_page}
    if out.suffix not in writers:
        raise typer.BadParameter("end it in .json or .html", param_hint="--out")
    if out.exists():
        raise typer.BadParameter("the file exists already; name a new one", param_hint="--out")
    try:
        with edge.store() as store, store.write() as work:
            household_id, content = collect(
                work, case_or_alert_id=case_or_alert, by=by, now=edge.clock()
            )
    except NothingKept:
        raise Refusal(
            ExitCode.NOT_FOUND,
            found="there is no case and no alert of this id.",
            to_do="Take the id from the list or from `zhaoren status`.",
        ) from None
    content["nights"] = nights_of(edge.settings.home, household_id, place=edge.settings.place)
    # After the audit entry is committed, and for nobody but whoever asked.
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "wb") as file:
        file.write(writers[out.suffix](content))
    edge.out.print(f"Written to {out}. It holds personal data: hand it over and delete it.")
    return int(ExitCode.OK)
