"""``zhaoren-lab leaks`` and ``zhaoren-lab leaks-power``: does a column know the answer, and would the alarm see it?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from experiments.command_line import Config, Home, Told, named_config

if TYPE_CHECKING:
    from models.leaks.findings import LeakReport

ALARM = 1
_WIDTH = 200


def leaks(
    home: Home,
    config: Config = "district",
    ceiling: Annotated[
        float | None,
        typer.Option(min=0.5, max=1.0, help="ROC-AUC too good to be true; see docs/leaks.md."),
    ] = None,
    every_group: Annotated[
        bool, typer.Option("--every-group", help="Also groups the experiment leaves out.")
    ] = False,
    prove: Annotated[
        int, typer.Option(min=0, help="Past dates to rebuild as their night knew them.")
    ] = 2,
    out: Annotated[Path | None, typer.Option(help="Folder for leaks.csv and losses.csv.")] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="Model of this experiment to keep the answer for, for the promotion gate."
        ),
    ] = None,
) -> None:
    """Look for columns that know the answer; exit 1 if the alarm rings.

    Single columns, filled in or not, values with one outcome, order of rows, running ids, every group dropped and
    scored again, rows learned from against the last test date, old rows against what their night knew.
    """
    from experiments.leak_check import leaks_of_home
    from experiments.promotion.looked_for_leaks import keep_leaks, learned_by
    from models.leaks.without import REGISTERS_CEILING

    experiment = named_config(config)
    if model is not None and (ceiling is not None or every_group):
        raise typer.BadParameter(
            "--model keeps evidence about what it learned from, at the ceiling of docs/leaks.md: leave out --ceiling"
            " and --every-group"
        )
    asked_for = None if model is None else learned_by(home, model, experiment)
    told = Told(Console(stderr=True))
    report = leaks_of_home(
        home,
        experiment,
        ceiling=REGISTERS_CEILING if ceiling is None else ceiling,
        every_group=every_group,
        proven_dates=prove,
        progress=told,
    )
    told.done()
    show_leaks(report, Console())
    if out is not None:
        _write(report, out)
    if asked_for is not None:
        keep_leaks(home, asked_for, report)
        Console().print(f"Kept as evidence for the promotion gate about model {asked_for[:12]}.")
    if report.leaks:
        raise typer.Exit(ALARM)


def leaks_power(
    honest: Annotated[int, typer.Option(min=1, help="Made-up tables without a leak.")] = 50,
    planted: Annotated[int, typer.Option(min=1, help="Made-up tables per kind of leak.")] = 20,
) -> None:
    """Measure the alarm: how often it rings on honest made-up tables, how often it finds a planted leak."""
    from experiments.leak_trials.power import measure

    told = Told(Console(stderr=True))
    found = measure(honest=honest, planted=planted, progress=told)
    told.done()
    table = Table(
        "planted", "tables", "rung", "named what was planted", "by which checks", box=None
    )
    for one in found:
        named = (
            ""
            if one.planted == "no leak"
            else f"{one.named.value:.0%} ({one.named.low:.0%}-{one.named.high:.0%})"
        )
        rung = f"{one.rung.value:.0%} ({one.rung.low:.0%}-{one.rung.high:.0%})"
        table.add_row(one.planted, str(one.tables), rung, named, ", ".join(one.kinds))
    Console(width=_WIDTH).print(table)


def show_leaks(report: "LeakReport", console: Console) -> None:
    """Print what was found, how strong, what to do; then what each group is worth."""
    wide = Console(file=console.file, width=max(console.width, _WIDTH))
    wide.print(
        f"{report.rows} labelled rows, {report.positives} positive; ROC-AUC with everything {report.model}, ceiling"
        f" {report.ceiling:g}: {report.verdict}",
        highlight=False,
    )
    if report.findings:
        table = Table("", "kind", "column or group", "how strong", "found", "what to do", box=None)
        for one in report.findings:
            strength = f"{one.measure} {one.strength}"
            table.add_row(
                one.level,
                one.kind,
                one.column,
                strength,
                one.sentence,
                one.advice,
                end_section=True,
            )
        wide.print(table)
    if report.losses:
        table = Table("dropped", "ROC-AUC lost (95 %, paired)", box=None)
        for name, loss in sorted(report.losses.items(), key=lambda pair: -pair[1].value):
            table.add_row(name, f"{loss.value:+.3f} ({loss.low:+.3f} to {loss.high:+.3f})")
        wide.print(table)
    for sentence in report.not_looked_at:
        wide.print(f"not looked at: {sentence}", highlight=False)
    if not report.leaks:
        wide.print("No alarm. That is no proof: ask when each strong column is written.")


def _write(report: "LeakReport", out: Path) -> None:
    import pandas as pd

    out.mkdir(parents=True, exist_ok=True)
    report.table().to_csv(out / "leaks.csv", index=False)
    losses = [(name, loss.value, loss.low, loss.high) for name, loss in report.losses.items()]
    frame = pd.DataFrame(losses, columns=["group", "roc_auc_lost", "low", "high"])
    frame.to_csv(out / "losses.csv", index=False)
