"""``zhaoren``: the operator's command. Each command translates and calls one function."""

import json
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from serving.commands import (
    audit,
    bench,
    cases,
    conflicts,
    contracts,
    digests,
    explain,
    export_case,
    gaps,
    keys,
    lake,
    members,
    missed,
    outbox,
    policy,
    policy_cases,
    quarantine,
    scorecard,
    sheets,
    sla,
    sources,
    status,
    store,
    tokens,
    who_needs,
)
from serving.commands.edge import Edge
from serving.commands.store import tidy_up
from serving.refusals import ExitCode, Refusal

_HELP = """The night of a district bureau: one command, a list ready in the morning, a plain answer when
something is wrong. Settings come from ZHAOREN_... variables (see `zhaoren settings`)."""

app = typer.Typer(
    name="zhaoren", help=_HELP, no_args_is_help=True, add_completion=False, rich_markup_mode=None
)
app.add_typer(tokens.app, name="tokens")
app.add_typer(members.app, name="members")
app.add_typer(bench.app, name="bench")
app.add_typer(store.app, name="store")
app.add_typer(audit.app, name="audit")
app.add_typer(contracts.app, name="contracts")
app.add_typer(outbox.app, name="outbox")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(lake.app, name="lake")
app.add_typer(sources.app, name="sources")
app.add_typer(digests.app, name="digests")
app.command("heartbeat")(digests.heartbeat)
app.add_typer(sheets.app, name="sheets")
app.add_typer(keys.app, name="keys")
app.add_typer(conflicts.app, name="conflicts")
app.add_typer(policy.app, name="policy")
policy.app.command("test")(policy_cases.hold_cases)
app.command("status")(status.status)
app.command("scorecard")(scorecard.scorecard)
app.command("who-needs")(who_needs.who_needs)
app.command("export-case")(export_case.export_case)
app.command("explain")(explain.explain)
app.command("gaps")(gaps.gaps)
app.command("sla")(sla.sla)
app.command("missed")(missed.missed)
app.add_typer(cases.app, name="cases")

DateOption = Annotated[
    datetime,
    typer.Option("--as-of-date", formats=["%Y-%m-%d"], help="Only facts before this day count."),
]


def main(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run one command and return its exit code; the only place that is given the environment."""
    from serving.failpoints import arm
    from serving.settings import read_settings

    out, err = Console(highlight=False), Console(stderr=True, highlight=False)
    try:
        arm(environ.get("ZHAOREN_FAILPOINT"))
        edge = Edge(read_settings(environ), _now, out, err)
        code = app(args=list(argv), standalone_mode=False, obj=edge)
        return int(code or 0)
    except Refusal as refusal:
        err.print(f"{refusal.code.name}: {refusal.found}", soft_wrap=True, markup=False)
        err.print(f"What to do: {refusal.to_do}", soft_wrap=True, markup=False)
        return int(refusal.code)
    except typer.TyperException as wrong:
        err.print(f"{wrong}\nSee `zhaoren --help`.", markup=False, soft_wrap=True)
        return int(ExitCode.WRONG_USAGE)
    except (typer.Abort, KeyboardInterrupt) as stop:
        if isinstance(stop.__cause__, EOFError):
            # Typer takes a stream that ended too early for somebody who pressed Ctrl-D.
            raise stop.__cause__ from None
        return int(ExitCode.INTERRUPTED)
    except OSError as error:
        told = f"{error.strerror or error}{f' ({error.filename})' if error.filename else ''}"
        err.print(f"{ExitCode.STORAGE_FAILED.name}: {told}.", soft_wrap=True, markup=False)
        err.print(
            "What to do: check space and permissions of ZHAOREN_HOME, then run again. The earlier"
            " lists stand.",
            soft_wrap=True,
        )
        return int(ExitCode.STORAGE_FAILED)


def run() -> None:
    """Entry point of the installed command."""
    _quiet_libraries()
    sys.exit(main(sys.argv[1:], os.environ))


@app.command()
def nightly(context: typer.Context, as_of_date: DateOption) -> int:
    """Run the night: gate, features, rules, scores, reasons, lists, publish, send, drift.

    Safe to repeat: a date is published once, and a run that was cut off is finished by the next one.
    """
    from serving.lists.list_policy import load_list_policy
    from serving.night.nightly import AlreadyRunning, run_night
    from serving.upstream.district import district

    edge: Edge = context.obj
    day = as_of_date.date()
    sources.accept_marked_files(edge)
    policy = load_list_policy(edge.settings.list_policy, as_of_date=day)
    with edge.store() as store, _terminable(edge), edge.progress() as progress:
        done = run_night(
            home=edge.settings.home,
            as_of_date=day,
            store=store,
            upstream=district(
                edge.settings.home,
                key_file=edge.settings.key_file,
                engine=edge.settings.engine,
                place=edge.settings.place,
            ),
            policy=policy,
            targets=edge.settings.message_targets(),
            zone=edge.settings.zone,
            clock=edge.clock,
            progress=progress,
        )
    audit.anchor_night(edge)
    tidy_up(edge)
    if isinstance(done, AlreadyRunning):
        edge.out.print(f"The night of {day} is already running in another process; nothing to do.")
        return int(ExitCode.OK)
    table = Table(title=f"Night of {day}", title_justify="left")
    table.add_column("step")
    table.add_column("what it did", overflow="fold")
    for name, said in done.said:
        table.add_row(name, said)
    edge.out.print(table)
    if done.publication is not None:
        state = "published" if done.is_news else "stand as published before"
        folder = edge.settings.home / "lists" / day.isoformat()
        edge.out.print(f"The lists of {day} {state}: {folder / 'index.html'}", soft_wrap=True)
        _print_counts(edge, folder)
    return int(ExitCode.MESSAGES_DEAD if done.sent.dead else ExitCode.OK)


@app.command()
def serve(context: typer.Context) -> None:
    """Serve the API for lists, reasons and outcomes."""
    import uvicorn

    from serving.api.observed import log_as_json
    from serving.web import app_with, settled

    edge: Edge = context.obj
    log_as_json()
    host, port = edge.settings.api_host, edge.settings.api_port
    # Settings nobody can serve with are refused here, once, and not by each process.
    app = settled(app_with(edge.settings))
    workers = edge.settings.serve_workers
    edge.out.print(f"API on http://{host}:{port}, described at /v1/openapi.json. Ctrl-C ends it.")
    # No access log of the server: its lines would hold household ids. A visitor's phone keeps its
    # connection while it is in use.
    uvicorn.run(
        app if workers == 1 else "serving.web:app_from_environment",
        factory=workers > 1,
        workers=workers,
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        timeout_keep_alive=75,
    )


@app.command()
def replay(context: typer.Context, as_of_date: DateOption) -> int:
    """Draw up a published date's lists again, apart, and compare them byte for byte."""
    from serving.night.replay import replay as replay_lists
    from serving.upstream.district import district

    edge: Edge = context.obj
    with edge.store() as store, edge.progress() as progress:
        replayed = replay_lists(
            store,
            district(
                edge.settings.home,
                key_file=edge.settings.key_file,
                engine=edge.settings.engine,
                place=edge.settings.place,
            ),
            home=edge.settings.home,
            as_of_date=as_of_date.date(),
            progress=progress,
        )
    if replayed.is_same:
        edge.out.print(f"{replayed.files} files of {replayed.as_of_date}: every byte is the same.")
        return int(ExitCode.OK)
    edge.err.print(f"{len(replayed.differing)} of {replayed.files} files differ:")
    for name in replayed.differing[:20]:
        edge.err.print(f"  {name}", markup=False)
    for change in replayed.inputs_changed:
        edge.err.print(f"Since then: {change}", markup=False)
    return int(ExitCode.REPLAY_DIFFERS)


@app.command()
def settings(context: typer.Context) -> None:
    """Show every setting, its variable and its value (secrets hidden)."""
    from serving.settings import PREFIX, Settings

    edge: Edge = context.obj
    table = Table("variable", "value", "what it is")
    for name, declared in Settings.model_fields.items():
        value = getattr(edge.settings, name)
        shown = "" if value is None else str(value)
        table.add_row(f"{PREFIX}{name.upper()}", shown, declared.description or "")
    edge.out.print(table)


@contextmanager
def _terminable(edge: Edge) -> Iterator[None]:
    """Let SIGTERM end the night as Ctrl-C does: the ledger is closed and the lease released."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt:
        edge.err.print("Interrupted. Nothing is half-published; run the same command again.")
        raise
    finally:
        signal.signal(signal.SIGTERM, before)


def _print_counts(edge: Edge, folder: Path) -> None:
    from serving.delivery.files.folder import MANIFEST

    counts = json.loads((folder / MANIFEST).read_bytes())["counts"]
    table = Table("decision", "households")
    for name, count in counts.items():
        table.add_row(name, str(count))
    edge.out.print(table)


def _now() -> datetime:
    return datetime.now(UTC)


def _quiet_libraries() -> None:
    """No library reports home from a bureau's machine, nor starts to because of a version bump."""
    for name, value in {
        "DO_NOT_TRACK": "true",
        "GX_ANALYTICS_ENABLED": "False",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }.items():
        os.environ[name] = value
