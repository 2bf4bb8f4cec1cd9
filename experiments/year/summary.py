"""Several seeds put together: means, paired ratios to the engine, and whether the bars are met."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from experiments.year.measures import Outcomes
from experiments.year.replay import ENGINE, NO_EXPLORATION
from models.resampling import LEVEL, Interval

SINGLE_TRIGGER = "trigger:"
TIMES_TRIGGER, TIMES_RULES, NAMED_WITHIN_30 = 2.0, 1.3, 0.70
LEARNED = (ENGINE, NO_EXPLORATION)
NO_VISITS = "application_only"
NUMBERS = (
    "visits", "found", "found_per_1000", "fired_visits", "fired_found_per_1000", "shocks", "visited_15", "visited_30",
    "median_days", "p90_days", "named", "named_visited_30", "told", "told_visited_15", "told_visited_30", "told_median_days", "told_p90_days",
    "found_again", "no_need_refused", "hidden_spells", "never_visited", "closed_in_need", "spread",
)  # fmt: skip


@dataclass(frozen=True)
class Bar:
    """One thing that must hold: what was measured, what is asked for, whether it is met."""

    what: str
    measured: Interval
    asked: float
    least: float
    """What the lower end of the interval must be above."""

    @property
    def is_met(self) -> bool:
        """Whether the value reaches the bar and the interval stays above ``least``."""
        return self.measured.value >= self.asked and self.measured.low > self.least

    @property
    def answer(self) -> str:
        """``met``, ``not met``, or ``cannot tell`` where one seed gives no interval."""
        if np.isnan(self.measured.low):
            return "cannot tell from one seed"
        return "met" if self.is_met else "not met"


@dataclass(frozen=True)
class Summary:
    """Every policy of every seed. Seeds are the draws: a seed is a world of its own."""

    outcomes: tuple[Outcomes, ...]

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds, in order."""
        return tuple(sorted({one.seed for one in self.outcomes}))

    @property
    def policies(self) -> tuple[str, ...]:
        """Names, the most found per 1,000 visits first; who makes no visits comes last."""
        means = {name: self.over_seeds(name, "found_per_1000").value for name in self._names}
        return tuple(sorted(means, key=lambda name: (-np.nan_to_num(means[name], nan=-1), name)))

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.policy for one in self.outcomes))

    def of(self, policy: str) -> list[Outcomes]:
        """Return the outcomes of a policy, one per seed in order."""
        return sorted(
            (one for one in self.outcomes if one.policy == policy), key=lambda one: one.seed
        )

    def over_seeds(self, policy: str, number: str) -> Interval:
        """Return the mean over seeds with its interval (Student's t); infinite days stay infinite."""
        return mean_interval([float(getattr(one, number)) for one in self.of(policy)])

    def engine_over(self, policies: Sequence[str]) -> Interval:
        """Return how many times as many the engine finds per 1,000 visits as the best of ``policies``.

        The best is chosen anew in every seed, to the engine's disadvantage. Geometric mean of the
        seeds' ratios; interval by Student's t on their logarithms.
        """
        logs = []
        for engine in self.of(ENGINE):
            rivals = [
                one.found_per_1000
                for one in self.outcomes
                if one.seed == engine.seed and one.policy in policies
            ]
            logs.append(float(np.log(engine.found_per_1000 / max(rivals))))
        told = mean_interval(logs)
        return Interval(*(float(np.exp(one)) for one in (told.value, told.low, told.high)))

    def bars(self) -> tuple[Bar, ...]:
        """Return what must hold of the closed loop."""
        named = self.over_seeds(ENGINE, "named_visited_30")
        return (
            Bar("households found per 1,000 visits, engine over best single trigger",
                self.engine_over(self.triggers), TIMES_TRIGGER, 1.0),
            Bar("households found per 1,000 visits, engine over best policy that does not learn",
                self.engine_over(self.plain), TIMES_RULES, 1.0),
            Bar("acute shocks a list could name, visited within 30 days of it, whether or not capacity allowed",
                named, NAMED_WITHIN_30, 0.0),
        )  # fmt: skip

    @property
    def triggers(self) -> tuple[str, ...]:
        """The published single triggers."""
        return tuple(name for name in self._names if name.startswith(SINGLE_TRIGGER))

    @property
    def plain(self) -> tuple[str, ...]:
        """Every policy that makes visits and does not learn."""
        return tuple(name for name in self._names if name not in (*LEARNED, NO_VISITS))

    def table(self) -> pd.DataFrame:
        """Return one line per policy: each number with ``_low`` and ``_high``, best first."""
        lines = []
        for name in self.policies:
            line: dict[str, object] = {"policy": name, "seeds": len(self.of(name))}
            for number in NUMBERS:
                told = self.over_seeds(name, number)
                line |= {number: told.value, f"{number}_low": told.low, f"{number}_high": told.high}
            lines.append(line)
        return pd.DataFrame(lines)

    def shown(self) -> tuple[str, ...]:
        """Return the policies worth a curve: the learning ones, the best of each kind, sweeps, lots."""
        best: Callable[[Sequence[str]], str] = lambda names: next(
            name for name in self.policies if name in names
        )
        rules = [name for name in self.plain if name.startswith("rule")]
        return tuple(
            dict.fromkeys(
                [ENGINE, NO_EXPLORATION, best(rules), best(self.triggers), "door_to_door", "random"]
            )
        )


def mean_interval(values: Sequence[float]) -> Interval:
    """Return the mean with its 95 % interval by Student's t; NaN ends with fewer than two values."""
    numbers = np.array(values, dtype=np.float64)
    mean = float(numbers.mean()) if len(numbers) else float("nan")
    if len(numbers) < 2 or not np.isfinite(numbers).all():
        return Interval(mean, float("nan"), float("nan"))
    spread = float(numbers.std(ddof=1) / np.sqrt(len(numbers)))
    reach = float(stats.t.ppf(0.5 + LEVEL / 2, len(numbers) - 1)) * spread
    return Interval(mean, mean - reach, mean + reach)
