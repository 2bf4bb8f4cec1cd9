"""What a knock at a door finds: the truth with a visitor's error, the same dice for every policy.

The dice of a visit depend on the household and the list only, so two policies that knock at the same door
for the same list find the same, unless one of them has helped already.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from experiments.district.config import VisitRates
from experiments.district.visits import SHUT_STIGMA, STIGMA_HIDES, STIGMA_MIDDLE
from experiments.year.truth import NOBODY, TrueYear
from models.ordering import household_hash

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

NO_NEED, NEED, NEED_HELPED, REFUSED, NOT_FOUND = range(5)
FINDINGS = ("no_need", "need", "need_helped", "refused", "not_found")


@dataclass(frozen=True)
class Door:
    """Answers visits of one world with the rates of the district's own visitors.

    Left out, because the truth keeps no sign of it: unsafe doors (0.3 %), and need imagined near the
    line other than in the month before and after hardship.
    """

    world: TrueYear
    rates: VisitRates
    seed: int

    def knock(
        self,
        households: "pd.Series[str]",
        places: Ints,
        *,
        list_day: date,
        months: Ints,
        helped: Flags,
    ) -> Ints:
        """Return the place in :data:`FINDINGS` of what each visit finds.

        Args:
            households: ids as the engine knows them; they only throw the dice.
            places: rows of the world, -1 where nobody true stands behind the id.
            list_day: the list the visits belong to.
            months: the replayed month each visit is made in.
            helped: where help this policy brought already holds.
        """
        known = places != NOBODY
        at = np.where(known, places, 0)
        hidden = known & self.world.hidden[at, months] & ~helped
        near = known & self.world.near[at, months]
        stigma = np.where(known, self.world.stigma[at], STIGMA_MIDDLE)
        rates = self.rates
        door, eyes, aid = (
            self._dice(households, list_day, name) for name in ("door", "eyes", "aid")
        )
        refused = door < rates.refused * np.where(stigma > SHUT_STIGMA, 2.0, 0.8)
        absent = ~known | (door > 1 - rates.not_found)
        hides = STIGMA_HIDES * (stigma - STIGMA_MIDDLE)
        seen = eyes < np.select(
            [hidden, near], [rates.sees_need - hides, rates.imagines_near_line], rates.imagines_need
        )
        entitled = known & self.world.entitled[at, months]
        helps = aid < np.where(entitled, rates.aid_after_visit, rates.referral)
        finding = np.select(
            [absent, refused, seen & hidden & helps, seen],
            [NOT_FOUND, REFUSED, NEED_HELPED, NEED],
            NO_NEED,
        )
        return finding.astype(np.int64)

    def _dice(self, households: "pd.Series[str]", day: date, name: str) -> Floats:
        drawn = household_hash(households, seed=self.seed, salt=f"{name} {day}")
        return np.asarray(drawn / 2.0**64, dtype=np.float64)
