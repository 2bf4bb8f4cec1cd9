"""``zhaoren-lab cold-start``: begin on published thresholds, and see when learning would take over."""

from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from experiments.command_line import Config, Engine, Home, Told, local_now, named_config, user
from features.engine_names import DUCKDB


def cold_start(
    home: Home,
    as_of_date: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="The day it is asked for.")
    ],
    config: Config = "district",
    begin: Annotated[
        bool, typer.Option("--begin", help="Make the points the provisional champion.")
    ] = False,
    rule: Annotated[str, typer.Option(help="The rule of thumb whose points rank.")] = "caseworker",
    engine: Engine = DUCKDB,
) -> None:
    """Where a bureau without labels stands: visits by lot so far, what is missing, and when learning takes over."""
    from experiments.promotion.cold_start import begin as start
    from experiments.promotion.cold_start import gathered
    from experiments.promotion.shown import line, show_outcome
    from models.cold_start import PACE_DAYS, standing
    from models.gate.bars import load_bars
    from models.gate.kept import kept_evidence
    from models.promoted import history

    console, day = Console(), as_of_date.date()
    experiment = named_config(config)
    if begin:
        told = Told(console)
        outcome = start(
            home, experiment, rule_id=rule, as_of_date=day, at=local_now(), by=user(),
            engine_name=engine, progress=told,
        )  # fmt: skip
        told.done()
        show_outcome(outcome, console)
    promotions = history(home)
    if not promotions:
        console.print("No champion yet: `zhaoren-lab cold-start --begin` makes the points one.")
    else:
        last = promotions[-1]
        console.print(f"Champion: {last.artefact_id[:12]}, {escape(last.reason)}", soft_wrap=True)
    so_far = gathered(home, experiment.load_deployment(), as_of_date=day)
    visited = kept_evidence(home, promotions[-1].artefact_id).prospective if promotions else None
    found = standing(so_far, visited, load_bars(as_of_date=day), as_of_date=day)
    console.print("Learning takes over when all of this holds:")
    for check in found.condition.checks:
        console.print(f"{check.answer:>13}  {escape(line(check))}", soft_wrap=True, highlight=False)
        if check.to_do:
            console.print(f"{'':>13}  missing: {escape(check.to_do)}", soft_wrap=True)
    pace = f"{so_far.lately} visits by lot and {so_far.found_lately} in need in {PACE_DAYS} days"
    if found.hands_over:
        console.print("It does: promote the learned model with `zhaoren-lab promote`.")
    elif found.ready_on is None:
        console.print(f"At the present pace ({pace}) there will never be enough.", soft_wrap=True)
    else:
        console.print(
            f"At the present pace ({pace}) the counts suffice on {found.ready_on}.", soft_wrap=True
        )
