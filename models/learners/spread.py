"""The refits around a model, and the interval they give a score; what it means: :mod:`models.learners.uncertainty`."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.learners.learned import Learned
from models.ordering import Floats


@dataclass(frozen=True)
class Spread:
    """``share``: of households whose interval should hold; ``factor``: standard deviations to each side."""

    refits: tuple[Learned, ...]
    share: float
    factor: float

    def deviation(self, frame: pd.DataFrame) -> Floats:
        """Return the standard deviation of the refits' log-odds of every row."""
        return np.asarray(np.std([one.log_odds(frame) for one in self.refits], axis=0, ddof=1))

    def around(self, log_odds: Floats, frame: pd.DataFrame) -> tuple[Floats, Floats]:
        """Return the lower and the upper end of every row's interval, as log-odds."""
        half = self.factor * self.deviation(frame)
        return log_odds - half, log_odds + half
