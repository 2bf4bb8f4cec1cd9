"""``zhaoren sheets``: lists that were filled in on paper or in an office program, coming back."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from serving.commands.edge import Edge
from serving.refusals import ExitCode, Refusal

app = typer.Typer(no_args_is_help=True, help="Filled lists coming back.")


@app.command("read")
def read_sheet(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The list as XLSX or CSV, filled in.")],
    worker: Annotated[str, typer.Option(help="Who visited: the pseudonym, never a name.")],
) -> int:
    """Record what a filled list says. Every row is answered; reading it twice changes nothing."""
    from serving.delivery.files.filled import SheetRefused, rows_in
    from serving.delivery.files.intake import IN_ORDER, read_in
    from serving.lists.list_policy import load_list_policy

    edge: Edge = context.obj
    try:
        rows = rows_in(file.read_bytes())
    except SheetRefused as refused:
        raise Refusal(
            ExitCode.SHEET_NOT_UNDERSTOOD,
            found=f"{file.name}: {refused}.",
            to_do="Nothing of it was recorded. Correct the file and read it again.",
        ) from refused
    with edge.store() as store, store.write() as work:
        now = edge.clock()
        today = now.astimezone(edge.settings.zone).date()
        policy = load_list_policy(edge.settings.list_policy, as_of_date=today)
        answers = read_in(work, rows, worker_id=worker, policy=policy, now=now, today=today)
    table = Table("line", "answer", "cell", "expected there")
    for row in answers:
        if row.answer not in IN_ORDER:
            table.add_row(str(row.number), row.answer, row.cell or "", row.expected or "")
    if table.row_count:
        edge.out.print(table)
    counts = dict.fromkeys(dict.fromkeys(row.answer for row in answers), 0)
    for row in answers:
        counts[row.answer] += 1
    told = ", ".join(f"{count} {answer}" for answer, count in counts.items())
    edge.out.print(f"{len(answers)} rows: {told or 'none'}.")
    return int(ExitCode.SHEET_NOT_UNDERSTOOD if table.row_count else ExitCode.OK)
