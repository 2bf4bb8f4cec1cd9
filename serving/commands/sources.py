"""``zhaoren sources``: departments whose database is read instead of sending files."""

from typing import Annotated

import typer

from serving.commands.edge import Edge
from serving.refusals import ExitCode, Refusal

app = typer.Typer(no_args_is_help=True, help="Departments' databases that are read directly.")


@app.command("pull")
def pull(
    context: typer.Context,
    feed: Annotated[str | None, typer.Option(help="Only this feed; all of them if absent.")] = None,
) -> int:
    """Read what is new in each source into the landing folder. The night's gate judges it."""
    from data_contracts.postgres_source import pull as read
    from data_contracts.source_settings import FILE, SourceError, load_sources
    from features.district import DISTRICT

    edge: Edge = context.obj
    home = edge.settings.home
    received_at = edge.clock().astimezone(edge.settings.zone).replace(tzinfo=None, microsecond=0)
    try:
        sources = load_sources(home / FILE, DISTRICT.contracts)
        if feed is not None and feed not in sources:
            raise SourceError(f"feed {feed} has no source; there is {', '.join(sources) or 'none'}")
    except SourceError as error:
        raise Refusal(
            ExitCode.SOURCE_NOT_READ, found=f"{error}.", to_do=f"Correct {home / FILE}."
        ) from error
    failed = 0
    for source in sources.values():
        if feed not in (None, source.feed):
            continue
        try:
            done = read(home, source, received_at=received_at)
        except SourceError as error:
            edge.err.print(f"{error}.", markup=False, soft_wrap=True)
            failed += 1
            continue
        told = "nothing new" if done.path is None else f"{done.rows} rows in {done.path.name}"
        edge.out.print(f"feed {done.feed}: {told}", markup=False, soft_wrap=True)
        if done.unmarked:
            edge.err.print(
                f"feed {done.feed}: {done.unmarked} rows have no {source.mark} and are never read; ask the"
                " department to fill it",
                soft_wrap=True,
            )
    return int(ExitCode.SOURCE_NOT_READ if failed else ExitCode.OK)


def accept_marked_files(edge: Edge) -> None:
    """Write manifests for files that a department marked as done, and tell which are left alone."""
    from data_contracts.markers import accept_marked
    from features.district import DISTRICT

    left = accept_marked(
        edge.settings.home / "landing",
        DISTRICT.contracts,
        now=edge.clock(),
        zone=edge.settings.zone,
    )
    for one in left:
        edge.err.print(
            f"feed {one.feed}, file {one.name}: {one.reason}", markup=False, soft_wrap=True
        )
