"""``zhaoren conflicts``: what departments' facts contradict, who is asked, what they answered."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from serving.commands.edge import Edge
from serving.refusals import ExitCode, Refusal

app = typer.Typer(no_args_is_help=True, help="Facts of departments that contradict each other.")

Number = Annotated[str, typer.Argument(help="Conflict id, from the list or an export.")]


@app.command("list")
def list_conflicts(
    context: typer.Context,
    department: Annotated[str | None, typer.Option(help="Only of this department.")] = None,
    settled: Annotated[bool, typer.Option("--settled", help="Also what is settled.")] = False,
) -> int:
    """Show what is open, what is overdue and what was answered."""
    from features.conflicts.queue import ConflictQueue, State

    edge: Edge = context.obj
    tasks = ConflictQueue(edge.settings.home).tasks(on=_today(edge))
    shown = [
        task
        for task in tasks
        if (department in (None, task.department)) and (settled or task.state != State.SETTLED)
    ]
    table = Table()
    table.add_column("conflict", no_wrap=True)
    for name in ("what", "asked", "opened", "due", "state"):
        table.add_column(name, overflow="fold")
    for task in shown:
        table.add_row(
            task.conflict_id, task.title, task.department,
            str(task.opened_on), str(task.due_on), task.state.value,
        )  # fmt: skip
    edge.out.print(table)
    late = sum(task.state is State.OVERDUE for task in shown)
    edge.out.print(f"{len(shown)} conflicts, {late} overdue.")
    return int(ExitCode.OK)


@app.command("show")
def show(context: typer.Context, conflict: Number) -> int:
    """Show one conflict with the facts of every side."""
    from features.conflicts.queue import ConflictQueue, UnknownConflict

    edge: Edge = context.obj
    try:
        task = ConflictQueue(edge.settings.home).task(conflict, on=_today(edge))
    except UnknownConflict as error:
        raise _unknown(error) from error
    edge.out.print(f"{task.title}: {task.state.value}, due {task.due_on}", markup=False)
    edge.out.print(f"asked: {task.department} (feed {task.asked}), about {task.subject}")
    for feed, fact_id in task.facts:
        edge.out.print(f"  {feed}: fact {fact_id}", markup=False)
    if task.right is not None:
        edge.out.print(f"answered: {task.right} is right")
    return int(ExitCode.OK)


@app.command("export")
def export(
    context: typer.Context,
    department: Annotated[str, typer.Argument(help="Department, as in the list.")],
    out: Annotated[Path, typer.Option(help="Folder for the CSV and the XLSX file.")],
) -> int:
    """Write a department's unanswered conflicts as CSV and XLSX; they count as told from today."""
    from features.conflicts.queue import ConflictQueue
    from serving.departments.conflict_exports import to_csv, to_xlsx
    from serving.folders import name_of, write

    edge: Edge = context.obj
    day = _today(edge)
    tasks = ConflictQueue(edge.settings.home).export(department, on=day)
    if not tasks:
        edge.out.print(f"Nothing to ask {department}.")
        return int(ExitCode.OK)
    stem = f"conflicts_{name_of(department)}_{day:%Y%m%d}"
    write(out / f"{stem}.csv", to_csv(tasks))
    write(out / f"{stem}.xlsx", to_xlsx(tasks, as_of_date=day))
    edge.out.print(f"{len(tasks)} conflicts in {out / stem}.csv and .xlsx", soft_wrap=True)
    return int(ExitCode.OK)


@app.command("answer")
def answer(
    context: typer.Context,
    conflict: Number,
    right: Annotated[str, typer.Option(help="Feed whose facts are right.")],
    by: Annotated[str, typer.Option(help="Who answered, as an official reference.")],
) -> int:
    """Note which side is right. The right facts count again from the next night on."""
    from features.conflicts.queue import ConflictQueue, UnknownConflict

    edge: Edge = context.obj
    try:
        task = ConflictQueue(edge.settings.home).answer(
            conflict, right=right, by=by, on=_today(edge)
        )
    except UnknownConflict as error:
        raise _unknown(error) from error
    edge.out.print(
        f"{task.conflict_id}: {right} is right. What is wrong stays unknown until {task.department}"
        " corrects it.",
        soft_wrap=True,
    )
    return int(ExitCode.OK)


def _today(edge: Edge) -> date:
    return edge.clock().astimezone(edge.settings.zone).date()


def _unknown(error: Exception) -> Refusal:
    return Refusal(ExitCode.NOT_FOUND, found=f"{error}.", to_do="Nothing was changed.")
