"""What was really so in the replayed months: read from the truth of the district, for judging only."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from experiments.district.answers import NoTruth
from experiments.district.truth import VISIBLE_SHOCKS
from experiments.year.settings import YearSettings

Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
NOT_SHOCKS = ("long_poverty", "chronic_illness")
"""Causes that creep; every other one strikes on a day."""
NOBODY = -1


@dataclass(frozen=True)
class TrueYear:
    """True households times replayed months. ``spells`` are those of hidden hardship.

    ``hidden``: in hardship with no covering scheme in force. ``entitled``: some scheme fits.
    ``near``: not in hardship this month, but in the one before or after. ``spell_of`` numbers the run of
    hardship a household is in, -1 for none.
    """

    households: dict[str, int]
    first_days: tuple[date, ...]
    hidden: Flags
    needy: Flags
    entitled: Flags
    near: Flags
    spell_of: Ints
    stigma: npt.NDArray[np.float64]
    spells: pd.DataFrame

    def place_of(self, true_ids: pd.Series) -> Ints:
        """Return the row of each true id; -1 for ids the truth does not know."""
        return np.asarray(true_ids.map(self.households).fillna(NOBODY), dtype=np.int64)

    def months_after(self, days: Ints) -> Ints:
        """Return the number of the replayed month of each day, days counted from the first one."""
        starts = np.array([(first - self.first_days[0]).days for first in self.first_days])
        return np.searchsorted(starts, days, side="right").astype(np.int64) - 1


def read_truth(truth: Path, settings: YearSettings) -> TrueYear:
    """Read the replayed months of the truth beside a home.

    Raises:
        NoTruth: ``hardship.parquet`` or ``households.parquet`` is missing.
    """
    for name in ("hardship.parquet", "households.parquet"):
        if not (truth / name).is_file():
            raise NoTruth(f"no {truth / name}: prepare the home with `zhaoren-lab simulate-year`")
    traits = pd.read_parquet(truth / "households.parquet", columns=["household_id", "stigma"])
    hardship = pd.read_parquet(truth / "hardship.parquet")
    return true_year(traits, hardship, settings)


def true_year(traits: pd.DataFrame, hardship: pd.DataFrame, settings: YearSettings) -> TrueYear:
    """Put the rows of the truth (one per household and month in hardship) into arrays."""
    months = pd.Index([pd.Timestamp(month.year, month.number, 1) for month in settings.recorded()])
    before = settings.history_months
    places = {household: row for row, household in enumerate(traits["household_id"])}
    shape = (len(places), len(months))
    rows = hardship["household_id"].map(places).to_numpy()
    columns = months.get_indexer(pd.Index(pd.to_datetime(hardship["month"])))
    needy, hidden, entitled = (np.zeros(shape, np.bool_) for _ in range(3))
    needy[rows, columns] = True
    hidden[rows, columns] = hardship["hidden"].to_numpy(dtype=bool)
    entitled[rows, columns] = hardship["eligible_schemes"].notna().to_numpy()
    near = np.zeros(shape, np.bool_)
    near[:, 1:] |= needy[:, :-1]
    near[:, :-1] |= needy[:, 1:]
    begins = needy.copy()
    begins[:, 1:] &= ~needy[:, :-1]
    numbers = np.cumsum(begins, axis=None).reshape(shape) - 1
    spell_of = np.where(needy, numbers, NOBODY)
    causes = pd.Series(
        hardship["cause"].to_numpy(), index=pd.MultiIndex.from_arrays([rows, columns])
    )
    spells = _spells(begins, spell_of, hidden, causes, before)
    return TrueYear(
        households=places,
        first_days=tuple(day.date() for day in months[before:]),
        hidden=hidden[:, before:],
        needy=needy[:, before:],
        entitled=entitled[:, before:],
        near=near[:, before:] & ~needy[:, before:],
        spell_of=spell_of[:, before:],
        stigma=traits["stigma"].to_numpy(dtype=np.float64),
        spells=spells,
    )


def _spells(
    begins: Flags, spell_of: Ints, hidden: Flags, causes: "pd.Series[str]", before: int
) -> pd.DataFrame:
    """One row per spell with a hidden month in the replay: household, first months, cause, kind."""
    rows, columns = np.nonzero(hidden)
    replayed = columns >= before
    hidden_months = pd.DataFrame(
        {"spell": spell_of[rows, columns][replayed], "month": columns[replayed] - before}
    )
    found = hidden_months.groupby("spell")["month"].agg(["min", "max", "count"]).reset_index()
    found.columns = pd.Index(["spell", "first_hidden", "last_hidden", "hidden_months"])
    started_rows, started_columns = np.nonzero(begins)
    started = pd.DataFrame(
        {
            "spell": spell_of[started_rows, started_columns],
            "place": started_rows,
            "start": started_columns,
        }
    )
    found = found.merge(started, on="spell", validate="one_to_one")
    found["cause"] = causes.reindex(pd.MultiIndex.from_frame(found[["place", "start"]])).to_numpy()
    found["start"] -= before
    # A family hidden from its first month on: before that nobody could have come too late.
    fresh = (found["start"] >= 0) & (found["first_hidden"] == found["start"])
    found["acute"] = fresh & ~found["cause"].isin(NOT_SHOCKS)
    found["on_record"] = found["acute"] & found["cause"].isin(VISIBLE_SHOCKS)
    return found
