"""``zhaoren-lab fairness``: who is missed, by group, at the operating capacity."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from experiments.command_line import Config, Home, Told, Truth, named_config

if TYPE_CHECKING:
    from experiments.never_scored import NeverScoredInTruth
    from models.fairness.report import FairnessReport, Origin
    from models.resampling import Interval

_WIDTH = 190


def fairness(
    home: Home,
    config: Config = "district",
    truth: Truth = None,
    capacity: Annotated[
        float | None,
        typer.Option(min=0.0001, max=1.0, help="Share of households that can be visited."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for who_is_missed.csv and .png, small cells hidden.")
    ] = None,
) -> None:
    """Fit once, cut each test date's list at capacity, and say who is missed, who was not met, who is never scored.

    A group with fewer than 96 households known to be in need gets "cannot tell": its share missed is a yearly figure.
    """
    from experiments.backtest import single_split
    from experiments.fairness_check import fairness_of_backtest, streets_of
    from experiments.never_scored import never_scored, never_scored_in_truth, sentences
    from models.top_of_list import Capacity

    told, console = Told(Console(stderr=True)), Console(highlight=False)
    chosen = named_config(config)
    deployment, last = chosen.load_deployment(), chosen.test_dates[-1]
    result = single_split(home, chosen, truth=truth, progress=told)
    report = fairness_of_backtest(
        result,
        streets=streets_of(home, deployment, as_of_date=last),
        capacity=None if capacity is None else Capacity(share=capacity),
    )
    told(f"{last}: who is never scored")
    strangers = never_scored(home, deployment, as_of_date=last)
    told.done()
    for origin in report.rates:
        show_answer(report, origin, console)
    show_whatever_answer(report, console)
    console.print(
        f"\n[bold]Never scored[/], {last}: known to a feed in the last year and in no row"
    )
    for sentence in sentences(strangers):
        console.print(f"  {sentence}")
    if truth is not None:
        _show_truth(never_scored_in_truth(home, truth, deployment, as_of_date=last), console)
    if out is not None:
        write_report(report, out, outcome=chosen.load_outcome().name)
        console.print(f"written, small cells hidden: {out / 'who_is_missed.csv'} and .png")


def show_answer(report: "FairnessReport", origin: "Origin", console: Console) -> None:
    """Print the rates by one origin of the answer, and how far apart the groups of each question are."""
    from models.fairness.report import ORIGINS

    everybody = report.everybody[origin]
    title = f"Who is missed at {report.capacity.name}, judged by {ORIGINS[origin]}"
    table = Table(title=title, title_justify="left", title_style="bold", box=None)
    for name in ("group", "households", "in need", "share in need", "visited", "missed", "apart from everybody"):  # fmt: skip
        table.add_column(name, no_wrap=True)
    for one in (everybody, *report.rates[origin]):
        apart = "" if one.missed_apart is None or one is everybody else _points(one.missed_apart)
        table.add_row(
            f"{one.column}: {one.group}" if one is not everybody else "everybody",
            str(one.households), str(one.positives), _share(one.base_rate), _share(one.visited),
            "cannot tell" if one.missed is None else _share(one.missed), apart,
        )  # fmt: skip
    Console(file=console.file, width=max(console.width, _WIDTH)).print(table)
    for gap in report.gaps[origin]:
        console.print(gap.sentence, soft_wrap=True)


def show_whatever_answer(report: "FairnessReport", console: Console) -> None:
    """Print what needs no answer: where nobody was met, and whether the score stands for a group."""
    table = Table(title="Not met, and told from the score", title_justify="left", title_style="bold", box=None)  # fmt: skip
    for name in ("group", "households gone to", "nobody met", "ROC-AUC from the score", ""):
        table.add_column(name, no_wrap=True)
    tested = {(one.column, one.group): one for one in report.proxies}
    for met in report.unreached:
        proxy = tested.get((met.column, met.group))
        table.add_row(
            f"{met.column}: {met.group}", str(met.visited), _share(met.share),
            "" if proxy is None else str(proxy.area), "" if proxy is None else proxy.verdict,
        )  # fmt: skip
    Console(file=console.file, width=max(console.width, _WIDTH)).print(table)
    for note in report.notes:
        console.print(note, soft_wrap=True)


def write_report(report: "FairnessReport", out: Path, *, outcome: str) -> None:
    """Write the table and the picture of the most trustworthy answer, small cells hidden."""
    from models.fairness.plot import missed_by_group
    from models.fairness.small_cells import hidden

    out.mkdir(parents=True, exist_ok=True)
    hidden(report.table()).to_csv(out / "who_is_missed.csv", index=False)
    figure = missed_by_group(report, origin=report.origin, outcome=outcome)
    figure.savefig(out / "who_is_missed.png", dpi=130)


def _show_truth(found: "NeverScoredInTruth", console: Console) -> None:
    console.print(
        f"  In truth {found.households} households live here that no row stands for; {found.in_hidden_need} of the"
        f" {found.of_all_in_hidden_need} in hidden hardship are among them (simulated: not evidence about people).",
        soft_wrap=True,
    )


def _share(value: "Interval") -> str:
    if math.isnan(value.value):
        return "-"
    return f"{100 * value.value:.1f} % ({100 * value.low:.1f}-{100 * value.high:.1f})"


def _points(value: "Interval") -> str:
    return f"{100 * value.value:+.1f} points ({100 * value.low:+.1f} to {100 * value.high:+.1f})"
