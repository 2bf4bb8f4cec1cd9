"""How large a calibration error chance alone makes: on a few thousand rows even perfect probabilities show one."""

from dataclasses import dataclass

import numpy as np

from models.ordering import Floats
from models.probability_metrics import error_beyond_chance, expected_calibration_error
from models.resampling import Interval, interval

_DRAWS = 200
_MOST_ROWS = 20_000
"""Above, chance makes an error that nobody would mention, and drawing it takes longer than everything else."""


@dataclass(frozen=True)
class CalibrationTold:
    """``seen``: the error found. ``by_chance``: what it would be, had every probability been exactly right; None on many rows.

    ``beyond``: an estimate of the error that more rows would leave standing.
    """

    seen: float
    by_chance: Interval | None
    beyond: float

    @property
    def sentence(self) -> str:
        """What the error means on so many rows."""
        if self.by_chance is None:
            return f"calibration error {self.seen:.3f}; on so many rows chance adds next to nothing"
        floor = self.by_chance
        beyond = (
            "more than chance explains"
            if self.seen > floor.high
            else "no more than chance explains"
        )
        return (
            f"calibration error {self.seen:.3f}, {beyond}: exactly right probabilities would show {floor.value:.3f}"
            f" (95 %: {floor.low:.3f} to {floor.high:.3f}) on as many rows; with chance taken out {self.beyond:.3f}"
        )


def calibration_told(probabilities: Floats, labels: Floats, *, seed: int) -> CalibrationTold:
    """Draw outcomes from the probabilities themselves and see what error that makes beside the one found."""
    seen = expected_calibration_error(probabilities, labels)
    beyond = error_beyond_chance(probabilities, labels)
    if len(probabilities) > _MOST_ROWS:
        return CalibrationTold(seen, None, beyond)
    draw = np.random.default_rng((seed, 53))
    drawn = np.array(
        [
            expected_calibration_error(
                probabilities, (draw.random(len(probabilities)) < probabilities).astype(np.float64)
            )
            for _ in range(_DRAWS)
        ]
    )
    return CalibrationTold(seen, interval(float(drawn.mean()), drawn), beyond)
