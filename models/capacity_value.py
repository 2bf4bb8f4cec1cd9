"""What one more visit buys against what a better model buys, in households found.

Two ways to find more: visit more people with the model there is, or order the same visits better. The
first is bounded by what is left below the line, the second by a perfect ranking, which visits only those in
need. Both are put into one unit, so that a bureau can decide what to pay for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.answers import checked_scores, read_answers
from models.ordering import Floats
from models.resampling import HouseholdBootstrap, Interval, interval
from models.top_of_list import Capacity, RankedRows

PERFECT = "perfect ranking"
MORE_VISITS = 1.1


@dataclass(frozen=True, kw_only=True)
class CapacityValue:
    """Households in need found per as_of_date, and what would find more of them.

    ``more_visits``: found besides with :data:`MORE_VISITS` times the visits. ``better_model``: found
    besides by a model that closes a tenth of the way to a perfect ranking. ``worth``: the share of that way
    a model must close to find what the additional visits find; NaN where nothing is left to close.
    """

    policy: str
    visits: float
    found: Interval
    perfect: Interval
    more_visits: Interval
    better_model: Interval
    worth: Interval

    def sentence(self) -> str:
        """Say it in one sentence."""
        return (
            f"{self.visits:.0f} visits per date find {_count(self.found)} households, a perfect ranking"
            f" {_count(self.perfect)}; {MORE_VISITS - 1:.0%} more visits find {_count(self.more_visits)}"
            f" more, and so does a model that closes {_percent(self.worth)} of the gap"
        )


def found_curve(
    frame: pd.DataFrame,
    scores: Mapping[str, npt.ArrayLike],
    *,
    shares: Sequence[float],
    label: str = "label",
) -> pd.DataFrame:
    """Return ``policy, visits, found`` per as_of_date at every share, :data:`PERFECT` last.

    A row whose label nobody knows takes up a visit and finds nobody.
    """
    answers = read_answers(frame, label=label)
    given = {**scores, PERFECT: answers.positives}
    lines = []
    for policy, values in given.items():
        ranked = RankedRows(
            checked_scores(policy, values, rows=len(frame)),
            positives=answers.positives,
            labelled=answers.labelled,
            dates=answers.dates,
        )
        for share in shares:
            capacity = Capacity(share=share)
            visits = sum(capacity.of(len(day)) for day in answers.dates)
            found, _ = ranked.expected(capacity)
            lines.append((policy, visits / len(answers.dates), found / len(answers.dates)))
    return pd.DataFrame(lines, columns=["policy", "visits", "found"])


def capacity_value(
    frame: pd.DataFrame,
    scores: npt.ArrayLike,
    *,
    policy: str,
    capacity: Capacity,
    seed: int,
    label: str = "label",
    draws: int = 200,
) -> CapacityValue:
    """Return what a tenth more visits and a better model would each find.

    Args:
        frame: ``household_id``, ``as_of_date`` and the label.
        scores: of the policy, one per row.
        policy: its name.
        capacity: a share; each date is cut at its own.
        seed: of the draws of households.
        label: column with 1, 0 or null.
        draws: how often households are redrawn.

    Raises:
        ValueError: the capacity is a number; a tenth more of it is not of another date.
    """
    if capacity.share is None:
        raise ValueError(f"capacity {capacity.name}: the value of capacity is read at a share")
    answers = read_answers(frame, label=label)
    dates = len(answers.dates)
    cuts = [capacity, Capacity(share=min(1.0, capacity.share * MORE_VISITS))]
    codes = np.asarray(pd.factorize(frame["household_id"])[0], dtype=np.intp)
    ranked = {
        name: RankedRows(
            checked_scores(name, values, rows=len(frame)),
            positives=answers.positives,
            labelled=answers.labelled,
            dates=answers.dates,
        )
        for name, values in ((policy, scores), (PERFECT, answers.positives))
    }
    at = {
        (name, one.name): rows.expected(one)[0] / dates
        for name, rows in ranked.items()
        for one in cuts
    }
    drawn: dict[tuple[str, str], list[Floats]] = {}
    for weights in HouseholdBootstrap(codes, draws, seed).batches():
        for name, rows in ranked.items():
            redrawn = rows.drawn(cuts, weights=weights, codes=codes)
            for cut, (positives, _) in redrawn.items():
                drawn.setdefault((name, cut), []).append(positives / dates)
    redraws = {key: np.concatenate(batches) for key, batches in drawn.items()}
    now, more = cuts[0].name, cuts[1].name
    found, perfect = at[policy, now], at[PERFECT, now]
    gap, gaps = perfect - found, redraws[PERFECT, now] - redraws[policy, now]
    gain, gains = at[policy, more] - found, redraws[policy, more] - redraws[policy, now]
    with np.errstate(divide="ignore", invalid="ignore"):
        worth = interval(float(np.divide(gain, gap)), gains / gaps)
    return CapacityValue(
        policy=policy,
        visits=sum(cuts[0].of(len(day)) for day in answers.dates) / dates,
        found=interval(found, redraws[policy, now]),
        perfect=interval(perfect, redraws[PERFECT, now]),
        more_visits=interval(gain, gains),
        better_model=interval(gap / 10, gaps / 10),
        worth=worth,
    )


def _count(value: Interval) -> str:
    return f"{value.value:.1f} ({value.low:.1f}-{value.high:.1f})"


def _percent(value: Interval) -> str:
    return f"{value.value:.0%} ({value.low:.0%}-{value.high:.0%})"
