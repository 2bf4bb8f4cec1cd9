"""``zhaoren-lab bench``: speed and memory at full size, printed for whoever wants to compare machines."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Speed and memory at full size.", no_args_is_help=True)


@app.callback()
def bench() -> None:
    """Each command is one measurement."""


@app.command()
def linkage(
    households: Annotated[int, typer.Option(min=1000, help="Accounts and dwellings.")] = 1_000_000,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same made-up city.")] = 1,
) -> None:
    """Parse, train and link as many accounts as households once, on two threads."""
    from experiments.benchmarks.linkage import run

    typer.echo(str(run(households, seed=seed)))


@app.command()
def gate(
    households: Annotated[int, typer.Option(min=1000, help="Size of the district.")] = 1_000_000,
    folder: Annotated[
        Path, typer.Option(help="Where the district is kept for the next time.")
    ] = Path("var/bench"),
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same district.")] = 1,
) -> None:
    """Judge and load one full month of every feed in a fresh process, on top of a loaded stock."""
    from experiments.benchmarks.gate import run

    stock, month = run(folder, households=households, seed=seed)
    typer.echo(f"stock and first month, loaded before: {stock}")
    typer.echo(f"one month of {households:,} households: {month}")


_FOLDER = Annotated[Path, typer.Option(help="Where cities and results are kept for the next time.")]
_MEMORY = Annotated[str, typer.Option(help="The most DuckDB may hold, in its own notation.")]


@app.command()
def nightly(
    households: Annotated[int, typer.Option(min=1000, help="Size of the city.")] = 1_000_000,
    folder: _FOLDER = Path("var/bench"),
    memory: _MEMORY = "3GB",
    months: Annotated[int, typer.Option(min=1, max=48, help="Length of its history.")] = 24,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same city.")] = 1,
    peer: Annotated[bool, typer.Option(help="Beside hand-written DuckDB SQL.")] = True,
) -> None:
    """Build the whole matrix of one night, part by part, beside hand-written SQL."""
    from experiments.benchmarks.city.plan import CityPlan
    from experiments.benchmarks.nightly import run

    plan = CityPlan(households=households, months=months, seed=seed)
    run(folder, plan, memory=memory, with_peer=peer, say=typer.echo)


@app.command()
def scale(
    sizes: Annotated[str, typer.Option(help="Households, as in 50k,1m.")] = "50k,200k,1m",
    folder: _FOLDER = Path("var/bench"),
    memory: _MEMORY = "3GB",
    large: Annotated[
        str, typer.Option(help="The same for more than a million households.")
    ] = "8GB",
) -> None:
    """Fit the time of one night against the number of households."""
    from experiments.benchmarks.homes import DRAWN
    from experiments.benchmarks.scale import run

    households = [_number(one) for one in sizes.split(",")]
    limits = {size: large if size > DRAWN else memory for size in households}
    run(folder, limits, say=typer.echo)


@app.command()
def dates(
    sizes: Annotated[str, typer.Option(help="Households, as in 10k,100k.")] = "10k,100k",
    count: Annotated[int, typer.Option(min=2, help="How many dates, a month apart.")] = 24,
    folder: _FOLDER = Path("var/bench"),
    memory: _MEMORY = "3GB",
) -> None:
    """Compare the matrices of many dates with that of one."""
    from experiments.benchmarks.dates import run

    households = [_number(one) for one in sizes.split(",")]
    run(folder, sizes=households, dates=count, memory=memory, say=typer.echo)


@app.command()
def memory(
    households: Annotated[int, typer.Option(min=1000, help="Size of the city.")] = 100_000,
    months: Annotated[str, typer.Option(help="Lengths of history.")] = "12,24,48",
    folder: _FOLDER = Path("var/bench"),
    limit: _MEMORY = "3GB",
) -> None:
    """Compare the peak memory of one night over histories of several lengths."""
    from experiments.benchmarks.memory import run

    lengths = [int(one) for one in months.split(",")]
    run(folder, households=households, months=lengths, memory=limit, say=typer.echo)


@app.command()
def peers(
    households: Annotated[int, typer.Option(min=1000, help="Size of the data.")] = 100_000,
    folder: _FOLDER = Path("var/bench"),
    data: Annotated[
        Path | None, typer.Option(help="Folder with data already made, instead of new data.")
    ] = None,
    environments: Annotated[
        Path, typer.Option(help="Folder of the environments of peers that need one of their own.")
    ] = Path("var/bench/environments"),
    runs: Annotated[int, typer.Option(min=1, help="The median of so many runs counts.")] = 3,
    only: Annotated[list[str] | None, typer.Option(help="Run these peers only.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same data.")] = 7,
) -> None:
    """Compare windowed aggregates for many dates with what somebody would use instead."""
    from experiments.benchmarks.side_by_side import run

    run(
        folder,
        households=households,
        seed=seed,
        runs=runs,
        data=data,
        environments=environments,
        only=frozenset(only or ()),
        say=typer.echo,
    )


@app.command()
def spark(
    sizes: Annotated[str, typer.Option(help="Households, as in 2k,10k,50k.")] = "2k,10k,50k",
    folder: _FOLDER = Path("var/bench"),
    engine: Annotated[str, typer.Option(help="local[2] or spark://host:7077.")] = "local[2]",
    memory: Annotated[str, typer.Option(help="Heap of Java, and limit of DuckDB.")] = "3GB",
    months: Annotated[int, typer.Option(min=1, max=48, help="Length of the histories.")] = 24,
) -> None:
    """Build the matrix of one night on Spark and on DuckDB, compare them, and extrapolate to a country."""
    from experiments.benchmarks.spark import run

    wanted = [_number(one) for one in sizes.split(",")]
    run(folder, wanted, engine_name=engine, months=months, memory=memory, say=typer.echo)


def _number(text: str) -> int:
    """Read 50k or 10m."""
    factors = {"k": 1_000, "m": 1_000_000}
    digits = text.strip().lower()
    factor = factors.get(digits[-1:], 1)
    try:
        return int(digits.rstrip("km")) * factor
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no number of households; write 50k or 10m") from None


@app.command()
def events(
    households: Annotated[int, typer.Option(min=1000, help="Rows of the matrix.")] = 1_000_000,
    folder: _FOLDER = Path("var/bench"),
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same matrix.")] = 1,
) -> None:
    """Draw up the lists of `zhaoren who-needs` from a made-up matrix, each in a fresh process."""
    from experiments.benchmarks.events import run

    for drawn in run(folder, households=households, seed=seed):
        typer.echo(str(drawn))


@app.command()
def rules(
    households: Annotated[int, typer.Option(min=1000, help="Rows of the matrix.")] = 1_000_000,
    folder: _FOLDER = Path("var/bench"),
    memory: _MEMORY = "3GB",
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same matrix.")] = 1,
) -> None:
    """Ask every rule and trigger of a made-up matrix, each in a fresh process."""
    from experiments.benchmarks.rules import run

    for part, spent in run(folder, households=households, seed=seed, memory=memory).items():
        typer.echo(f"{part}: {spent}; {spent.told}")


@app.command("try")
def wide_table(
    rows: Annotated[int, typer.Option(min=5000, help="Rows of the table.")] = 1_000_000,
    columns: Annotated[int, typer.Option(min=20, help="Columns of the table.")] = 120,
    folder: _FOLDER = Path("var/bench"),
    csv: Annotated[bool, typer.Option("--csv", help="As CSV, not as Parquet.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same table.")] = 1,
) -> None:
    """Try a wide made-up table in a fresh process: phases, wall, CPU and peak memory."""
    from experiments.benchmarks.wide_table import run

    spent = run(folder, rows=rows, columns=columns, as_csv=csv, seed=seed)
    for phase, seconds in spent.told["seconds"].items():
        typer.echo(f"{seconds:7.1f} s wall {spent.told['cpu_seconds'][phase]:7.1f} s CPU  {phase}")
    typer.echo(f"{rows:,} rows x {columns} columns: {spent}")
    typer.echo(
        f"ROC-AUC {spent.told['roc_auc']}, calibration error {spent.told['ece']:.4f}, {spent.told['recipe']}"
    )


@app.command("small-experiment")
def small_experiment(
    data: Annotated[Path, typer.Option(help="Folder with the events as CSV (docs/try.md).")],
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same figures.")] = 7,
) -> None:
    """Four learners on four splits of 5,000 made-up households: which differences are noise."""
    from rich.console import Console

    from experiments.benchmarks.small_experiment.experiment import compared, scored
    from experiments.benchmarks.small_experiment.matrices import DataAbsent, build
    from experiments.benchmarks.small_experiment.told import in_a_sentence, table

    try:
        matrix = build(data)
    except DataAbsent as absent:
        typer.echo(f"refused: {absent}", err=True)
        raise typer.Exit(2) from absent
    rows, scores = scored(matrix, seed=seed, progress=typer.echo)
    found = compared(rows, scores, seed=seed)
    typer.echo("every figure equals scikit-learn's on the same rows, to 1e-12")
    Console(width=160).print(table(found))
    typer.echo(in_a_sentence(found))
