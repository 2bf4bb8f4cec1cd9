"""What households without an answer teach: nothing, that they are presumed not in need, or how likely need hides there.

The last needs to know how often need would have been found, and households not in need cleared, in the ordinary course
of events. Both are read off the random slice of the training dates: positives found, over the need there is by lot.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.encoding import RowMask
from models.learners.learned import Learned, LearnerError
from models.ordering import Floats, household_hash
from models.selection.unlabelled import BothWays, learn_hidden

FEWEST_BY_LOT = 20
"""Households found in need by lot, below which nobody can say how much need there is."""

Fit = Callable[[pd.DataFrame, pd.DataFrame], Learned]


@dataclass(frozen=True)
class Chances:
    """Of need being found, and of a household not in need being seen and cleared, within a label window."""

    found: float
    cleared: float


def chances_by_lot(rows: pd.DataFrame, *, label: str, usable: RowMask) -> Chances:
    """Return how often need was found and its absence seen, over what there is by lot.

    ``random_propensity`` is the chance of one draw and a label window holds many, so one over it counts some rows
    several times. It serves as a weight only: the slice gives the share in need, the rows their number.

    Args:
        rows: with ``random_label`` and ``random_propensity``, null where nobody was drawn and answered.
        label: column with 1, 0 or null.
        usable: rows with a label or that nobody looked at; the share in need is taken to be theirs.

    Raises:
        LearnerError: fewer than :data:`FEWEST_BY_LOT` were found in need by lot.
    """
    drawn = rows.loc[rows["random_label"].notna()]
    positives = int(drawn["random_label"].sum())
    if positives < FEWEST_BY_LOT:
        raise LearnerError(
            f"unseen_as: hidden needs the random slice to say how much need there is, and on the training"
            f" dates it found {positives} households in need, fewer than {FEWEST_BY_LOT}: add dates, or"
            " presume with unseen_weight"
        )
    inverse = 1 / drawn["random_propensity"].to_numpy(dtype=np.float64)
    in_need = drawn["random_label"].to_numpy(dtype=np.float64)
    everybody = inverse / inverse.sum() * usable.sum()
    labels = rows[label].to_numpy(dtype=np.float64, na_value=np.nan)
    return Chances(
        found=float(min((labels == 1).sum() / (everybody @ in_need), 1.0)),
        # Below 1: whoever is not in need may always have gone unseen.
        cleared=float(min((labels == 0).sum() / (everybody @ (1 - in_need)), 0.99)),
    )


def stand_ins(
    rows: pd.DataFrame, *, most: int | None, unseen: Sequence[str], seed: int
) -> tuple[RowMask, Floats]:
    """Return which rows to keep so that about ``most`` of the unseen stay, and by how much each row then weighs more.

    Unseen households are drawn by a hash of their id: whole, and the same ones on every date and in every split. Rows
    of households somebody saw are kept as they are. With ``most`` None, or no more unseen than that, everybody is.

    Args:
        rows: ``household_id`` and ``label_source``.
        most: of the rows of unseen households.
        unseen: values of ``label_source`` where nobody looked.
        seed: of the draw.
    """
    kept, factor = np.ones(len(rows), dtype=bool), np.ones(len(rows))
    alone = rows["label_source"].isin(unseen).to_numpy()
    number = int(alone.sum())
    if most is None or number <= most:
        return kept, factor
    share = most / number
    chance = household_hash(rows["household_id"], seed=seed, salt="stand-ins") / 2.0**64
    kept[alone] = chance[alone] < share
    factor[alone] = 1 / share
    return kept, factor


def with_hidden_need(
    train: pd.DataFrame,
    later: pd.DataFrame,
    *,
    fit: Fit,
    label: str,
    weight: str,
    unseen: Sequence[str],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return both frames with each row nobody looked at once in need and once not, weighted by how likely.

    Args:
        train: rows to learn from, with ``label_source`` and the random slice.
        later: rows to stop and choose by; treated alike.
        fit: learns from two such frames.
        label: column with 1, 0 or null.
        weight: column with row weights.
        unseen: values of ``label_source`` where nobody looked; other rows without a label are left out.

    Raises:
        LearnerError: see :func:`chances_by_lot`.
    """
    both = pd.concat([train, later], ignore_index=True)
    labels = both[label].to_numpy(dtype=np.float64, na_value=np.nan)
    looked = ~np.isnan(labels)
    usable = looked | both["label_source"].isin(unseen).to_numpy()
    chances = chances_by_lot(both, label=label, usable=usable)
    weights = np.where(usable, np.where(looked, both[weight].to_numpy(dtype=np.float64), 1.0), 0.0)

    def split(rows: BothWays) -> tuple[pd.DataFrame, pd.DataFrame]:
        frame = both.iloc[rows.rows].assign(**{label: rows.labels, weight: rows.weights})
        trained = rows.rows < len(train)
        return frame.loc[trained], frame.loc[~trained]

    def refit(rows: BothWays) -> Floats:
        return fit(*split(rows)).predict(both)

    try:
        found = learn_hidden(
            labels,
            np.full(len(both), chances.found),
            refit,
            cleared_chance=chances.cleared,
            weights=weights,
        )
    except ValueError as error:
        raise LearnerError(f"unseen_as: hidden: {error}") from error
    return split(found)
