"""``zhaoren-lab what-if``: who would come inside or leave each line if a figure of policy were another."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

_SUFFIXES = (".html", ".png", ".csv")


def what_if(
    home: Annotated[
        Path, typer.Option("--home", envvar="ZHAOREN_HOME", help="Home with a kept night.")
    ],
    as_of_date: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The night.")],
    changes: Annotated[
        list[str],
        typer.Option("--set", help="dibao.standard=+10%, =-5%, =+50 or =1300; repeatable."),
    ],
    region: Annotated[
        str, typer.Option(envvar="ZHAOREN_REGION", help="Whose figures, as cn.jiangsu.wuxi.binhu.")
    ] = "cn.default",
    regions: Annotated[
        Path | None, typer.Option(envvar="ZHAOREN_REGIONS", help="Folder of own figures.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Also write a .html page, a .png picture or a .csv table.")
    ] = None,
) -> None:
    """Ask the rules of a kept night twice: with the figures in force, and with others.

    Nobody is named: only counts, money and visits. What cannot be told is counted apart, never as outside.
    """
    from experiments.what_if import NothingToAsk
    from experiments.what_if import what_if as ask
    from experiments.what_if_shown import show, write
    from features.parameters import ParameterError

    if out is not None and out.suffix not in _SUFFIXES:
        raise typer.BadParameter(f"--out {out.name}: give a name that ends in .html, .png or .csv")
    try:
        answer = ask(
            home,
            as_of_date=as_of_date.date(),
            region=region,
            changes=dict(_split(change) for change in changes),
            own=regions,
        )
    except (NothingToAsk, ParameterError) as error:
        raise typer.BadParameter(str(error)) from error
    show(answer, Console())
    if out is not None:
        write(answer, out)
        typer.echo(f"written: {out}")


def _split(change: str) -> tuple[str, str]:
    name, equals, value = change.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise typer.BadParameter(f"--set {change}: write it as dibao.standard=+10%")
    return name.strip(), value.strip()
