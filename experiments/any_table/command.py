"""``zhaoren-lab try``: how a newcomer meets the project, on a table of their own."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from experiments.any_table.trying import Trial
    from models.top_of_list import Capacity

console = Console(stderr=True)


def try_command(
    table: Annotated[Path, typer.Argument(help="A CSV or Parquet file, one row per case.")],
    unit: Annotated[
        str, typer.Option(help="Column that says whose row it is; a unit is never on both sides.")
    ],
    label: Annotated[str, typer.Option(help="Column with what happened: 1 or 0, yes or no.")],
    time: Annotated[
        str | None, typer.Option(help="Column with the date or period; later rows are judged.")
    ] = None,
    group: Annotated[
        list[str] | None, typer.Option(help="Column to look at who is missed by; repeat for more.")
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(help="Column not to learn from; repeat for more.")
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option(help="Column that tells the label and really is known beforehand."),
    ] = None,
    positive: Annotated[
        str | None, typer.Option(help="Value of the label that counts as yes, if it is not plain.")
    ] = None,
    capacity: Annotated[
        str, typer.Option(help="How many can be visited: a share like 5% or a number.")
    ] = "5%",
    origin: Annotated[
        str, typer.Option(help="Where the rows come from; printed on everything.")
    ] = "not stated",
    against: Annotated[
        bool, typer.Option("--against-peers", help="Also run what somebody would use instead.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same answer.")] = 7,
    out: Annotated[
        Path | None, typer.Option(help="Folder for card.html, table.csv and predictions.parquet.")
    ] = None,
) -> None:
    """Try a wide table nobody has described: learn, judge honestly, look for leaks, write a card.

    Splits by time (later rows are judged) or by unit, compares with plain baselines, chooses and blends learners on
    rows held back, calibrates, looks for columns that know the answer, and says who is missed.
    """
    from experiments.any_table.files import TableRefused
    from experiments.any_table.reading import Asked
    from experiments.any_table.trying import try_table

    asked = Asked(
        unit=unit,
        label=label,
        time=time,
        groups=tuple(group or ()),
        exclude=tuple(exclude or ()),
        positive=positive,
    )
    try:
        cut = _capacity(capacity)
        with console.status("") as status:
            trial = try_table(
                table,
                asked,
                capacity=cut,
                keep=tuple(keep or ()),
                against=against,
                seed=seed,
                progress=lambda line: status.update(line),
            )
    except TableRefused as refused:
        console.print(
            f"[red]Cannot try this table:[/red] {refused}", highlight=False, soft_wrap=True
        )
        raise typer.Exit(2) from refused
    _print(trial, origin=origin)
    if out is not None:
        _write(trial, out, origin=origin)


def _capacity(text: str) -> "Capacity":
    from experiments.any_table.files import TableRefused
    from models.top_of_list import Capacity

    try:
        if text.endswith("%"):
            return Capacity(share=float(text[:-1]) / 100)
        return Capacity(number=int(text))
    except ValueError as error:
        raise TableRefused(
            f"--capacity {text!r}: write a share like 5% or a number like 200"
        ) from error


def _print(trial: "Trial", *, origin: str) -> None:
    plain = Console(width=160, highlight=False)
    result = trial.evaluation
    plain.print(
        f"{trial.name}: {trial.rows} rows, {len(trial.inputs)} columns learned from,"
        f" {result.positives} of {result.rows} judged rows positive ({result.base_rate:.1%}); origin: {origin}"
    )
    for name, why in trial.left_out.items():
        plain.print(f"  left out {name}: {why}")
    for note in trial.notes:
        plain.print(f"  {note}")
    table = Table(title=f"judged on rows never learned from, 95 % intervals by {trial.asked.unit}")
    for column in (
        "policy",
        "ROC-AUC",
        f"precision at {trial.capacity.name}",
        "recall",
        "lift",
        "ECE",
        "of it chance",
        "beyond",
    ):
        table.add_column(column)
    for line in result.table().to_dict("records"):
        table.add_row(
            str(line["policy"]),
            f"{line['roc_auc']:.3f} ({line['roc_auc_low']:.3f}-{line['roc_auc_high']:.3f})",
            f"{line['precision']:.3f} ({line['precision_low']:.3f}-{line['precision_high']:.3f})",
            f"{line['recall']:.3f}",
            f"{line['lift']:.1f}",
            *_calibration(trial, str(line["policy"])),
        )
    plain.print(table)
    plain.print(trial.calibration.sentence)
    for sentence in trial.margins():
        plain.print(sentence)
    for fold, chosen in zip(trial.folds, trial.chosen, strict=True):
        plain.print(f"{fold.name}: {chosen.recipe()}; calibration {chosen.calibration.method}")
    for alarm in trial.alarms:
        subject = f" {alarm.column}" if alarm.column else ""
        plain.print(
            f"[bold]ALARM[/bold] {alarm.kind}{subject}: {alarm.sentence}. What to do: {alarm.advice}."
        )
    if not trial.alarms:
        plain.print("No leak alarm; that is no proof.")
    for gap in trial.gaps:
        plain.print(f"who is missed, {gap.sentence}")


def _calibration(trial: "Trial", policy: str) -> tuple[str, str, str]:
    """Return error, what exactly right probabilities would show on as many rows, and what is left without chance."""
    if policy not in trial.calibrations:
        return "", "", ""
    told = trial.calibrations[policy]
    floor = "" if told.by_chance is None else f"{told.by_chance.value:.3f}"
    return f"{told.seen:.3f}", floor, f"{told.beyond:.3f}"


def _write(trial: "Trial", out: Path, *, origin: str) -> None:
    from experiments.any_table.card import write_card

    out.mkdir(parents=True, exist_ok=True)
    write_card(trial, out / "card.html", origin=origin)
    trial.evaluation.table().to_csv(out / "table.csv", index=False)
    trial.predictions().to_parquet(out / "predictions.parquet", index=False)
    console.print(f"written: {out / 'card.html'}, table.csv, predictions.parquet")
