"""Policies that do not learn: nobody goes out, door to door, one order after a rule."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from experiments.year.lists import ListDay
from experiments.year.walker import LANES, Choice, Flags, Floats, Ints
from models.baselines import Policy
from models.ordering import best_first, household_hash

RANKED, LEFT_OVER = LANES.index("ranked"), LANES.index("left_over")


def certain(rows: Ints, lane: int) -> Choice:
    """Return a choice nothing of which was drawn by lot."""
    return Choice(rows, np.full(len(rows), lane, np.int64), np.ones(len(rows)))


@dataclass(frozen=True)
class ApplicationOnly:
    """Nobody is visited: families come by themselves or stay unseen."""

    name: str = "application_only"

    def choose(self, today: ListDay, free: Flags, capacity: int) -> Choice:
        """Return an empty list."""
        return certain(np.empty(0, np.int64), RANKED)

    def learn(self, today: ListDay, rows: Ints, labels: Floats) -> None:
        """Learn nothing."""


@dataclass(frozen=True)
class DoorToDoor:
    """Grid after grid, every door once before any door twice; covered families are passed by."""

    seed: int
    name: str = "door_to_door"
    _round: dict[int, int] = field(default_factory=dict)

    def choose(self, today: ListDay, free: Flags, capacity: int) -> Choice:
        """Return the next doors of the round."""
        areas = today.frame["area_id"].astype("object").fillna("")
        grid = household_hash(areas, seed=self.seed, salt="grids")
        door = household_hash(today.frame["household_id"], seed=self.seed, salt="doors")
        times = np.array([self._round.get(int(code), 0) for code in today.codes])
        order = np.lexsort((door, grid, times))
        rows = order[free[order]][:capacity].astype(np.int64)
        for code in today.codes[rows]:
            self._round[int(code)] = self._round.get(int(code), 0) + 1
        return certain(rows, RANKED)

    def learn(self, today: ListDay, rows: Ints, labels: Floats) -> None:
        """Learn nothing."""


@dataclass(frozen=True)
class Ordered:
    """One order after a fixed rule. Places its rule leaves over go to others by lot.

    So every policy makes the same number of visits; the lane tells which visits the rule asked for.
    """

    order: Policy

    @property
    def name(self) -> str:
        """Name of the order."""
        return self.order.name

    def choose(self, today: ListDay, free: Flags, capacity: int) -> Choice:
        """Return the highest scores; ties and what is left over in an order of lots."""
        scores = self.order.score(today.frame)
        order = best_first(scores, today.lots)
        rows = order[free[order]][:capacity].astype(np.int64)
        lanes = np.where(scores[rows] > 0, RANKED, LEFT_OVER).astype(np.int64)
        return Choice(rows, lanes, np.ones(len(rows)))

    def learn(self, today: ListDay, rows: Ints, labels: Floats) -> None:
        """Learn nothing."""


@dataclass(frozen=True)
class LikelyEntitled:
    """The rule ladder's order; see :mod:`experiments.year.ladder`."""

    name: str = "rules:likely_entitled"

    def score(self, frame: pd.DataFrame) -> Floats:
        """Return the column worked out when the home was prepared; unknown is 0."""
        scores: Floats = frame["entitled"].fillna(0.0).to_numpy(dtype=np.float64)
        return scores
