"""The random slice: which rows were drawn by lot, with what chance, and what was found behind the door."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.ordering import Floats
from models.resampling import Codes
from models.top_of_list import Capacity

Flags = npt.NDArray[np.bool_]


class LotError(ValueError):
    """The rows cannot be judged by lot; the message says what is missing."""


@dataclass(frozen=True, kw_only=True)
class Lot:
    """Rows a list could hold, drawn or not, in row order.

    ``chances``: probability in (0, 1] with which the row was drawn by lot, known of every drawn row; NaN where it was
    not drawn. ``labels``: 1 or 0 where the draw was answered; NaN elsewhere, a household nobody met included.
    ``dates``, ``households``, ``strata``: numbers from 0; rows of one household belong together. ``counted``: how many
    were drawn of each stratum was set beforehand; otherwise each row had its own chance, whatever befell the others.
    """

    labels: Floats
    chances: Floats
    dates: Codes
    households: Codes
    strata: Codes
    counted: bool = False

    def __post_init__(self) -> None:
        rows = len(self.labels)
        for name in ("chances", "dates", "households", "strata"):
            if getattr(self, name).shape != (rows,):
                raise LotError(f"{name}: {getattr(self, name).shape} values for {rows} rows")
        known = ~np.isnan(self.labels)
        strange = set(np.unique(self.labels[known])) - {0.0, 1.0}
        if strange:
            raise LotError(f"labels hold {sorted(strange)[:5]}; expected 1, 0 or null")
        wrong = known & ~((self.chances > 0) & (self.chances <= 1))
        if wrong.any():
            raise LotError(
                f"{int(wrong.sum())} rows have an answer by lot but no chance in (0, 1]: log the"
                " probability of every random visit"
            )
        if not known.any():
            raise LotError(f"of {rows} rows none was drawn and answered: nothing to judge by")

    @classmethod
    def of(
        cls,
        frame: pd.DataFrame,
        *,
        label: str = "random_label",
        chance: str = "random_propensity",
        stratum: str | None = None,
        counted: bool = False,
    ) -> "Lot":
        """Read the slice from rows of a history.

        Args:
            frame: ``household_id``, ``as_of_date`` and the columns named below.
            label: what was found, of the rows drawn; else null.
            chance: probability of the draw; else null.
            stratum: column within which rows were drawn (street, grid), or None for one lot over all.
            counted: how many were drawn of each stratum was set beforehand.

        Raises:
            LotError: no row was drawn and answered, or one has no chance.
        """
        count = len(frame)
        return cls(
            labels=frame[label].to_numpy(dtype=np.float64, na_value=np.nan),
            chances=frame[chance].to_numpy(dtype=np.float64, na_value=np.nan),
            dates=_codes(frame["as_of_date"]),
            households=_codes(frame["household_id"]),
            strata=np.zeros(count, np.intp) if stratum is None else _codes(frame[stratum]),
            counted=counted,
        )

    @property
    def drawn(self) -> Flags:
        """Rows that were drawn, met or not."""
        return ~np.isnan(self.chances)

    @property
    def answered(self) -> Flags:
        """Rows that were drawn and told something."""
        return ~np.isnan(self.labels)

    def weights(self) -> Floats:
        """Return the rows each answered row stands for; 0 where nothing was answered.

        That is 1 / (chance x share answered of its stratum): whoever is not met is taken to be like those met in
        the same stratum (a weighting class; Oh and Scheuren 1983). Where nobody of a stratum answered, its rows
        are represented by nobody.
        """
        inverse = np.where(self.drawn, 1 / np.where(self.drawn, self.chances, 1.0), 0.0)
        size = int(self.strata.max()) + 1
        drawn = np.bincount(self.strata, weights=inverse, minlength=size)
        met = np.bincount(self.strata, weights=inverse * self.answered, minlength=size)
        raised = np.divide(drawn, met, out=np.zeros(size), where=met > 0)
        return np.asarray(inverse * self.answered * raised[self.strata])


def share_on_list(scores: Floats, *, dates: Codes, capacity: Capacity) -> Floats:
    """Return, per row, the chance of being on its date's list: 1 above the cut, a share where tied at it.

    Rows without a score come last, tied.
    """
    filled = np.where(np.isnan(scores), -np.inf, scores)
    share = np.empty(len(filled))
    order = np.argsort(dates, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(dates[order])) + 1):
        here = filled[rows]
        visits = capacity.of(len(rows))
        cut = np.partition(here, len(rows) - visits)[len(rows) - visits]
        above, tied = here > cut, here == cut
        share[rows] = above + tied * (visits - above.sum()) / tied.sum()
    return share


def _codes(column: pd.Series) -> Codes:
    return np.asarray(pd.factorize(column, use_na_sentinel=False)[0], dtype=np.intp)
