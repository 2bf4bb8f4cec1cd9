"""One list day as every policy sees it: households, facts known by then, and who they really are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from experiments.year.home import entitled_path, matrix_path, names_path
from experiments.year.settings import YearSettings
from experiments.year.signs import COLUMNS, NewSigns
from experiments.year.truth import TrueYear
from models.ordering import Hashes, household_hash

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
COVERED = "benefit_is_covered"


@dataclass(frozen=True)
class ListDay:
    """What lies on the table on the day a list is drawn up; rows in the order of ``household_id``.

    ``codes`` number the households of the replay, whatever day they appear on. ``places`` are rows of
    the truth and no policy may look at them; ``covered`` is what the benefits feed says.
    """

    number: int
    day: date
    frame: pd.DataFrame
    codes: Ints
    places: Ints
    covered: Flags
    new_sign: Flags
    lots: Hashes
    """One lot per row, drawn anew for each list; ties of every policy are broken by it."""


@dataclass(frozen=True)
class Lists:
    """The list days of one home, read one at a time."""

    home: Path
    settings: YearSettings
    world: TrueYear
    columns: Sequence[str]
    names: pd.DataFrame
    seed: int

    @classmethod
    def open(
        cls,
        home: Path,
        settings: YearSettings,
        world: TrueYear,
        *,
        columns: Sequence[str],
        seed: int,
    ) -> "Lists":
        """Read the names; ``columns`` are the features any policy looks at."""
        names = pd.read_parquet(names_path(home))
        names["as_of_date"] = pd.to_datetime(names["as_of_date"])
        names["code"] = pd.factorize(names["household_id"])[0]
        return cls(home, settings, world, columns, names, seed)

    @property
    def households(self) -> int:
        """How many household ids appear on any list day."""
        return int(self.names["code"].max()) + 1

    def __iter__(self) -> Iterator[ListDay]:
        """Yield the list days in order."""
        signs = NewSigns()
        wanted = list(
            dict.fromkeys(
                ["household_id", "as_of_date", "area_id", COVERED, *COLUMNS, *self.columns]
            )
        )
        for number, day in enumerate(self.settings.list_dates):
            frame = pd.read_parquet(matrix_path(self.home, day), columns=wanted)
            here = self.names[self.names["as_of_date"] == pd.Timestamp(day)]
            frame = frame.merge(here[["household_id", "true_id", "code"]], on="household_id")
            frame = frame.merge(
                pd.read_parquet(entitled_path(self.home, day)), on="household_id", how="left"
            )
            frame["as_of_date"] = pd.to_datetime(frame["as_of_date"])
            frame = frame.sort_values("household_id", ignore_index=True)
            yield ListDay(
                number=number,
                day=day,
                frame=frame,
                codes=frame["code"].to_numpy(dtype=np.int64),
                places=self.world.place_of(frame["true_id"]),
                covered=frame[COVERED].fillna(False).to_numpy(dtype=bool),
                new_sign=signs.of(frame),
                lots=household_hash(frame["household_id"], seed=self.seed, salt=f"lots {day}"),
            )
