"""What another figure of policy would do, as tables, a picture, a page and CSV."""

import base64
import io
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from experiments.what_if import ASSUMPTIONS, WhatIf

_BLUE, _ORANGE, _LIGHT, _GREY = "#0072B2", "#D55E00", "#BBBBBB", "#555555"
_MOST_GRIDS = 15


def show(answer: WhatIf, console: Console) -> None:
    """Print every table."""
    console.print(
        f"What if, {answer.region}, night of {answer.as_of_date}, {answer.households:,} households:",
        highlight=False,
    )
    for before, after in answer.changed:
        console.print(
            f"  {before.name}: {_figure(before.value)} -> {_figure(after.value)} {before.unit}",
            highlight=False,
        )
    console.print(_lines(answer), _tiers(answer), _spending(answer))
    for assumption in ASSUMPTIONS:
        console.print(f"  assumed: {assumption}", highlight=False, soft_wrap=True)
    console.print(_visits(answer))


def csv_of(answer: WhatIf) -> str:
    """Return one row per rule."""
    rows = pd.DataFrame([vars(line) for line in answer.lines])
    text: str = rows.to_csv(index=False, lineterminator="\n")
    return text


def picture(answer: WhatIf) -> Figure:
    """Draw who surely leaves (left of zero) and enters each line, and beside it who may, on a scale of its own."""
    shown = [line for line in answer.lines if line.is_touched]
    figure = Figure(figsize=(10, 0.5 * max(len(shown), 1) + 2), layout="constrained")
    surely, at_most = figure.subplots(1, 2, sharey=True)
    for place, line in enumerate(shown):
        _bar(surely, place, line.entering, color=_BLUE)
        _bar(surely, place, -line.leaving, color=_ORANGE)
        _bar(at_most, place, line.entering_at_most, color=_LIGHT)
        _bar(at_most, place, -line.leaving_at_most, color=_LIGHT)
    surely.set_yticks(range(len(shown)), [line.rule_id for line in shown], fontsize=9)
    surely.invert_yaxis()
    for axes, title in ((surely, "surely"), (at_most, "at most, with those nobody can tell")):
        axes.axvline(0, color=_GREY, lw=1)
        axes.margins(x=0.2)
        axes.set_title(title, fontsize=10)
        axes.set_xlabel("households: leaving < 0 < entering")
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    changed = ", ".join(
        f"{before.name} {_figure(before.value)} -> {_figure(after.value)}"
        for before, after in answer.changed
    )
    figure.suptitle(f"{changed}\n{answer.region}, {answer.as_of_date}", fontsize=10)
    return figure


def _bar(axes: Axes, place: int, households: int, *, color: str) -> None:
    if households:
        axes.barh(place, households, color=color, height=0.6)
        inside = "left" if households > 0 else "right"
        axes.text(households, place, f" {abs(households):,} ", va="center", ha=inside, fontsize=8)


def write(answer: WhatIf, out: Path) -> None:
    """Write a picture (.png), a page with tables and picture (.html), or a table of the lines (.csv)."""
    if out.suffix == ".csv":
        out.write_text(csv_of(answer), encoding="utf-8")
        return
    drawn = io.BytesIO()
    picture(answer).savefig(drawn, format="png", dpi=110)
    if out.suffix == ".png":
        out.write_bytes(drawn.getvalue())
        return
    recorded = Console(record=True, width=130, file=io.StringIO())
    show(answer, recorded)
    page = recorded.export_html(inline_styles=True)
    image = base64.b64encode(drawn.getvalue()).decode()
    out.write_text(
        page.replace(
            "</body>",
            f'<img alt="entering and leaving" src="data:image/png;base64,{image}"></body>',
        ),
        encoding="utf-8",
    )


def _lines(answer: WhatIf) -> Table:
    touched = [line for line in answer.lines if line.is_touched]
    rest = len(answer.lines) - len(touched)
    table = Table(
        title=f"Who crosses each line (at least .. at most); {rest} other rules are not touched",
        title_justify="left",
    )
    for name in ("rule", "inside", "after", "untold", "after", "entering", "leaving"):
        table.add_column(name, overflow="fold", justify="left" if name == "rule" else "right")
    for line in touched:
        table.add_row(
            line.rule_id, f"{line.inside_before:,}", f"{line.inside_after:,}",
            f"{line.untold_before:,}", f"{line.untold_after:,}",
            _between(line.entering, line.entering_at_most),
            _between(line.leaving, line.leaving_at_most),
        )  # fmt: skip
    return table


def _tiers(answer: WhatIf) -> Table:
    wide = answer.tiers.pivot_table(
        index="tier_before", columns="tier_after", values="households", aggfunc="sum", fill_value=0
    )
    title = "Highest tier, before (rows) and after (columns)"
    table = Table("before", *map(str, wide.columns), title=title, title_justify="left")
    for tier, row in wide.iterrows():
        table.add_row(str(tier), *(f"{int(count):,}" for count in row))
    return table


def _spending(answer: WhatIf) -> Table:
    table = Table(
        "tier",
        "before",
        "after",
        "change",
        title="Yuan a month (low .. high)",
        title_justify="left",
    )
    for one in answer.spending:
        table.add_row(
            one.tier,
            _between(one.low_before, one.high_before),
            _between(one.low_after, one.high_after),
            _between(one.low_after - one.low_before, one.high_after - one.high_before),
        )
    return table


def _visits(answer: WhatIf) -> Table:
    total, grids = int(answer.visits["inside"].sum()), len(answer.visits)
    untold = int(answer.visits["untold"].sum())
    title = f"Visits more: {total:,} surely, {total + untold:,} at most, in {grids:,} grids"
    table = Table("grid", "newly inside", "newly untold", title=title, title_justify="left")
    for row in answer.visits.head(_MOST_GRIDS).itertuples(index=False):
        table.add_row(str(row.area_id), str(row.inside), str(row.untold))
    return table


def _between(low: float, high: float) -> str:
    return f"{low:,.0f}" if low == high else f"{low:,.0f} .. {high:,.0f}"


def _figure(value: float | None) -> str:
    return "unknown" if value is None else f"{value:g}"
