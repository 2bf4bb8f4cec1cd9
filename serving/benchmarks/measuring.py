"""How a measurement is told: the clock on the wall, this process's share of it, and how busy the machine was."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(kw_only=True)
class Measured:
    """One measurement. ``load``: how many processes wanted a core when it began, by the kernel's count."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    load: float = 0.0

    @property
    def sentence(self) -> str:
        """One line; it says so when others were at work."""
        cores = os.cpu_count() or 1
        busy = f"; the machine was busy ({self.load:.1f} on {cores} cores)"
        told = f"{self.wall_s:.2f} s, of them {self.cpu_s:.2f} s of this process's CPU"
        return told + (busy if self.load > cores / 2 else "")


@contextmanager
def measured() -> Iterator[Measured]:
    """Measure the block."""
    found = Measured(load=os.getloadavg()[0])
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        yield found
    finally:
        found.wall_s, found.cpu_s = time.perf_counter() - wall, time.process_time() - cpu
