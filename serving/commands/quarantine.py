"""``zhaoren quarantine``: refused rows go to their department and come back corrected."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Column, Table

from serving.commands.edge import Edge
from serving.refusals import ExitCode, Refusal

if TYPE_CHECKING:
    from data_contracts.pseudonyms import Keyring

app = typer.Typer(no_args_is_help=True, help="Refused rows and their correction.")

DeliveryArgument = Annotated[str, typer.Argument(help="Id of the delivery, as `list` shows it.")]


@app.command("list")
def list_open(
    context: typer.Context,
    everything: Annotated[
        bool, typer.Option("--all", help="Also deliveries of which every row came back.")
    ] = False,
) -> None:
    """Show which deliveries have refused rows that did not come back yet."""
    from data_contracts.releases import open_quarantine
    from features.district import DISTRICT

    edge: Edge = context.obj
    table = Table(
        Column("delivery", no_wrap=True), "feed", "department", "received", "refused", "open"
    )
    with _refusing():
        for one in open_quarantine(edge.settings.home, _keyring(edge)):
            if not one.open_rows and not everything:
                continue
            contract = DISTRICT.contracts.get(one.judgement.feed)
            table.add_row(
                one.judgement.delivery_id,
                one.judgement.feed,
                "" if contract is None else contract.department,
                f"{one.judgement.received_at:%Y-%m-%d}",
                str(one.refused),
                str(len(one.open_rows)),
            )
    if table.row_count:
        edge.out.print(table)
    else:
        edge.out.print("No refused row is open.")


@app.command("export")
def export(
    context: typer.Context,
    delivery: DeliveryArgument,
    out: Annotated[Path, typer.Option("--out", help="File to write, .csv or .xlsx.")],
) -> None:
    """Write the open refused rows of a delivery, with reasons, for the department to correct.

    The file holds personal data as the department sent it: hand it to that department only.
    """
    from data_contracts.releases import quarantined
    from serving.departments.refused_rows import SUFFIXES, write_rows

    edge: Edge = context.obj
    if out.suffix.lower() not in SUFFIXES:
        raise Refusal(
            ExitCode.WRONG_USAGE,
            found=f"{out} is neither .csv nor .xlsx.",
            to_do="Give the file one of these suffixes.",
        )
    with _refusing():
        _, rows = quarantined(edge.settings.home, _keyring(edge), delivery)
        write_rows(rows, out)
    edge.out.print(
        f"{rows.num_rows} rows are in {out}. Correct the cells, keep column source_row, delete rows that"
        f" stay wrong, then `zhaoren quarantine release {delivery} FILE`.",
        soft_wrap=True,
    )


@app.command("release")
def release(
    context: typer.Context,
    delivery: DeliveryArgument,
    corrected: Annotated[Path, typer.Argument(help="The corrected file.", exists=True)],
) -> None:
    """Take corrected rows back. The next night's gate judges them like any delivery."""
    from data_contracts.releases import quarantined
    from data_contracts.releases import release as land
    from features.district import DISTRICT
    from serving.departments.refused_rows import read_rows

    edge: Edge = context.obj
    home, keyring = edge.settings.home, _keyring(edge)
    received_at = edge.clock().astimezone(edge.settings.zone).replace(tzinfo=None, microsecond=0)
    with _refusing():
        one, _ = quarantined(home, keyring, delivery)
        rows = read_rows(corrected)
        path = land(
            home,
            keyring,
            delivery,
            rows,
            DISTRICT.contracts[one.judgement.feed],
            received_at=_after(received_at, one.judgement.received_at),
        )
    edge.out.print(
        f"{rows.num_rows} rows wait in {path} for the next pass of the gate.", soft_wrap=True
    )


def _after(now: datetime, original: datetime | None) -> datetime:
    if original is not None and now <= original:
        raise Refusal(
            ExitCode.WRONG_USAGE,
            found=f"the delivery was received at {original}, and this machine's clock says {now}.",
            to_do="Set the clock right, then release again.",
        )
    return now


def _keyring(edge: Edge) -> "Keyring | None":
    from data_contracts.pseudonyms import KeyUnusable, keyring_of

    try:
        return keyring_of(edge.settings.home, edge.settings.key_file)
    except KeyUnusable as error:
        raise Refusal(
            ExitCode.KEY_UNUSABLE, found=f"{error}.", to_do="Restore the key file."
        ) from error


@contextmanager
def _refusing() -> Iterator[None]:
    from data_contracts.edge import KeyNeeded
    from data_contracts.lake import LakeError
    from data_contracts.releases import ReleaseError
    from serving.departments.refused_rows import FileUnreadable

    try:
        yield
    except (ReleaseError, FileUnreadable) as error:
        raise Refusal(
            ExitCode.WRONG_USAGE, found=f"{error}.", to_do="Nothing was released."
        ) from error
    except KeyNeeded as error:
        raise Refusal(
            ExitCode.KEY_UNUSABLE, found=f"{error}.", to_do="Nothing was released."
        ) from error
    except LakeError as error:
        raise Refusal(
            ExitCode.STORAGE_FAILED, found=f"{error}.", to_do="Nothing was released."
        ) from error
