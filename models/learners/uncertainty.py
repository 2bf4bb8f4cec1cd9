"""How much a household's score would move had other households been labelled: an interval from refits.

Each refit learns from households drawn again with replacement (a household's dates stay together), with the same
settings; where candidates were compared, the choice and its weights stay as they are. The interval is the score
plus and minus a Student quantile times the standard deviation of the refits, on the log-odds scale.

It says: the expected score of models learned this way from as many other households of the same place lies inside it
for about the promised share of households. It does not say how likely the household is in need (that is the
probability), nor does it cover what all refits get wrong alike: a biased label, a feature nobody delivers, a change
since training, or a learner too plain for the truth.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.learners.fitting import fit_single
from models.learners.learned import Learned, LearnerError
from models.learners.mixed import Mixed
from models.learners.settings import AnySettings, MixedSettings
from models.learners.spread import Spread
from models.ordering import household_hash

if TYPE_CHECKING:
    from features.registry import Feature

FEWEST_REFITS = 5
"""With fewer, a standard deviation is a guess."""
_DRAWN = "_refit_weight"


@dataclass(frozen=True, kw_only=True)
class UncertaintySettings:
    """``refits``: models learned again, 0 for no interval. ``share``: of households whose interval should hold."""

    refits: int = 0
    share: float = 0.8


def fit_spread(
    train: pd.DataFrame,
    later: pd.DataFrame,
    *,
    model: Learned,
    features: "Sequence[Feature]",
    settings: AnySettings,
    uncertainty: UncertaintySettings,
    label: str,
    weight: str | None,
    seed: int,
) -> Spread | None:
    """Return the refits around ``model``, or None where none are asked for.

    Args:
        train: what ``model`` learned from; needs ``household_id``.
        later: what it stopped or was tuned on.
        model: the model whose scores get intervals.
        features: declared features in matrix order.
        settings: what ``model`` was learned with.
        uncertainty: how many refits, for which share.
        label: column with 1, 0 or null.
        weight: column with row weights, or None.
        seed: of the households drawn.

    Raises:
        LearnerError: too few refits, or a share outside 0 to 1.
    """
    if not uncertainty.refits:
        return None
    if uncertainty.refits < FEWEST_REFITS or not 0 < uncertainty.share < 1:
        raise LearnerError(
            f"uncertainty: refits must be 0 or at least {FEWEST_REFITS} and share between 0 and 1; found"
            f" {uncertainty.refits} and {uncertainty.share:g}"
        )
    # Imported here: slow to import, and scoring needs only the quantile.
    from scipy.stats import t

    refits = []
    for number in range(uncertainty.refits):
        drawn, drawn_later = (
            _drawn(frame, weight=weight, seed=seed, number=number) for frame in (train, later)
        )
        refits.append(
            _again(
                drawn, drawn_later, model=model, features=features, settings=settings, label=label
            )
        )
    factor = float(t.ppf((1 + uncertainty.share) / 2, uncertainty.refits - 1))
    return Spread(tuple(refits), uncertainty.share, factor)


def _drawn(frame: pd.DataFrame, *, weight: str | None, seed: int, number: int) -> pd.DataFrame:
    """Return the households of one redraw, weighted by how often each was drawn (about Poisson of mean 1)."""
    chance = household_hash(frame["household_id"], seed=seed, salt=f"refit {number}") / 2.0**64
    times = _poisson(np.asarray(chance, dtype=np.float64))
    kept = times > 0
    # A whole copy: columns put together by many groups lie in pieces, and each further one would be slow.
    found = frame.loc[kept].copy()
    before = 1.0 if weight is None else found[weight].to_numpy(dtype=np.float64, na_value=np.nan)
    found[_DRAWN] = times[kept] * before
    return found


def _poisson(chance: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """Turn uniform numbers into counts of a Poisson distribution of mean 1."""
    below = np.cumsum(np.exp(-1.0) / np.cumprod(np.append(1.0, np.arange(1.0, 12.0))))
    return np.searchsorted(below, chance, side="right")


def _again(
    train: pd.DataFrame,
    later: pd.DataFrame,
    *,
    model: Learned,
    features: "Sequence[Feature]",
    settings: AnySettings,
    label: str,
) -> Learned:
    if not isinstance(settings, MixedSettings):
        return fit_single(
            train, later, features=features, settings=settings, label=label, weight=_DRAWN
        )
    if not isinstance(model, Mixed):
        raise LearnerError(f"a {model.kind} model was not learned with {settings.kind}")
    used = [
        one for one, tried in zip(settings.candidates, model.tried, strict=True) if tried.weight > 0
    ]
    members = tuple(
        fit_single(train, later, features=features, settings=one, label=label, weight=_DRAWN)
        for one in used
    )
    return Mixed(members, model.weights, model.shift, model.tried)
