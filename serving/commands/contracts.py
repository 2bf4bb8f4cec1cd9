"""``zhaoren contracts``: what departments promise."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from serving.commands.edge import Edge
from serving.refusals import ExitCode, Refusal

if TYPE_CHECKING:
    from data_contracts.contract import Contract

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
    from features.district import DISTRICT

    edge: Edge = context.obj
    contracts = _loaded(folder or DISTRICT.contracts_folder)
    checks = sum(len(contract.checks) for contract in contracts.values())
    edge.out.print(f"{len(contracts)} contracts with {checks} checks: all can be used.")


@app.command("docs")
def write_docs(
    context: typer.Context,
    out: Annotated[
        Path | None, typer.Option(help="Where to; data_docs/contracts of the home if absent.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Folder of *.odcs.yaml; ours if absent.")
    ] = None,
) -> None:
    """Write pages about the contracts that open without a network."""
    from features.district import DISTRICT
    from serving.datadocs.site import CONTRACTS, FOLDER, write_contracts

    edge: Edge = context.obj
    target = out or edge.settings.home / FOLDER / CONTRACTS
    pages = write_contracts(_loaded(folder or DISTRICT.contracts_folder), target)
    edge.out.print(f"{pages} pages: {target / 'index.html'}", soft_wrap=True, markup=False)


@app.command("site")
def write_site(context: typer.Context) -> None:
    """Write pages about contracts and every judged delivery; those already there are kept."""
    from features.district import DISTRICT
    from serving.datadocs.site import (
        CONTRACTS,
        DELIVERIES,
        FOLDER,
        write_contracts,
        write_deliveries,
    )

    edge: Edge = context.obj
    out = edge.settings.home / FOLDER
    write_contracts(DISTRICT.contracts, out / CONTRACTS)
    written = write_deliveries(edge.settings.home, DISTRICT.contracts, out)
    index = out / DELIVERIES / "index.html"
    edge.out.print(f"{written} new pages: {index}", soft_wrap=True, markup=False)


@app.command("diff")
def diff(
    context: typer.Context,
    old: Annotated[Path, typer.Argument(exists=True, help="A contract, or a folder of them.")],
    new: Annotated[Path, typer.Argument(exists=True, help="The same, as it is to be.")],
) -> int:
    """Compare contracts by what they mean; a breaking change gives an exit code of its own."""
    from data_contracts.contract_diff import Weight, compare

    edge: Edge = context.obj
    changes = compare(_loaded(old), _loaded(new))
    if not changes:
        edge.out.print("Nothing changed in what the contracts mean.")
        return int(ExitCode.OK)
    table = Table("what it means", "where", "change")
    for change in changes:
        table.add_row(change.weight.value, change.where, change.what)
    edge.out.print(table)
    breaking = sum(change.weight is Weight.BREAKING for change in changes)
    if breaking:
        edge.out.print(f"{breaking} breaking: agree them with whoever relies on the old version.")
    return int(ExitCode.CONTRACTS_BREAK if breaking else ExitCode.OK)


def _loaded(path: Path) -> "dict[str, Contract]":
    """Return the contracts of a folder, or the one contract of a file."""
    from data_contracts.odcs import ContractError, load_contract, load_contracts

    try:
        if path.is_dir():
            return load_contracts(path)
        contract = load_contract(path)
        return {contract.feed: contract}
    except ContractError as error:
        raise Refusal(
            ExitCode.CONTRACTS_WRONG,
            found=f"{error}.",
            to_do="Correct the contract and check again.",
        ) from error
