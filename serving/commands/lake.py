"""``zhaoren lake``: the files the facts lie in."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from serving.commands.edge import Edge
from serving.refusals import ExitCode, Refusal

app = typer.Typer(no_args_is_help=True, help="The files the facts lie in.")


@app.command("compact")
def compact(context: typer.Context) -> None:
    """Merge the many small files of each feed into few, sorted by whom they are about. Not while a night runs."""
    from data_contracts.compaction import compact as merge
    from features.district import DISTRICT

    edge: Edge = context.obj
    with _refusing(), edge.progress() as progress:
        done = merge(edge.settings.home, DISTRICT.contracts, progress=progress)
    edge.out.print(
        f"{done.merged} files became {done.into}; {done.swept} left behind by a crash were removed."
    )


@app.command("expire")
def expire(
    context: typer.Context,
    as_of_date: Annotated[
        datetime,
        typer.Option(
            "--as-of-date", formats=["%Y-%m-%d"], help="Retention is counted back from it."
        ),
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would leave.")] = False,
) -> None:
    """Remove what is older than its contract allows. What left cannot be brought back."""
    from data_contracts.expiry import expire as remove
    from data_contracts.pseudonyms import keyring_of
    from features.district import DISTRICT

    edge: Edge = context.obj
    home = edge.settings.home
    with _refusing():
        removed = remove(
            home,
            DISTRICT.contracts,
            as_of_date=as_of_date.date(),
            keyring=keyring_of(home, edge.settings.key_file),
            dry_run=dry_run,
        )
    table = Table("feed", "older than", "what", "files", "rows")
    files = Counter((one.feed, one.cutoff, one.kind) for one in removed)
    for (feed, cutoff, kind), count in sorted(files.items()):
        rows = sum(one.rows for one in removed if (one.feed, one.kind) == (feed, kind))
        table.add_row(feed, str(cutoff), kind, str(count), str(rows))
    if removed:
        edge.out.print(table)
    told = "would leave" if dry_run else "left"
    edge.out.print(
        f"{len(removed)} files {told}, whole or in part." if removed else "Nothing is due."
    )


@app.command("verify")
def verify(context: typer.Context) -> int:
    """Hash every file again and compare it with what was written."""
    from data_contracts.verification import verify as hash_again

    edge: Edge = context.obj
    found = hash_again(edge.settings.home)
    for fault in found.faults:
        edge.err.print(fault, markup=False, soft_wrap=True)
    if found.uncounted:
        edge.out.print(
            f"{len(found.uncounted)} files are not counted by the catalogue (the rest of a crash);"
            " `zhaoren lake compact` removes them."
        )
    state = f"{len(found.faults)} faults" if found.faults else "all as written"
    edge.out.print(f"{found.files} files, {found.size / 1e6:.1f} MB: {state}.")
    return int(ExitCode.LAKE_DAMAGED if found.faults else ExitCode.OK)


@contextmanager
def _refusing() -> Iterator[None]:
    from data_contracts.edge import KeyNeeded
    from data_contracts.gate import GateError
    from data_contracts.lake import LakeError
    from data_contracts.pseudonyms import KeyUnusable

    try:
        yield
    except GateError as error:
        raise Refusal(
            ExitCode.ANOTHER_NIGHT_RUNNING, found=f"{error}.", to_do="Nothing was changed."
        ) from error
    except LakeError as error:
        raise Refusal(
            ExitCode.LAKE_DAMAGED,
            found=f"{error}.",
            to_do="Nothing of that feed was changed; `zhaoren lake verify` lists every damaged file.",
        ) from error
    except (KeyNeeded, KeyUnusable) as error:
        raise Refusal(
            ExitCode.KEY_UNUSABLE, found=f"{error}.", to_do="Nothing was changed."
        ) from error
