"""``zhaoren bench``: what this machine and database make of a district of a million households."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from serving.commands.edge import Edge
from serving.refusals import ExitCode

if TYPE_CHECKING:
    from serving.benchmarks.burst import Answers, People
    from serving.store import Store

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
    from serving.lists.list_policy import load_list_policy
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


@app.command("lists")
def bench_lists(
    context: typer.Context,
    grids: Annotated[int, typer.Option(min=1)] = 3_000,
    seconds: Annotated[float, typer.Option(min=1, help="Within which everybody opens it.")] = 60,
) -> int:
    """Let the worker of every grid open their list. ZHAOREN_STORE_URL must name an empty database."""
    from serving.benchmarks.burst import open_lists

    with _served(context.obj, grids) as (port, people, tell, _store):
        tell(lambda: open_lists(port, people, seconds=seconds))
    return int(ExitCode.OK)


@app.command("outcomes")
def bench_outcomes(
    context: typer.Context,
    grids: Annotated[int, typer.Option(min=1)] = 3_000,
    clients: Annotated[int, typer.Option(min=1)] = 500,
    rate: Annotated[float, typer.Option(min=1, help="A second, all clients together.")] = 65,
    seconds: Annotated[float, typer.Option(min=1)] = 600,
) -> int:
    """Let clients send outcomes; lost or doubled ones end in an error. The database must be empty."""
    from serving.benchmarks.burst import lost_and_double, send_outcomes

    edge: Edge = context.obj
    yesterday = (edge.clock().astimezone(edge.settings.zone) - timedelta(days=1)).date()
    with _served(edge, grids) as (port, people, tell, store):
        answers = tell(
            lambda: send_outcomes(
                port,
                people,
                clients=clients,
                rate=rate,
                seconds=seconds,
                visited_on=yesterday.isoformat(),
            )
        )
        lost, double = lost_and_double(store, answers)
    edge.out.print(f"{len({*answers.acknowledged})} acknowledged, {lost} lost, {double} double")
    return int(ExitCode.OK if lost == double == 0 else ExitCode.STORAGE_FAILED)


@contextmanager
def _served(
    edge: Edge, grids: int
) -> "Iterator[tuple[int, People, Callable[[Callable[[], Answers]], Answers], Store]]":
    """Publish a night of ``grids``, serve it, and yield port, people, what measures, and the store."""
    import tempfile
    import time
    from pathlib import Path

    from serving.benchmarks.burst import people_of, server
    from serving.benchmarks.made_night import Size
    from serving.benchmarks.publishing import publish_nights
    from serving.lists.list_policy import load_list_policy
    from serving.store import open_store

    now, zone, url = edge.clock(), edge.settings.zone, edge.settings.store_address
    policy = load_list_policy(edge.settings.list_policy, as_of_date=now.astimezone(zone).date())

    def say(line: str) -> None:
        edge.out.print(line, markup=False, soft_wrap=True)

    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zhaoren-bench-")))
        store = open_store(home, url=url)
        stack.callback(store.close)
        size = Size(households=grids * 10, grids=grids, alerts=grids * 5, passed_over=0)
        publish_nights(store, size, policy, nights=1, zone=zone, now=now, say=say)
        people = people_of(store, now=now)
        port, cpu_s = stack.enter_context(server(home, url=url))

        def tell(scene: "Callable[[], Answers]") -> "Answers":
            began = time.perf_counter()
            answers = scene()
            say(answers.sentence(wall_s=time.perf_counter() - began, cpu_s=cpu_s()))
            return answers

        yield port, people, tell, store
