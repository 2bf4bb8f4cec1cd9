"""``zhaoren-lab gate``: the promotion gate asked about tools that others have tried."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

app = typer.Typer(help="Ask the promotion gate about tools that others tried.")


@app.callback()
def gate() -> None:
    """Ask the promotion gate about tools that others tried."""


@app.command("amsterdam")
def amsterdam(
    data: Annotated[Path, typer.Option(help="Folder with confusion_matrices.csv.")] = Path(
        "../shared/data/amsterdam"
    ),
    as_of_date: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="The bars in force on this day.")
    ] = datetime(2026, 7, 1),  # noqa: DTZ001 a day, not a moment
    all_stages: Annotated[
        bool, typer.Option("--all", help="Also training, and the model before reweighing.")
    ] = False,
) -> None:
    """Smart Check, Amsterdam: fair in backtest, no better than chance in the pilot."""
    from experiments.promotion.amsterdam import replay
    from experiments.promotion.shown import show_decision
    from models.gate.bars import load_bars

    console = Console()
    for one in replay(data, load_bars(as_of_date=as_of_date.date())):
        is_final = one.stage in ("Prepilot", "Pilot") and one.model == "After Reweighing"
        if all_stages or is_final:
            title = f"Amsterdam, {one.stage}, {one.model.lower()}"
            show_decision(one.decision, console, title=title, advise=False)
