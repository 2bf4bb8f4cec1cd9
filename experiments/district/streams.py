"""Random numbers that depend only on the seed, the purpose and the month.

A change in how one department draws must not move the dice of another, so each purpose has
a stream of its own.
"""

from dataclasses import dataclass
from zlib import crc32

import numpy as np


@dataclass(frozen=True)
class Streams:
    """Gives one generator per purpose and month, all derived from ``seed``."""

    seed: int

    def at(self, purpose: str, month: int = 0) -> np.random.Generator:
        """Return the generator of ``purpose`` in ``month``; the same call gives the same dice."""
        return np.random.default_rng([self.seed, crc32(purpose.encode()), month + 10_000])
