"""``zhaoren-lab features``: what is declared, and what one feature looks like in the matrices of a home."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from experiments.feature_browser.look import Era
    from features.deployment import Deployment
    from features.matrix import Arrivals

app = typer.Typer(help="Look at features: declared, computed, drifting.", no_args_is_help=True)

_PAGE = 170

CONFIGS = Path(__file__).parents[1] / "configs"

Config = Annotated[
    str, typer.Option("--config", help="Experiment whose deployment is meant; a name or a file.")
]


@app.command("list")
def list_features(
    config: Config = "district",
    group: Annotated[str | None, typer.Option(help="Only of this group.")] = None,
    search: Annotated[
        str | None, typer.Option(help="Only with this word anywhere in the declaration.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Whole declarations as JSON.")] = False,
) -> None:
    """List declared features: name, unit, meaning of missing, class, feeds, words."""
    from experiments.feature_browser.matrices import NothingToShow
    from features.declared import declared

    deployment = _deployment(config)
    known = sorted(one.name for one in deployment.groups)
    if group is not None and group not in known:
        raise NothingToShow(f"no group {group!r}; there are {', '.join(known)}")
    found = [
        one
        for one in declared(deployment)
        if group in (None, one.group) and (search is None or one.says(search))
    ]
    if as_json:
        typer.echo(json.dumps([one.record for one in found], ensure_ascii=False, indent=2))
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("feature", no_wrap=True)
    for name in ("unit", "missing", "class", "sources", "words"):
        table.add_column(name, overflow="fold")
    for one in found:
        table.add_row(
            one.name, one.unit, one.missing, one.sensitivity,
            ", ".join(one.sources), one.phrase or "",
        )  # fmt: skip
    _console().print(table)
    typer.echo(f"{len(found)} features of deployment {deployment.name}.")


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="Feature, as in `features list`.")],
    home: Annotated[
        Path, typer.Option("--home", envvar="ZHAOREN_HOME", help="Home with matrices and a lake.")
    ],
    config: Config = "district",
    matrices: Annotated[
        Path | None, typer.Option(help="Folder of matrices, else <home>/matrices.")
    ] = None,
    reference: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Date drift is measured against, else the first."),
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="Picture to write: .png or .svg.")] = None,
) -> None:
    """Show one feature: definition, values, where it is unknown and since when, drift."""
    from experiments.feature_browser.look import eras, find
    from experiments.feature_browser.matrices import NothingToShow, matrices_of

    deployment = _deployment(config)
    feature, group = find(deployment, name)
    there = matrices_of(matrices or home / "matrices")
    start = next(iter(there)) if reference is None else reference.date()
    if start not in there:
        raise NothingToShow(f"no matrix of {start}; there are {', '.join(map(str, there))}")
    found = eras(
        feature, group, there,
        deployment=deployment, arrivals=_arrivals(home), reference=start,
    )  # fmt: skip
    console = _console()
    _define(console, deployment, name)
    if not found:
        console.print("No matrix here has it yet: they were built before it was declared.")
        return
    start = start if start in {one.as_of_date for one in found} else found[0].as_of_date
    _values(console, found)
    _unknown(console, found)
    _drift(console, found, start)
    if plot is not None:
        from experiments.feature_browser.picture import picture

        picture(feature, found, there, reference=start).savefig(plot, dpi=110)
        console.print(f"Picture: {plot}", soft_wrap=True)


@app.command()
def contract(
    config: Config = "district",
    out: Annotated[Path | None, typer.Option(help="File to write, else the terminal.")] = None,
) -> None:
    """Write the contract of the feature matrix in the open standard (ODCS)."""
    from features.matrix_odcs import matrix_odcs

    text = matrix_odcs(_deployment(config))
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
        typer.echo(f"Contract: {out}")


@app.command()
def page(
    out: Annotated[Path, typer.Option(help="HTML file to write.")],
    config: Config = "district",
) -> None:
    """Write the catalogue as one HTML file that needs no network."""
    from experiments.feature_browser.page import catalogue_page

    out.write_text(catalogue_page(_deployment(config)), encoding="utf-8")
    typer.echo(f"Catalogue: {out}")


@app.command()
def drift(
    home: Annotated[
        Path, typer.Option("--home", envvar="ZHAOREN_HOME", help="Home with matrices.")
    ],
    config: Config = "district",
    matrices: Annotated[
        Path | None, typer.Option(help="Folder of matrices, else <home>/matrices.")
    ] = None,
    most: Annotated[int, typer.Option(min=1, help="Features to show, the worst first.")] = 20,
) -> None:
    """Compare the last matrix with the first: PSI and unknown values of every feature."""
    from experiments.feature_browser.matrices import matrices_of
    from features.drift import drift_list

    deployment = _deployment(config)
    there: Mapping[date, Path] = matrices_of(matrices or home / "matrices")
    first, last = next(iter(there)), list(there)[-1]
    found = drift_list(there[first], there[last], deployment.groups)
    table = Table("feature", "verdict", "PSI", "unknown then", "now", "why", box=None)
    for one in found[:most]:
        index = "" if one.psi is None else f"{one.psi:.3f}"
        table.add_row(
            one.feature, one.verdict, index, f"{one.missing_then:.1%}", f"{one.missing_now:.1%}",
            "; ".join(one.reasons),
        )  # fmt: skip
    console = _console()
    console.print(table)
    blocked = sum(one.verdict == "block" for one in found)
    console.print(
        f"{last} against {first}: {len(found)} features, {blocked} over a blocking bar,"
        f" {sum(one.verdict == 'warn' for one in found)} over a warning bar."
    )


def _define(console: Console, deployment: "Deployment", name: str) -> None:
    from features.declared import declared

    [one] = [each for each in declared(deployment) if each.name == name]
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    lines = {
        one.name: one.description,
        "group": f"{one.title} ({one.module})",
        "unit, type": f"{one.unit}, {one.dtype}",
        "window": "state" if one.window_days is None else f"{one.window_days} days",
        "no fact means": one.missing,
        "class, purpose": f"{one.sensitivity}, {one.purpose}",
        "direction": one.direction or "not known",
        "words": one.phrase or "none: never shown to a visitor",
        "words if unknown": one.phrase_unknown or "none",
        "dated by": one.dated_by or "nothing",
        "rests on": ", ".join(one.sources),
    }
    for label, text in lines.items():
        table.add_row(label, text)
    console.print(table, highlight=False, markup=False)


def _values(console: Console, found: "list[Era]") -> None:
    console.print("\nValues where known", style="bold")
    if found[-1].classes:
        names = list(dict.fromkeys(name for era in found for name in era.classes))
        table = Table("as_of_date", "households", *names, box=None)
        for era in found:
            known = sum(era.classes.values()) or 1
            shares = [f"{era.classes.get(name, 0) / known:.1%}" for name in names]
            table.add_row(str(era.as_of_date), f"{era.rows:,}", *shares)
    else:
        columns = ("mean", "zero", "least", "5 %", "25 %", "half", "75 %", "95 %", "most")
        table = Table("as_of_date", "households", *columns, box=None)
        for era in found:
            numbers = [f"{value:,.6g}" for value in era.quantiles] or [""] * 7
            mean = "" if era.mean is None else f"{era.mean:,.6g}"
            zero = "" if era.zeros is None else f"{era.zeros:.1%}"
            table.add_row(str(era.as_of_date), f"{era.rows:,}", mean, zero, *numbers)
    console.print(table)


def _unknown(console: Console, found: "list[Era]") -> None:
    console.print("\nUnknown, by date and department", style="bold")
    sources = found[-1].sources
    heads = [f"{one.department} {one.feed}" for one in sources]
    table = Table("as_of_date", "unknown", *heads, box=None)
    words = {True: "spoke", False: "silent", None: "not looked"}
    for era in found:
        cells = [f"{words[one.spoke]}, {one.missing:.1%}" for one in era.sources]
        table.add_row(str(era.as_of_date), f"{era.missing:.1%}", *cells)
    console.print(table)
    console.print(
        "Behind a feed: whether it delivered within the window, and the mean share unknown of all"
        " features that rest on its department.",
        style="dim",
    )


def _drift(console: Console, found: "list[Era]", reference: date) -> None:
    console.print(f"\nDrift against {reference}", style="bold")
    table = Table("as_of_date", "PSI", "unknown, points", "verdict", "why", box=None)
    for era in found:
        one = era.drift
        table.add_row(
            str(era.as_of_date), "" if one.psi is None else f"{one.psi:.3f}",
            f"{100 * one.missing_jump:+.1f}", one.verdict, "; ".join(one.reasons),
        )  # fmt: skip
    console.print(table)


def _console() -> Console:
    """Return the terminal, or a page wide enough for a table where the output goes to a file."""
    console = Console()
    return console if console.is_terminal else Console(width=_PAGE)


def _arrivals(home: Path) -> "Arrivals | None":
    """Return when feeds delivered; None for a home without a lake."""
    from data_contracts.lake import Lake
    from features.matrix import Arrivals

    if not (home / "catalogue.db").exists():
        return None
    return Arrivals(Lake(home).arrivals())


def _deployment(name: str) -> "Deployment":
    from experiments.config import load_config

    path = Path(name)
    return load_config(
        path if path.suffix == ".yaml" else CONFIGS / f"{name}.yaml"
    ).load_deployment()
