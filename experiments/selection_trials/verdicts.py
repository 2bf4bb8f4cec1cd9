"""What a trial says: one line per thing measured, with its interval and the bar it was held against."""

from dataclasses import dataclass

from models.ordering import Floats
from models.resampling import Interval


@dataclass(frozen=True, kw_only=True)
class Line:
    """One figure of a trial. ``low`` and ``high`` bound what is allowed, both included; None where nothing is asked."""

    way: str
    figure: str
    measured: Interval
    low: float | None = None
    high: float | None = None

    @property
    def bar(self) -> str:
        """The bar in words; empty where there is none."""
        if self.low is not None and self.high is not None:
            return f"{self.low:.3g} to {self.high:.3g}"
        if self.low is not None:
            return f"at least {self.low:.3g}"
        return "" if self.high is None else f"at most {self.high:.3g}"

    @property
    def holds(self) -> bool | None:
        """Whether the measured value is within the bar; None where there is none."""
        if self.low is None and self.high is None:
            return None
        return (self.low is None or self.measured.value >= self.low) and (
            self.high is None or self.measured.value <= self.high
        )


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A trial's lines, how often it was repeated and from which seed on."""

    name: str
    runs: int
    first_seed: int
    lines: tuple[Line, ...]

    @property
    def holds(self) -> bool:
        """Whether no line is outside its bar."""
        return all(line.holds is not False for line in self.lines)

    def __getitem__(self, key: tuple[str, str]) -> Line:
        """Return the line of a way and a figure."""
        for line in self.lines:
            if (line.way, line.figure) == key:
                return line
        raise KeyError(f"{key}; there are {[(line.way, line.figure) for line in self.lines]}")


def mean_over(values: Floats) -> Interval:
    """Return the mean over runs with its normal 95 % interval."""
    half = 1.96 * float(values.std(ddof=1)) / len(values) ** 0.5
    value = float(values.mean())
    return Interval(value, value - half, value + half)
