"""``zhaoren explain``: how every rule was answered for a household, to be checked by hand."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from serving.commands.edge import Edge
from serving.refusals import ExitCode


class Format(StrEnum):
    """How it is told."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


def explain(
    context: typer.Context,
    household: Annotated[str, typer.Argument(help="Number of the household, as on a list.")],
    as_of_date: Annotated[
        datetime | None,
        typer.Option("--as-of-date", formats=["%Y-%m-%d"], help="Published night, else the last."),
    ] = None,
    home: Annotated[
        Path | None, typer.Option(help="Folder of all state, instead of ZHAOREN_HOME.")
    ] = None,
    form: Annotated[
        Format, typer.Option("--format", help="A page for people, or JSON.")
    ] = Format.TEXT,
) -> int:
    """Show every comparison behind every answer: value, line, document, what is missing and whom to ask.

    It decides nothing: it shows what the night reckoned, so that somebody can check it.
    """
    from serving.explaining.answers import Asked, explained, known_nights, no_night, not_known
    from serving.explaining.pages import print_text, to_html, to_json

    edge: Edge = context.obj
    home = home or edge.settings.home
    nights = known_nights(home)
    day = as_of_date.date() if as_of_date else max(nights, default=edge.clock().date())
    if day not in nights:
        raise no_night(home, as_of_date=day)
    matrix = home / "matrices" / f"{day.isoformat()}.parquet"
    asked = Asked(matrix=matrix, household_id=household, as_of_date=day)
    content = explained(asked, edge.settings.place)
    if content is None:
        raise not_known(home, household, as_of_date=day)
    if form is Format.TEXT:
        print_text(content, edge.out)
    else:
        told = to_json(content) if form is Format.JSON else to_html(content)
        edge.out.file.write(told)
    return int(ExitCode.OK)
