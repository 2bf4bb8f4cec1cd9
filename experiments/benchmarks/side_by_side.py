"""The same columns by the engine and by those somebody would use instead, from Parquet to Parquet, in one run."""

import shutil
import statistics
import sys
from collections.abc import Callable, Sequence
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
    is_slow: bool = False
    """Runs once."""


PEERS = (
    Peer(ENGINE, "the engine as feature groups use it for many dates"),
    Peer("in_numpy", "numpy in one pass, the limit to approach"),
    Peer("in_pandas", "pandas by hand", wanted=1.0),
    Peer("in_polars", "polars by hand, lazy and streaming", "polars", wanted=1.0),
    Peer("duckdb_per_date", "DuckDB, one query per date", wanted=3.0),
    Peer("in_featuretools", "featuretools", "featuretools", wanted=8.0, is_slow=True),
    Peer("in_triage", "dssg/triage, data preparation", "triage", wanted=50.0, is_slow=True),
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
        f" median of {runs} runs in turn (slow peers once), start of the interpreter included"
    )
    asked = [peer for peer in PEERS if not only or peer.module in only]
    able = [peer for peer in asked if _is_installed(peer, environments, say)]
    found: dict[str, list[Spent]] = {peer.module: [] for peer in able}
    # In turn, not one after the other: a machine that others use is slow for minutes at a time.
    turns = [peer for turn in range(runs) for peer in able if turn == 0 or not peer.is_slow]
    for peer in turns:
        if peer.module not in found:
            continue
        took = _measured(peer, data.resolve(), folder, environments, say)
        if took is None:
            del found[peer.module]
        else:
            say(f"  {took.seconds:7.1f} s  {peer.words}")
            found[peer.module].append(took)
    spent = {
        peer.module: _middle(peer, found[peer.module], say) for peer in able if peer.module in found
    }
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


def _is_installed(peer: Peer, environments: Path, say: Callable[[str], None]) -> bool:
    python = _python(peer, environments)
    if python.exists():
        return True
    say(f"{peer.words}: not installed here ({python} is missing)")
    _cite(peer, say)
    return False


def _python(peer: Peer, environments: Path) -> Path:
    if peer.own_environment is None:
        return Path(sys.executable)
    return environments / peer.own_environment / "bin" / "python"


def _cite(peer: Peer, say: Callable[[str], None]) -> None:
    if peer.own_environment == "triage":
        say(_TRIAGE_ELSEWHERE)


def _measured(
    peer: Peer, data: Path, folder: Path, environments: Path, say: Callable[[str], None]
) -> Spent | None:
    """Run a peer once; None if it failed, which is told."""
    out = _out(folder, peer.module).resolve()
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    python = str(_python(peer, environments))
    try:
        took = in_fresh_process(f"{_PACKAGE}.{peer.module}", data, out, python=python)
    except ProcessFailed as error:
        say(f"{peer.words}: failed, not measured: {error}")
        _cite(peer, say)
        return None
    # triage counts from a filled database on, and without what PostgreSQL itself computes and holds.
    return replace(took, seconds=took.told.get("seconds", took.seconds))


def _middle(peer: Peer, found: Sequence[Spent], say: Callable[[str], None]) -> Spent:
    """Return the run that took the median time and print it."""
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
