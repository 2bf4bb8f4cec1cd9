"""The same columns by the engine and by those somebody would use instead, from Parquet to Parquet, in one run."""

import shutil
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from experiments.benchmarks.agreement import compare
from experiments.benchmarks.peers.data import write_data
from experiments.benchmarks.peers.task import COLUMNS, DATES, TABLES, WINDOWS
from experiments.benchmarks.spent import ProcessFailed, Spent, in_fresh_process

_PACKAGE = "experiments.benchmarks.peers"
TOLERANCE = 1e-4
"""Relative; results are 32-bit floats, and a standard deviation may be a small difference of large sums."""
ENGINE = "engine"
_TRIAGE_ELSEWHERE = (
    "triage: not measured here. Where it last ran (195 such features, these data, 2 cores) its data preparation"
    " took 473 s, 96 s of it features: a citation, no measurement of this run"
)


@dataclass(frozen=True)
class Peer:
    """Who else could do it. ``own_environment`` is its folder under the environments, if it needs one."""

    module: str
    words: str
    own_environment: str | None = None
    wanted: float | None = None
    """How many times as fast the engine should be."""


PEERS = (
    Peer(ENGINE, "the engine as feature groups use it for many dates"),
    Peer("in_numpy", "numpy in one pass, the limit to approach"),
    Peer("in_pandas", "pandas by hand", wanted=1.0),
    Peer("in_polars", "polars by hand, lazy and streaming", "polars", wanted=1.0),
    Peer("duckdb_per_date", "DuckDB, one query per date", wanted=3.0),
    Peer("in_featuretools", "featuretools", "featuretools", wanted=8.0),
    Peer("in_triage", "dssg/triage, data preparation", "triage", wanted=50.0),
)


def run(
    folder: Path,
    *,
    households: int,
    seed: int,
    runs: int,
    data: Path | None,
    environments: Path,
    only: frozenset[str],
    say: Callable[[str], None],
) -> None:
    """Run every peer, print time and memory, and compare all columns with the engine's."""
    if data is None:
        data = folder / f"peers-{households}-{seed}"
        if not (data / "visits.parquet").exists():
            events = write_data(data, households=households, seed=seed)
            say(f"{households:,} households, {events:,} events written")
    say(
        f"{data}: {len(TABLES)} event tables, {len(DATES)} as_of_dates, {len(WINDOWS)} windows, {COLUMNS} columns;"
        " sum, count, mean, min, max, stddev only: no distinct counts, medians or free SQL; Parquet to Parquet,"
        f" median of {runs} runs (slow peers once), start of the interpreter included"
    )
    spent: dict[str, Spent] = {}
    for peer in PEERS:
        if only and peer.module not in only:
            continue
        found = _measured(peer, data.resolve(), folder, environments, runs, say)
        if found is not None:
            spent[peer.module] = found
    _say_ratios(spent, say)
    for peer in PEERS:
        if peer.module in spent and peer.module not in (ENGINE, "in_triage") and ENGINE in spent:
            told = compare(
                _out(folder, ENGINE) / "*.parquet",
                _out(folder, peer.module) / "*.parquet",
                keys=["entity_id", "filename"],
                tolerance=TOLERANCE,
            )
            say(f"{peer.words} against the engine: {told}")


def _measured(
    peer: Peer,
    data: Path,
    folder: Path,
    environments: Path,
    runs: int,
    say: Callable[[str], None],
) -> Spent | None:
    python = Path(sys.executable)
    if peer.own_environment is not None:
        python = environments / peer.own_environment / "bin" / "python"
    if not python.exists():
        say(f"{peer.words}: not installed here ({python} is missing)")
        if peer.own_environment == "triage":
            say(_TRIAGE_ELSEWHERE)
        return None
    out = _out(folder, peer.module).resolve()
    times = 1 if peer.own_environment in ("featuretools", "triage") else runs
    found = []
    for _ in range(times):
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        try:
            took = in_fresh_process(f"{_PACKAGE}.{peer.module}", data, out, python=str(python))
            # triage counts from a filled database on, and without what PostgreSQL itself computes and holds.
            found.append(replace(took, seconds=took.told.get("seconds", took.seconds)))
        except ProcessFailed as error:
            say(f"{peer.words}: failed, not measured: {error}")
            if peer.own_environment == "triage":
                say(_TRIAGE_ELSEWHERE)
            return None
    middle = statistics.median_low([one.seconds for one in found])
    chosen = next(one for one in found if one.seconds == middle)
    all_of_them = ", ".join(f"{one.seconds:.1f}" for one in found)
    say(f"{peer.words} {chosen.told.get('version', '')}: {chosen}; runs: {all_of_them} s")
    for part, seconds in chosen.told.get("phases", {}).items():
        say(f"  {seconds:7.1f} s  {part}")
    return chosen


def _say_ratios(spent: dict[str, Spent], say: Callable[[str], None]) -> None:
    if ENGINE not in spent:
        return
    ours = spent[ENGINE]
    for peer in PEERS:
        if peer.module == ENGINE or peer.module not in spent:
            continue
        theirs = spent[peer.module]
        wanted = "" if peer.wanted is None else f" (wanted: more than {peer.wanted:g})"
        say(
            f"{peer.words}: {theirs.seconds / ours.seconds:.1f} times the engine's time{wanted},"
            f" {theirs.cpu_seconds / ours.cpu_seconds:.1f} times its CPU time,"
            f" {theirs.peak_gigabytes / ours.peak_gigabytes:.1f} times its memory"
        )


def _out(folder: Path, module: str) -> Path:
    return folder / "peers-out" / module
