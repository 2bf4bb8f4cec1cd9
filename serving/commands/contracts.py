"""``zhaoren contracts``: what departments promise."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from serving.commands.edge import Edge
from serving.refusals import ExitCode, Refusal

app = typer.Typer(no_args_is_help=True, help="What departments promise.")


@app.command("list")
def list_contracts(context: typer.Context) -> None:
    """Show every feed, its department and how fresh it is promised to be."""
    from features.district import DISTRICT

    edge: Edge = context.obj
    table = Table("feed", "department", "version", "every (days)", "late after (days)", "columns")
    for feed, contract in sorted(DISTRICT.contracts.items()):
        table.add_row(
            feed,
            contract.department,
            contract.version,
            str(contract.cadence_days),
            str(contract.cadence_days + contract.latency_days),
            str(len(contract.columns)),
        )
    edge.out.print(table)


@app.command("check")
def check_contracts(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(help="Folder of *.odcs.yaml; ours if absent.")
    ] = None,
) -> None:
    """Read contracts and say whether they can be used."""
    from data_contracts.odcs import ContractError, load_contracts
    from features.district import DISTRICT

    edge: Edge = context.obj
    try:
        contracts = load_contracts(folder or DISTRICT.contracts_folder)
    except ContractError as error:
        raise Refusal(
            ExitCode.CONTRACTS_WRONG,
            found=f"{error}.",
            to_do="Correct the contract and check again.",
        ) from error
    checks = sum(len(contract.checks) for contract in contracts.values())
    edge.out.print(f"{len(contracts)} contracts with {checks} checks: all can be used.")
