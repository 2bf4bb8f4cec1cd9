"""``zhaoren-lab simulate-year``: the closed loop, the engine against everything it is to replace."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from experiments.year.summary import Summary

CONFIGS = Path(__file__).parent.parent / "configs"


def simulate_year(
    home: Annotated[
        Path,
        typer.Option(help="Where the worlds are kept, a folder per seed; made ones are reused."),
    ] = Path("var/year"),
    out: Annotated[
        Path | None, typer.Option(help="Where page, CSV and JSON go; left out: the home.")
    ] = None,
    seeds: Annotated[str, typer.Option(help="Worlds, e.g. 34-38 or 34,36.")] = "34-38",
    households: Annotated[int, typer.Option(min=200, help="Households of each world.")] = 10_000,
    months: Annotated[int, typer.Option(min=2, help="Months replayed.")] = 24,
    history: Annotated[
        int, typer.Option(min=8, help="Months recorded before, when staff still chose themselves.")
    ] = 10,
    capacity: Annotated[
        float, typer.Option(min=0.1, help="Visits per 1,000 households and list.")
    ] = 8.0,
    step: Annotated[int, typer.Option(min=1, help="Days between two lists.")] = 14,
    config: Annotated[
        str, typer.Option(help="Experiment whose features and learner are used; a name or a file.")
    ] = "district",
) -> None:
    """Walk the engine and every other policy through the same two simulated years.

    Fixed visit capacity; the engine learns only from what its own visits found. Figures are of a simulated
    district: not evidence about people.
    """
    from experiments.config import load_config
    from experiments.year.home import OtherWorld, prepare
    from experiments.year.measures import measure
    from experiments.year.page import write, write_visits
    from experiments.year.replay import replay
    from experiments.year.settings import YearSettings
    from experiments.year.summary import Summary

    path = Path(config)
    chosen = load_config(path if path.suffix == ".yaml" else CONFIGS / f"{config}.yaml")
    settings = YearSettings(
        households=households, months=months, history_months=history, label_months=max(2, history - 2),
        visits_per_1000=capacity, step_days=step,
    )  # fmt: skip
    progress = Console(stderr=True)
    found = []
    for seed in _numbers(seeds):

        def told(line: str, seed: int = seed) -> None:
            progress.print(f"  seed {seed}: {line}", highlight=False, soft_wrap=True)

        try:
            prepare(home / str(seed), settings, seed=seed, progress=told)
        except OtherWorld as error:
            raise typer.BadParameter(str(error)) from error
        replayed = replay(home / str(seed), settings, chosen, seed=seed, progress=told)
        write_visits(replayed, out or home)
        found += measure(replayed, settings)
        # After each seed, so that whoever stops it has what there is.
        summary = Summary(tuple(found))
        page = write(summary, settings, out or home)
    console = Console(width=max(Console().width, 130))
    _show(summary, console)
    console.print(f"Page: {page}; the same as CSV and JSON beside it.", highlight=False)


def _numbers(text: str) -> list[int]:
    """Read ``33-37`` or ``33,35,36``."""
    try:
        numbers: list[int] = []
        for part in text.split(","):
            first, _, last = part.partition("-")
            numbers += range(int(first), int(last or first) + 1)
    except ValueError as error:
        raise typer.BadParameter(
            f"--seeds {text!r}: give numbers such as 33-37 or 33,35"
        ) from error
    if not numbers:
        raise typer.BadParameter(f"--seeds {text!r} names no seed; give 33-37 or 33,35")
    return list(dict.fromkeys(numbers))


def _show(summary: "Summary", console: Console) -> None:
    table = Table(
        title="Simulated district: not evidence about people", title_justify="left", box=None
    )
    headings = {
        "found_per_1000": ("found per 1,000 visits", 1),
        "found": ("households found", 1),
        "named": ("shocks a list could name", 1),
        "named_visited_30": ("% of these in 30 days", 100),
        "found_again": ("again without help", 1),
        "never_visited": ("in need, never met", 1),
        "spread": ("% in the wrong grid", 100),
    }
    table.add_column("policy", no_wrap=True)
    for heading, _ in headings.values():
        table.add_column(heading, justify="right")
    for name in summary.policies:
        cells = [
            f"{times * summary.over_seeds(name, number).value:.0f}"
            for number, (_, times) in headings.items()
        ]
        table.add_row(name, *cells)
    console.print(table)
    for bar in summary.bars():
        console.print(
            f"{bar.answer}: {bar.what}: {bar.measured}, asked for {bar.asked}",
            highlight=False, soft_wrap=True,
        )  # fmt: skip
