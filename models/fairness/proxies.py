"""Is the score a stand-in for a group? Membership predicted from the score alone; a ROC-AUC of 0.5 says it is not."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from models.clustered import auc_at
from models.fairness.rates import FEWEST_POSITIVES, named
from models.ordering import Floats
from models.probability_metrics import places_of
from models.resampling import Codes, Interval

MOST_AUC = 0.65
"""Above this the score says who somebody is as well as live rankings say who is in need."""


@dataclass(frozen=True, kw_only=True)
class Proxy:
    """How well the score alone tells members of a group from all others, either way round.

    ``higher``: members have the higher scores. Age, disability and size of a household belong to need, so a failure is a
    question to answer in a signed waiver, not by itself an error.
    """

    column: str
    group: str
    households: int
    area: Interval
    higher: bool

    @property
    def verdict(self) -> Literal["pass", "fail", "cannot tell"]:
        """``cannot tell`` for groups with fewer households than a share missed takes positives."""
        if self.households < FEWEST_POSITIVES or np.isnan(self.area.value):
            return "cannot tell"
        return "pass" if self.area.value <= MOST_AUC else "fail"


def proxies(scores: Floats, groups: pd.DataFrame, units: Codes) -> list[Proxy]:
    """Return one test per group of every column of ``groups``."""
    found = []
    places = places_of(np.asarray(scores, dtype=np.float64))
    for name in groups.columns:
        members = named(groups[name])
        for group in sorted(members.categories):
            here = (members == group).astype(np.float64)
            area = auc_at(places, here)
            higher = not area.value < 0.5
            found.append(
                Proxy(
                    column=str(name),
                    group=group,
                    households=len(np.unique(units[here == 1])),
                    area=(area if higher else area.flipped()).interval(units, least=0.0),
                    higher=higher,
                )
            )
    return found
