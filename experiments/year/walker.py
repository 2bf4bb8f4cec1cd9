"""One policy walking through the replay: whom it may visit, what it found, whom it helped."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from experiments.year.door import NEED, NEED_HELPED, NO_NEED, NOT_FOUND, REFUSED, Door
from experiments.year.lists import ListDay
from experiments.year.settings import YearSettings
from experiments.year.truth import NOBODY, TrueYear

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
LONG_AGO = -(10**6)
LANES = ("urgent", "ranked", "uncertain", "random", "left_over")


@dataclass(frozen=True)
class Choice:
    """Whom a policy visits, in the order of the visits: rows of the list day, lane and propensity of each.

    ``propensity`` is the chance the row had of being drawn where it was drawn by lot, else 1.
    """

    rows: Ints
    lanes: Ints
    propensity: Floats


class YearPolicy(Protocol):
    """Anything that can draw up a list and may learn from what its own visits found."""

    @property
    def name(self) -> str:
        """Short name, unique within a replay."""
        ...

    def choose(self, today: ListDay, free: Flags, capacity: int) -> Choice:
        """Return at most ``capacity`` of the ``free`` rows, none twice."""
        ...

    def learn(self, today: ListDay, rows: Ints, labels: Floats) -> None:
        """Be told what the visits to ``rows`` found: 1, 0 or NaN where nobody answered."""
        ...


@dataclass
class Walker:
    """A policy with its own memory and its own traces in the world; shares nothing with others."""

    policy: YearPolicy
    world: TrueYear
    door: Door
    settings: YearSettings
    households: int
    _diary: list[pd.DataFrame] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._answered = np.full(self.households, LONG_AGO, np.int64)
        self._knocked = np.full(self.households, LONG_AGO, np.int64)
        self._tries = np.zeros(self.households, np.int64)
        self._helped_in = np.full(len(self.world.households), NOBODY, np.int64)

    def step(self, today: ListDay, capacity: int) -> None:
        """Draw up the list of a day and visit everybody on it before the next."""
        choice = self.policy.choose(today, self.free(today), capacity)
        if len(choice.rows) > capacity or len(np.unique(choice.rows)) < len(choice.rows):
            raise ValueError(
                f"policy {self.policy.name} put {len(choice.rows)} rows on the list of {today.day},"
                f" {len(np.unique(choice.rows))} of them different; {capacity} visits can be made"
            )
        if not len(choice.rows):
            return
        finding = self._visit(today, choice)
        labels = np.select(
            [np.isin(finding, (NEED, NEED_HELPED)), finding == NO_NEED], [1.0, 0.0], np.nan
        )
        self.policy.learn(today, choice.rows, labels)

    def free(self, today: ListDay) -> Flags:
        """Return who may be visited: not covered, not at rest, not closed as unreachable.

        Covered are those the benefits feed says are, and those this policy's own visit brought help, while
        their hardship lasts: the bureau pays them itself.
        """
        settings = self.settings
        day = (today.day - settings.begins).days
        since_answer = day - self._answered[today.codes]
        worse = today.new_sign & (since_answer >= settings.again_if_worse_days)
        rested = (since_answer >= settings.again_after_days) | worse
        knocked = day - self._knocked[today.codes] >= settings.unreached_days
        open_case = self._tries[today.codes] < settings.most_tries
        month = self.world.months_after(np.array([day]))
        free: Flags = (
            ~today.covered & ~self._is_helped(today.places, month) & rested & knocked & open_case
        )
        return free

    def _visit(self, today: ListDay, choice: Choice) -> Ints:
        rows, settings = choice.rows, self.settings
        days = (today.day - settings.begins).days + np.arange(
            len(rows)
        ) * settings.step_days // len(rows)
        months = self.world.months_after(days)
        places, codes = today.places[rows], today.codes[rows]
        spell = self._spell(places, months)
        helped = self._is_helped(places, months)
        finding = self.door.knock(
            today.frame["household_id"].iloc[rows],
            places,
            list_day=today.day,
            months=months,
            helped=helped,
        )
        unanswered = np.isin(finding, (NOT_FOUND, REFUSED))
        self._knocked[codes] = days
        self._answered[codes[~unanswered]] = days[~unanswered]
        self._tries[codes[~unanswered]] = 0
        self._tries[codes[unanswered]] += 1
        helps = finding == NEED_HELPED
        self._helped_in[places[helps]] = spell[helps]
        at = np.where(places == NOBODY, 0, places)
        hidden = (places != NOBODY) & self.world.hidden[at, months]
        self._diary.append(
            pd.DataFrame(
                {
                    "list": today.number,
                    "day": days,
                    "code": codes,
                    "place": places,
                    "area_id": today.frame["area_id"].iloc[rows].to_numpy(),
                    "lane": choice.lanes,
                    "propensity": choice.propensity,
                    "finding": finding,
                    "spell": np.where(hidden, spell, NOBODY),
                    "already_helped": helped,
                    "closed": self._tries[codes] >= settings.most_tries,
                }
            )
        )
        return finding

    def _spell(self, places: Ints, months: Ints) -> Ints:
        at = np.where(places == NOBODY, 0, places)
        return np.where(places == NOBODY, NOBODY, self.world.spell_of[at, months])

    def _is_helped(self, places: Ints, months: Ints) -> Flags:
        spell = self._spell(places, months)
        helped: Flags = (spell != NOBODY) & (self._helped_in[places] == spell)
        return helped

    @property
    def diary(self) -> pd.DataFrame:
        """One row per visit. ``spell``: the hidden hardship the household really was in, -1 for none."""
        columns = (
            "list",
            "day",
            "code",
            "place",
            "area_id",
            "lane",
            "propensity",
            "finding",
            "spell",
        )
        if not self._diary:
            return pd.DataFrame(columns=[*columns, "already_helped", "closed"])
        return pd.concat(self._diary, ignore_index=True)
