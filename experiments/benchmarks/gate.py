"""How long one full monthly delivery of every feed takes through the gate and into the lake.

The district is simulated once and kept under ``var/bench``. Its stock and first month are loaded first, in a
process of their own; the month measured is judged in a fresh process against that lake, as a night does. The
time spent inside Great Expectations is measured from outside, around the one call that runs its suites.
"""

import json
import resource
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from time import perf_counter

from data_contracts.contracts import FOLDER
from data_contracts.gate import pass_gate
from data_contracts.judgement import Judgement, Verdict
from data_contracts.odcs import load_contracts
from data_contracts.pseudonyms import KEY_FILE, keyring_of, simulated_key

_LAST_OF_FIRST_MONTH = datetime.fromisoformat("2026-07-01")
"""The simulated district's last month is 2026-06; of its two recorded months the first is delivered in June."""
_AFTER_ALL = datetime.fromisoformat("2027-01-01")
_BURN_IN_MONTHS = 0
"""The load is what matters, not a settled economy."""


@dataclass(frozen=True)
class Pass:
    """One pass of the gate: wall time, of it inside Great Expectations, CPU time, peak resident memory."""

    seconds: float
    expectations_seconds: float
    cpu_seconds: float
    peak_gigabytes: float
    deliveries: int
    refused: int
    rows: int
    accepted: int
    by_feed: dict[str, tuple[int, float]]
    """Feed -> rows, seconds."""

    def __str__(self) -> str:
        """A line in all, then one for each feed of more than one percent of the time."""
        share = self.expectations_seconds / self.seconds
        told = (
            f"{self.deliveries} deliveries, {self.rows:,} rows in {self.seconds:.0f} s wall,"
            f" {self.cpu_seconds:.0f} s CPU, peak {self.peak_gigabytes:.2f} GB;"
            f" {self.accepted:,} accepted, {self.refused} deliveries refused;"
            f" Great Expectations {self.expectations_seconds:.0f} s ({share:.0%})"
        )
        slow = sorted(self.by_feed.items(), key=lambda one: -one[1][1])
        lines = [
            f"  {feed}: {rows:,} rows, {seconds:.1f} s"
            for feed, (rows, seconds) in slow
            if seconds > 0.01 * self.seconds
        ]
        return "\n".join([told, *lines])


def run(folder: Path, *, households: int, seed: int) -> tuple[Pass, Pass]:
    """Return the pass over stock and first month, and the measured one over the second month."""
    district = folder / f"district-{households}-{seed}"
    if not (district / "made").exists():
        shutil.rmtree(district, ignore_errors=True)
        _simulate(district, households=households, seed=seed)
    home = folder / f"gate-{households}-{seed}"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    (home / "landing").symlink_to((district / "landing").resolve())
    if (district / "keys").exists():
        (home / "keys").symlink_to((district / "keys").resolve())
    stock = _in_a_fresh_process(home, before=_LAST_OF_FIRST_MONTH)
    month = _in_a_fresh_process(home, before=_AFTER_ALL)
    return stock, month


def _simulate(out: Path, *, households: int, seed: int) -> None:
    """Write the district's files and the key its ids are hashed with."""
    from experiments.district.config import DistrictConfig
    from experiments.district.simulate import simulate

    config = DistrictConfig(
        households=households, months=2, seed=seed, burn_in_months=_BURN_IN_MONTHS
    )
    simulate(config, out, lambda line: None)
    simulated_key(out / KEY_FILE, seed=seed)
    (out / "made").touch()


def _in_a_fresh_process(home: Path, *, before: datetime) -> Pass:
    told = subprocess.run(
        [sys.executable, "-m", "experiments.benchmarks.gate", str(home), before.isoformat()],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return Pass(**json.loads(told.stdout.splitlines()[-1]))


def measure(home: Path, *, before: datetime) -> Pass:
    """Pass the gate once in this process."""
    inside = 0.0
    by_feed: dict[str, tuple[int, float]] = {}
    from data_contracts import expectations

    run_suites = expectations.run

    def timed(*args: object) -> object:
        nonlocal inside
        begun = perf_counter()
        found = run_suites(*args)  # type: ignore[arg-type]
        inside += perf_counter() - begun
        return found

    expectations.run = timed  # type: ignore[assignment]
    contracts, keyring = load_contracts(FOLDER), keyring_of(home)
    start = last = perf_counter()

    def watch(line: str) -> None:
        nonlocal last
        now = perf_counter()
        feed = line.removeprefix("feed ").split(",", 1)[0]
        rows, seconds = by_feed.get(feed, (0, 0.0))
        by_feed[feed] = rows, seconds + now - last
        last = now

    judgements = pass_gate(home, contracts, before=before, progress=watch, keyring=keyring)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return Pass(
        seconds=perf_counter() - start,
        expectations_seconds=inside,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        peak_gigabytes=usage.ru_maxrss / 2**20,
        deliveries=len(judgements),
        refused=sum(one.verdict is Verdict.REFUSED for one in judgements),
        rows=sum(one.rows_in for one in judgements),
        accepted=sum(one.accepted for one in judgements),
        by_feed={
            feed: (_rows_of(feed, judgements), seconds) for feed, (_, seconds) in by_feed.items()
        },
    )


def _rows_of(feed: str, judgements: list[Judgement]) -> int:
    return sum(one.rows_in for one in judgements if one.feed == feed)


if __name__ == "__main__":
    measured = measure(Path(sys.argv[1]), before=datetime.fromisoformat(sys.argv[2]))
    sys.stdout.write(json.dumps(asdict(measured)) + "\n")
