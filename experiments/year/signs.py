"""Acute signs: facts that say something struck a household lately, whoever learned what from them.

They fill the urgent lane and tell from when on anybody could have known of a shock. A sign is new on a list
where it was not there on the list before. The choice and the thresholds
are this project's own, made on simulated districts of seeds 100-111: jobs lost and earners gone by age are left
out there, since most families of these cope.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Sign:
    """A feature at or above a number; unknown is not. ``grows``: more than on the list before is new too."""

    feature: str
    at_least: float
    grows: bool = False

    def values(self, frame: pd.DataFrame) -> npt.NDArray[np.float64]:
        """Return the feature where the sign is there, else 0."""
        numbers = frame[self.feature].to_numpy(dtype=np.float64, na_value=np.nan)
        return np.where(numbers >= self.at_least, numbers, 0.0)


ACUTE = (
    Sign("utility_is_cut_off", 1),
    Sign("utility_is_first_arrears_90d", 1),
    Sign("life_working_age_deaths_365d", 1, grows=True),
    Sign("life_divorces_365d", 1, grows=True),
    Sign("med_self_paid_90d", 15_000),
    Sign("med_longest_stay_365d", 15, grows=True),
    Sign("disability_severe_members", 1, grows=True),
    Sign("housing_danger_grade", 3),
    Sign("tickets_help_90d", 1, grows=True),
)
COLUMNS = tuple(sign.feature for sign in ACUTE)


class NewSigns:
    """Remembers the signs of the list before."""

    def __init__(self) -> None:
        self._before: pd.DataFrame | None = None

    def of(self, frame: pd.DataFrame) -> Flags:
        """Return which households of ``frame`` show an acute sign they did not show on the list before.

        A household the list before did not know shows nothing new, and so does the first list.
        """
        now = pd.DataFrame(
            {sign.feature: sign.values(frame) for sign in ACUTE}, index=frame["household_id"]
        )
        before, self._before = self._before, now
        if before is None:
            return np.zeros(len(frame), np.bool_)
        told = before.reindex(now.index)
        new = np.zeros(len(frame), np.bool_)
        for sign in ACUTE:
            value, earlier = now[sign.feature].to_numpy(), told[sign.feature].to_numpy()
            limit = earlier if sign.grows else np.where(earlier > 0, np.inf, 0.0)
            new |= value > np.where(np.isnan(earlier), np.inf, limit)
        return new
