"""Finished groups on a terminal: tables with intervals, one line per difference, plain sentences."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from experiments.groups.comparing import ORIGIN, Compared, Judgement
from experiments.groups.finished import NoSuchResult
from experiments.groups.recipe import BASELINES
from experiments.groups.store import read_table, runs_folder

_WIDTH = 200


def show(parts: Iterator[RenderableType], console: Console) -> None:
    """Print tables wide enough for their intervals, whatever the terminal."""
    for part in parts:
        if isinstance(part, Table):
            Console(file=console.file, width=max(console.width, _WIDTH)).print(part)
        else:
            console.print(part, soft_wrap=True, highlight=False)


def runs_told(runs: list[dict[str, Any]]) -> Iterator[RenderableType]:
    """List finished runs and their groups, the latest run first."""
    for run in runs:
        table = _table(
            f"{run['name']} ({run['key'][:8]}) of {run['at']}, experiment {run['experiment']},"
            f" {run['origin']}",
            "group", "key", "features", "splits", "policies",
        )  # fmt: skip
        for group in run["groups"]:
            table.add_row(
                group["name"],
                group["key"][:8],
                str(group.get("features", "")),
                str(len(group["splits"])),
                str(len(group["policies"])),
            )
        yield table


def judgement_told(found: Judgement, *, most: int = 20) -> Iterator[RenderableType]:
    """Show each group's figures over the dates, the regret of every rule, and the choice."""
    shown = found.groups.head(most)
    table = _table(
        f"{found.metric} at {found.capacity} over {int(shown['dates'].iloc[0])} dates, by {ORIGIN[found.answers]}",
        "group", "mean", "sd", "mean regret", "worst regret", "near the best", "times best",
    )  # fmt: skip
    for _, line in shown.iterrows():
        table.add_row(
            str(line["model_group"]),
            _share(line["mean"]),
            _share(line["sd"]),
            _share(line["mean_regret"]),
            _share(line["worst_regret"]),
            _share(line["near_best"], digits=0),
            str(int(line["times_best"])),
        )
    yield table
    if len(found.groups) > most:
        yield Text(f"{len(found.groups) - most} groups with more regret are not shown.")
    for name, dates in sorted(found.left_out.items()):
        yield Text(f"Left out: {name}, without a figure on {dates} dates.")
    if len(found.choice.rules):
        rules = _table(
            "Rules of choice, by what they cost on later dates (only labels closed by then)",
            "rule", "choices", "mean regret", "worst regret", f"mean {found.metric}", "groups picked",
        )  # fmt: skip
        for _, line in found.choice.rules.iterrows():
            rules.add_row(
                str(line["rule"]),
                str(int(line["choices"])),
                _share(line["mean_regret"]),
                _share(line["worst_regret"]),
                _share(line["value"]),
                str(int(line["groups_picked"])),
            )
        yield rules
    else:
        yield Text("No date has labels closed before a later one: rules cannot be judged yet.")
    yield Text(f"Chosen: {found.choice}.")


def comparison_told(found: Compared) -> Iterator[RenderableType]:
    """Show every figure, every difference with its verdict, overlap and churn."""
    graded = found.figures.loc[found.figures["note"] == ""]
    figures = _table(
        f"Judged by {ORIGIN[found.answers]}",
        "subset", "households x dates", "policy", "capacity", "precision", "worst-best under ties", "recall",
    )  # fmt: skip
    for _, line in graded.iterrows():
        figures.add_row(
            str(line["subset"]),
            str(int(line["rows"])),
            str(line["policy"]),
            str(line["capacity"]),
            _interval(line, "precision"),
            f"{_share(line['precision_worst'])}-{_share(line['precision_best'])}",
            _interval(line, "recall"),
        )
    yield figures
    for _, line in found.figures.loc[found.figures["note"] != ""].iterrows():
        yield Text(f"{line['subset']}: cannot tell, {line['note']}.")
    if len(found.differences):
        yield from _differences(found)
    overlap = _table(
        "The same households?",
        "policy", "other", "capacity", "on both lists (Jaccard)", "least on a date",
        "order of all (Spearman)", "order of the listed",
    )  # fmt: skip
    for _, line in found.overlap.iterrows():
        overlap.add_row(
            str(line["policy"]), str(line["other"]), str(line["capacity"]),
            _share(line["jaccard"]), _share(line["jaccard_lowest"]),
            _number(line["rank_all"]), _number(line["rank_listed"]),
        )  # fmt: skip
    yield overlap
    for policy, lines in found.churn.groupby("policy", sort=False):
        yield Text(
            f"{policy}: {_share(lines['churn'].mean())} of a list was not on the list of the date before"
            f" (highest {_share(lines['churn'].max())}, {len(lines)} changes)."
        )


def errors_told(
    home: Path, run: dict[str, Any], group: str, language: str, *, most: int = 25
) -> Iterator[RenderableType]:
    """Show who is on the list of ``group`` on the last date, and where its lists err.

    Raises:
        NoSuchResult: the run has no learner of that name.
        ResultRefused: the tables were damaged.
    """
    folder, found = runs_folder(home) / str(run["key"]), {}
    for name in ("crosstab", "errors"):
        table = read_table(folder / f"{name}.parquet", key=f"{run['key']} {name}")
        if table is None or table.empty or not (table["model_group"] == group).any():
            learners = [one["name"] for one in run["groups"] if one["name"] != BASELINES]
            raise NoSuchResult(
                f"run {run['name']} has no list of {group!r}; there are: {', '.join(learners)}"
            )
        found[name] = table.loc[table["model_group"] == group]
    apart = _table(
        f"Who is on the list of {group}, last date: the {most} features that differ most",
        "feature", "listed", "rest", "ratio", "medians", "unknown", "standard deviations apart",
    )  # fmt: skip
    for _, line in found["crosstab"].head(most).iterrows():
        name = line["feature"] if pd.isna(line["value"]) else f"{line['feature']} = {line['value']}"
        apart.add_row(
            str(name),
            f"{line['listed_mean']:.4g}",
            f"{line['rest_mean']:.4g}",
            "-" if pd.isna(line["ratio"]) else f"{line['ratio']:.2f}",
            f"{line['listed_median']:.4g} / {line['rest_median']:.4g}",
            f"{_share(line['listed_unknown'], digits=0)} / {_share(line['rest_unknown'], digits=0)}",
            f"{line['difference']:+.2f} ({line['difference_low']:+.2f} to {line['difference_high']:+.2f})",
        )
    yield apart
    told = found["errors"].loc[found["errors"]["language"] == language]
    for question, lines in told.groupby("question", sort=False):
        yield Text(f"\n{str(question).capitalize()}:", style="bold")
        for sentence in lines.sort_values("place")["sentence"]:
            yield Text(f"  {sentence}")


def _differences(found: Compared) -> Iterator[RenderableType]:
    table = _table(
        "Which differences are noise: precision, paired over the same households",
        "subset", "capacity", "policy", "other", "difference, points", "ratio", "verdict",
    )  # fmt: skip
    for _, line in found.differences.iterrows():
        low, value, high = (100 * line[name] for name in ("low", "difference", "high"))
        table.add_row(
            str(line["subset"]), str(line["capacity"]), str(line["policy"]), str(line["other"]),
            f"{value:+.1f} ({low:+.1f} to {high:+.1f})",
            f"{line['ratio']:.2f} ({line['ratio_low']:.2f}-{line['ratio_high']:.2f})",
            str(line["verdict"]),
            style="bold" if line["verdict"] in ("better", "worse") else None,
        )  # fmt: skip
    yield table
    yield Text(
        f"If all {len(found.differences)} differences were noise, about {found.by_chance:.1f} would still"
        " look real: the lines are not independent tests."
    )


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    for place, name in enumerate(columns):
        table.add_column(name, justify="left" if place == 0 else "right", no_wrap=True)
    return table


def _share(value: float, *, digits: int = 1) -> str:
    # Rounded first, then zero is added: a distance of minus nothing is nothing.
    return "-" if pd.isna(value) else f"{round(100 * value, digits) + 0.0:.{digits}f} %"


def _number(value: float) -> str:
    return "-" if pd.isna(value) else f"{value:.3f}"


def _interval(line: "pd.Series[Any]", name: str) -> str:
    if pd.isna(line[name]):
        return "-"
    return f"{100 * line[name]:.1f} % ({100 * line[f'{name}_low']:.1f}-{100 * line[f'{name}_high']:.1f})"
