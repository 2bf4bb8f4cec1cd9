"""``zhaoren-lab promote | rollback``: who scores the next night, and why."""

from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from experiments.command_line import GATE_SAYS_NO, Config, Home, Told, local_now, named_config, user


def promote(
    home: Home,
    model: Annotated[
        str, typer.Argument(help="A folder, the run that trained it, or how its id begins.")
    ] = "",
    config: Config = "district",
    waive: Annotated[
        list[str] | None, typer.Option(help="A condition somebody answers for; repeatable.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why it is waived; recorded.")] = "",
    by: Annotated[str | None, typer.Option(help="Who decides and answers for waivers.")] = None,
    show: Annotated[
        bool, typer.Option("--show", help="Only show what was decided so far.")
    ] = False,
) -> None:
    """Ask the gate about a model; promote it if every condition holds, and record why or why not.

    Exit code 3: the gate does not let it through.
    """
    from experiments.promotion.promoting import consider, find_artefact
    from experiments.promotion.shown import STATE, show_decision
    from experiments.promotion.tracked import track
    from models.gate.decision import Waiver

    if show:
        _show(home)
        return
    if not model:
        raise typer.BadParameter("name a MODEL, or --show what was decided so far")
    person = by if by is not None else user()
    waivers = [
        Waiver(condition=one, by=by or "", reason=reason) for one in dict.fromkeys(waive or [])
    ]
    console = Console()
    told = Told(console)
    experiment = named_config(config)
    outcome = consider(
        home,
        find_artefact(home, model),
        config=experiment,
        waivers=waivers,
        at=local_now(),
        by=person,
        progress=told,
    )
    told("logging the decision in MLflow")
    remark = track(home, outcome, registered_as=experiment.name)
    told.done()
    show_decision(
        outcome.decision,
        console,
        title=f"Model {outcome.record.artefact_id[:12]}, {experiment.name}",
    )
    if remark:
        console.print(escape(remark), soft_wrap=True)
    console.print(f"[bold]{STATE[outcome.record.kind]}[/]; `zhaoren-lab promote --show` has it.")
    if not outcome.is_promoted:
        raise typer.Exit(GATE_SAYS_NO)


def rollback(
    home: Home,
    reason: Annotated[str, typer.Option(help="Why; recorded.")],
    by: Annotated[str | None, typer.Option(help="Who decides.")] = None,
) -> None:
    """Make the champion before the present one champion again. The next night scores with it."""
    from models.gate.decisions import append
    from models.promoted import check_champion
    from models.promoted import rollback as go_back

    if not reason.strip():
        raise typer.BadParameter("--reason: say why, it is recorded")
    at, person = local_now(), by or user()
    began = perf_counter()
    artefact = go_back(home, at=at, by=person, reason=reason)
    seconds = perf_counter() - began
    append(
        home, "rollback", at=at, by=person, artefact_id=artefact.artefact_id, said=reason,
        details={"seconds": seconds},
    )  # fmt: skip
    console = Console()
    console.print(
        f"Champion is {artefact.artefact_id[:12]} again, after {seconds:.2f} s.", highlight=False
    )
    check_champion(home)
    console.print("Its golden rows come out the same in a process of their own.")


def _show(home: Path) -> None:
    from models.gate.decisions import records
    from models.promoted import history

    console = Console()
    found = records(home)
    if not found:
        console.print(f"Nothing was decided yet in {home}.")
    for one in found:
        console.print(
            f"{one.at}  [bold]{one.kind:<11}[/] {one.artefact_id[:12]}  by {escape(one.by)}:"
            f" {escape(one.said)}",
            soft_wrap=True,
            highlight=False,
        )
        for waiver in _waivers(one.details):
            console.print(f"    {escape(waiver)}", soft_wrap=True, highlight=False)
    promotions = history(home)
    if promotions:
        last = promotions[-1]
        console.print(f"Champion: {last.artefact_id[:12]}, since {last.promoted_at}.")


def _waivers(details: object) -> list[str]:
    kept = details.get("waivers", []) if isinstance(details, dict) else []
    return [f"{one['by']} answers for {one['condition']}: {one['reason']}" for one in kept]
