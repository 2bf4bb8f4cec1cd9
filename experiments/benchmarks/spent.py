"""Wall time, CPU time and peak memory of a process of its own, told by itself in one line of JSON.

Only the standard library is imported here: peers run this in environments that have nothing of ours. Peak memory is
``VmHWM``, the most that was resident; ``ru_maxrss`` would count what the parent held when it started the child.
"""

import json
import os
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

ROOT = Path(__file__).parents[2]
_KILOBYTE, _GIGABYTE = 1024, 1024**3


class ProcessFailed(RuntimeError):
    """A measured process ended with an error; the message is the end of what it wrote."""


@dataclass(frozen=True)
class Spent:
    """What a process took. ``load`` is the load average when it ended; ``told`` is what else it reported."""

    seconds: float
    cpu_seconds: float
    peak_gigabytes: float
    load: float
    told: dict[str, Any]

    def __str__(self) -> str:
        """One phrase for the terminal."""
        return (
            f"{self.seconds:.1f} s wall, {self.cpu_seconds:.1f} s CPU, peak {self.peak_gigabytes:.2f} GB"
            f" (load {self.load:.1f})"
        )


def tell(**figures: Any) -> None:
    """Print what this process took and found, as its last line."""
    every = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    spent = {
        "cpu_seconds": sum(one.ru_utime + one.ru_stime for one in every),
        "peak_gigabytes": peak * _KILOBYTE / _GIGABYTE,
        "told": figures,
    }
    sys.stdout.write("\n" + json.dumps(spent) + "\n")


def in_fresh_process(
    module: str, *arguments: object, python: str = sys.executable, **environment: str
) -> Spent:
    """Run ``python -m module`` and return what it took, start of the interpreter included.

    Raises:
        ProcessFailed: it ended with an error.
    """
    begun = perf_counter()
    done = subprocess.run(
        [python, "-m", module, *(str(one) for one in arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | environment,
        check=False,
    )
    seconds = perf_counter() - begun
    if done.returncode:
        raise ProcessFailed(f"{module}: {done.stderr.strip()[-2000:]}")
    found = json.loads(done.stdout.splitlines()[-1])
    return Spent(seconds=seconds, load=os.getloadavg()[0], **found)
