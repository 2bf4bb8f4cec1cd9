"""What an experiment has to say, for people: tables with intervals, and where each number comes from."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from experiments.backtest import Backtest
from experiments.figures import worth_of_capacity
from experiments.fitting import LEARNED, best_of
from experiments.label_streams import stream_table
from experiments.yields import need_without_trigger, trigger_yields
from models.evaluation import Comparison, Evaluation
from models.resampling import Interval

ORIGINS = {
    "truth": "truth of the simulated district: simulation is not evidence about people",
    "by_lot": "households visited by lot, weighted by their propensity: unbiased, wide intervals",
    "observed": "households somebody reached or a scheme admitted: staff chose whom to visit",
}
_TABLE_WIDTH = 216
REAL_ORIGIN = "real households: the answer at their next interview"


@dataclass(frozen=True)
class Margin:
    """How the learned model stands against the best policy of one kind, on the same rows."""

    kind: str
    comparison: Comparison
    auc: Interval


def margins(evaluation: Evaluation, backtest: Backtest) -> list[Margin]:
    """Compare the learned model with the best single trigger and the best rule, at every capacity.

    "Best" is chosen on the judged rows themselves, which favours the other side.
    """
    table = evaluation.table()
    found = []
    for capacity in backtest.capacities:
        for kind, prefix in (("best single trigger", "trigger:"), ("best rule of thumb", "rule:")):
            try:
                best = str(best_of(table, prefix, capacity=capacity.name)["policy"])
            except LookupError:
                continue
            comparison = evaluation.compare(LEARNED, best, capacity=capacity)
            found.append(Margin(kind, comparison, evaluation.compare_auc(LEARNED, best)))
    return found


def show(backtest: Backtest, console: Console) -> None:
    """Print every answer there is, the most trustworthy first."""
    for part in (*_head(backtest), *_answers(backtest)):
        _print(part, console)


def show_answer(origin: str, evaluation: Evaluation, backtest: Backtest, console: Console) -> None:
    """Print one answer: every policy with its intervals, and the margins."""
    for part in _answer(origin, evaluation, backtest):
        _print(part, console)


def _print(part: RenderableType, console: Console) -> None:
    if isinstance(part, Table):
        # Cut to a narrow terminal a table would lose its intervals: better that the terminal wraps.
        Console(file=console.file, width=max(console.width, _TABLE_WIDTH)).print(part)
    else:
        console.print(part, soft_wrap=True, highlight=False)


def _head(backtest: Backtest) -> Iterator[RenderableType]:
    config = backtest.config
    yield Text(f"\n{config.title}  ({config.origin}; identity {config.identity})", style="bold")
    for judged in backtest.judged:
        yield Text(
            f"{judged.fitted.split.describe()}; {judged.fitted.train_positives} positives among"
            f" {judged.fitted.train_rows} training rows"
        )


def _answers(backtest: Backtest) -> Iterator[RenderableType]:
    config = backtest.config
    for name, evaluation in backtest.answers.items():
        origin = ORIGINS[name] if config.origin == "simulated district" else REAL_ORIGIN
        yield from _answer(origin, evaluation, backtest)
    yield from _news(backtest)
    yield from _streams(backtest)
    yield Text(
        f"\nWhat capacity is worth, by {backtest.headline[0]}:"
        f" {worth_of_capacity(backtest).sentence()}."
    )
    yield from _yields(backtest)


def _news(backtest: Backtest) -> Iterator[RenderableType]:
    """The total beside those for whom need would be news: a list of the known poor finds nobody."""
    name = backtest.capacities[0].name
    subsets = {"total": backtest.headline[1], **backtest.news}
    table = Table(
        title=f"Precision at {name} by {backtest.headline[0]}: all, onset only, entry only",
        title_justify="left",
    )
    table.add_column("policy", no_wrap=True)
    for subset, evaluation in subsets.items():
        table.add_column(
            f"{subset} ({evaluation.base_rate:.1%} of {evaluation.labelled:,} in need)",
            justify="right",
        )
    for policy in backtest.shown:
        precisions = [evaluation[policy].at[name].precision for evaluation in subsets.values()]
        table.add_row(policy, *(_share(one) for one in precisions))
    yield Text("")
    yield table
    yield Text(
        "onset: no earlier answer found need; entry: newly in the cohort. Each is ranked and cut as a"
        " cohort of its own."
    )


def _streams(backtest: Backtest) -> Iterator[RenderableType]:
    """Need we discovered beside need that was reported to us, where the outcome tells them apart."""
    found = stream_table(backtest, policies=backtest.shown)
    if found.empty:
        return
    name = backtest.capacities[0].name
    table = Table(
        title=f"At {name}, by how the answer came to light (observed labels: staff chose whom to visit)",
        title_justify="left",
    )
    for column in ("stream", "policy", "precision", "recall", "the model's lead, points"):
        table.add_column(column, no_wrap=True)
    for line in found.to_dict("records"):
        shares = [
            _share(Interval(line[one], line[f"{one}_low"], line[f"{one}_high"]))
            for one in ("precision", "recall")
        ]
        lead = _points(Interval(line["lead"], line["lead_low"], line["lead_high"]))
        table.add_row(str(line["stream"]), str(line["policy"]), *shares, lead)
    yield Text("")
    yield table


def _yields(backtest: Backtest) -> Iterator[RenderableType]:
    table = Table(title=f"Alerts of each published trigger, by {backtest.headline[0]}")
    for name in ("trigger", "alerts", "in need"):
        table.add_column(name, justify="left" if name == "trigger" else "right", no_wrap=True)
    for one in trigger_yields(backtest):
        table.add_row(one.trigger, str(one.alerts), _share(one.confirmed))
    yield Text("")
    yield table
    yield Text(f"In need and no published trigger fires: {_share(need_without_trigger(backtest))}.")


def _answer(origin: str, evaluation: Evaluation, backtest: Backtest) -> Iterator[RenderableType]:
    capacities = [capacity.name for capacity in backtest.capacities]
    table = Table(title=f"Judged by: {origin}", title_justify="left", title_style="bold")
    table.add_column("policy", no_wrap=True)
    for name in capacities:
        table.add_column(f"precision {name}", justify="right", no_wrap=True)
        table.add_column(f"recall {name}", justify="right", no_wrap=True)
    table.add_column("ROC-AUC", justify="right", no_wrap=True)
    table.add_column("ECE", justify="right", no_wrap=True)
    for policy in _order(evaluation, capacities[0]):
        result = evaluation[policy]
        cells = [policy]
        for name in capacities:
            at = result.at[name]
            cells += [_share(at.precision), _share(at.recall)]
        ece = "" if pd.isna(result.ece) else f"{result.ece:.3f}"
        cells += [_number(result.roc_auc), ece]
        table.add_row(*cells, style="bold" if policy == LEARNED else None)
    yield Text("")
    yield table
    yield Text(
        f"{evaluation.rows} rows of {evaluation.households} households; {evaluation.labelled} with a"
        f" known answer, {evaluation.positives} of them positive (base rate"
        f" {evaluation.base_rate:.1%}). Intervals: 95 %, households redrawn."
    )
    for margin in margins(evaluation, backtest):
        one = margin.comparison
        ratio, points, auc = one.ratio, one.difference, margin.auc
        yield Text(
            f"At {one.capacity} of households the model's precision is {ratio.value:.2f} times"
            f" ({ratio.low:.2f}-{ratio.high:.2f}) that of the {margin.kind} ({one.other}):"
            f" {100 * points.value:+.1f} points ({100 * points.low:+.1f} to"
            f" {100 * points.high:+.1f}); ROC-AUC {auc.value:+.3f} ({auc.low:+.3f} to {auc.high:+.3f})."
        )


def _order(evaluation: Evaluation, capacity: str, *, most: int = 14) -> list[str]:
    """Return the learned model, random and the best others, by precision."""
    table = evaluation.table()
    ranked = list(table.loc[table["capacity"] == capacity, "policy"])
    shown = ranked[:most]
    return [*shown, *(name for name in (LEARNED, "random", "area_mean") if name not in shown)]


def _share(value: Interval) -> str:
    if pd.isna(value.value):
        return "-"
    return f"{100 * value.value:.1f} % ({100 * value.low:.1f}-{100 * value.high:.1f})"


def _points(value: Interval) -> str:
    if pd.isna(value.value):
        return "-"
    return f"{100 * value.value:+.1f} ({100 * value.low:+.1f} to {100 * value.high:+.1f})"


def _number(value: Interval) -> str:
    return f"{value.value:.3f} ({value.low:.3f}-{value.high:.3f})"
