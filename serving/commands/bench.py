"""``zhaoren bench``: what this machine and database make of a district of a million households."""

from contextlib import ExitStack
from typing import Annotated

import typer

from serving.commands.edge import Edge
from serving.refusals import ExitCode

app = typer.Typer(no_args_is_help=True, help="Measure on made-up households, in an empty store.")


@app.command("publish")
def bench_publish(
    context: typer.Context,
    grids: Annotated[int, typer.Option(min=1)] = 3_000,
    households: Annotated[int, typer.Option(min=1)] = 1_000_000,
    alerts: Annotated[int, typer.Option(min=1)] = 15_000,
    passed_over: Annotated[
        int, typer.Option(min=0, help="Households with a decision that are on no list.")
    ] = 85_000,
    nights: Annotated[int, typer.Option(min=1)] = 2,
) -> int:
    """Publish nights of a whole district: one transaction each. ZHAOREN_STORE_URL must name an empty database."""
    import tempfile
    from pathlib import Path

    from serving.benchmarks.made_night import Size
    from serving.benchmarks.publishing import publish_nights
    from serving.list_policy import load_list_policy
    from serving.store import open_store

    edge: Edge = context.obj
    now = edge.clock()
    zone = edge.settings.zone
    policy = load_list_policy(edge.settings.list_policy, as_of_date=now.astimezone(zone).date())
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="zhaoren-bench-"))
        store = open_store(Path(folder), url=edge.settings.store_address)
        stack.callback(store.close)
        publish_nights(
            store,
            Size(households=households, grids=grids, alerts=alerts, passed_over=passed_over),
            policy,
            nights=nights,
            zone=zone,
            now=now,
            say=lambda line: edge.out.print(line, markup=False, soft_wrap=True),
        )
    return int(ExitCode.OK)


@app.command("drain")
def bench_drain(
    context: typer.Context,
    messages: Annotated[int, typer.Option(min=100)] = 15_000,
    grids: Annotated[int, typer.Option(min=1)] = 3_000,
    latency: Annotated[
        float, typer.Option(min=0, help="Seconds until the receiver answers.")
    ] = 0.02,
) -> int:
    """Drain an outbox against receivers on this machine. ZHAOREN_STORE_URL must name an empty database."""
    import tempfile
    from pathlib import Path

    from serving.benchmarks.draining import Load, drain
    from serving.store import open_store

    edge: Edge = context.obj
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="zhaoren-bench-"))
        store = open_store(Path(folder), url=edge.settings.store_address)
        stack.callback(store.close)
        drain(
            store,
            Load(messages=messages, grids=grids, latency_s=latency),
            clock=edge.clock,
            say=lambda line: edge.out.print(line, markup=False, soft_wrap=True),
        )
    return int(ExitCode.OK)
