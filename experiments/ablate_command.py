"""``zhaoren-lab ablate``: what each group of features and each department is worth, and what is noise."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from experiments.command_line import Config, Engine, Home, Told, Truth, named_config
from features.engine_names import DUCKDB

if TYPE_CHECKING:
    from experiments.ablation.ablating import Ablation

_WIDTH = 170


def ablate_command(
    home: Home,
    config: Config = "district",
    truth: Truth = None,
    engine: Engine = DUCKDB,
    walk: Annotated[
        bool, typer.Option("--walk", help="Over every split of the backtest instead of the one.")
    ] = False,
) -> None:
    """Drop each feature group, each department, all departments but one; fit again and compare.

    Same splits, same rows, paired intervals. Also says how much of the list each department decides; that is
    kept as evidence for the promotion gate beside the artefact of the same experiment, if there is one.
    """
    from experiments.ablation.ablating import ablate
    from experiments.ablation.logged import log_ablation
    from experiments.assembled import single_plan, walk_plan

    console = Console()
    told = Told(console)
    experiment = named_config(config)
    plan = walk_plan(experiment) if walk else single_plan(experiment)
    found = ablate(home, experiment, plan, truth=truth, engine_name=engine, progress=told)
    kept_for = log_ablation(home, found)
    told.done()
    _show(found, console)
    console.print(
        f"Shares per department are kept as evidence for artefact {kept_for[:12]}."
        if kept_for
        else "No run of this identity on these rows has an artefact: `zhaoren-lab run` first, then ablate"
        " again, and the promotion gate knows how much of the list each department decides.",
        soft_wrap=True,
    )


def _show(found: "Ablation", console: Console) -> None:
    from experiments.fitting import LEARNED

    config, name = found.config, found.capacity.name
    everything = found.evaluation[LEARNED].at[name].precision
    table = Table(
        title=f"{config.title} ({config.origin}; judged by {found.answer}): precision at {name} with"
        f" everything {everything.value:.1%} ({everything.low:.1%}-{everything.high:.1%})",
        title_justify="left",
    )
    table.add_column("kind", no_wrap=True)
    table.add_column("part", no_wrap=True)
    for column in ("features", "precision", "points", "ROC-AUC", "list changes", "if silent"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for line in found.lines.to_dict("records"):
        low, value, high = (
            100 * float(line[one]) for one in ("difference_low", "difference", "difference_high")
        )
        verdict = "noise" if line["noise"] else ("loses" if value < 0 else "gains")
        table.add_row(
            str(line["kind"]),
            str(line["part"]),
            str(line["features"]),
            f"{line['precision']:.1%}",
            f"{value:+.1f} ({low:+.1f} to {high:+.1f})",
            f"{line['auc_difference']:+.3f}",
            f"{line['replaced']:.0%}",
            f"{line['replaced_if_silent']:.0%}",
            verdict,
            style="dim" if line["noise"] else None,
        )
    Console(file=console.file, width=max(console.width, _WIDTH)).print(table)
    beyond = int((~found.lines["noise"]).sum())
    console.print(
        f"{beyond} of {len(found.lines)} differences are beyond noise; about {found.by_chance:.1f} would be"
        " if nothing mattered. Intervals: 95 %, households redrawn, the same draws for both sides.",
        soft_wrap=True,
        highlight=False,
    )
    for policy, reason in found.skipped.items():
        console.print(f"{policy}: not fitted, {reason}", soft_wrap=True, highlight=False)
