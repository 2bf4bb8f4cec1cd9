"""The engine's policy: an urgent lane, a ranking learned from its own visits, and a slice for looking elsewhere.

It sees its own labels only, each from the day its report is in the books.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
import pandas as pd

from experiments.year.lists import ListDay
from experiments.year.settings import YearSettings
from experiments.year.walker import LANES, Choice, Flags, Floats, Ints
from features.registry import Feature
from models.learners.fitting import fit_learner
from models.learners.learned import Learned, LearnerError
from models.learners.settings import AnySettings
from models.learners.spread import Spread
from models.learners.uncertainty import FEWEST_REFITS, UncertaintySettings, fit_spread
from models.ordering import Hashes, best_first, household_hash

URGENT, RANKED, UNCERTAIN, RANDOM = (LANES.index(lane) for lane in LANES[:4])
LABEL, WEIGHT, KNOWN_ON = "label", "weight", "known_on"
REFITS = UncertaintySettings(refits=FEWEST_REFITS)
URGENT_DAYS = 30
"""An acute sign stays urgent for so long, or until somebody opened."""
STOPPING_PART = 5
"""One household in so many is not learned from but watched for when to stop."""


@dataclass
class Learning:
    """Learns from ``known`` and then from its own visits; ``explores`` by the shares of the settings.

    ``known``: feature rows with ``household_id``, ``as_of_date``, ``label``, ``weight`` and ``known_on`` of before the replay.
    """

    name: str
    features: Sequence[Feature]
    learner: AnySettings
    settings: YearSettings
    known: pd.DataFrame
    seed: int
    explores: bool = True
    model: Learned | None = None
    trained_on: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._own: list[pd.DataFrame] = []
        self._refits: Spread | None = None
        self._unanswered: dict[int, int] = {}

    def choose(self, today: ListDay, free: Flags, capacity: int) -> Choice:
        """Train if it is time; then fill the lanes one after the other."""
        if self.model is None or today.number % self.settings.retrain_every == 0:
            self._train(today)
        scores = self._scores(today.frame)
        lots, settings = today.lots, self.settings
        by_lot = self._slots(capacity, settings.random_share, today.number)
        doubtful = self._slots(capacity, settings.uncertain_share, today.number)
        urgent = self._first(
            free & self._urgent(today), scores, lots, round(settings.urgent_share * capacity)
        )
        left = free.copy()
        left[urgent] = False
        places = min(capacity - by_lot - doubtful, int(free.sum())) - len(urgent)
        ranked = self._first(left, scores, lots, places)
        left[ranked] = False
        uncertain = self._first(left, self._doubt(today.frame), lots, doubtful)
        left[uncertain] = False
        pool = np.flatnonzero(left)
        drawn = pool[np.argsort(lots[pool], kind="stable")][:by_lot].astype(np.int64)
        lanes = [(urgent, URGENT), (ranked, RANKED), (uncertain, UNCERTAIN), (drawn, RANDOM)]
        return Choice(
            rows=np.concatenate([rows for rows, _ in lanes]),
            lanes=np.concatenate([np.full(len(rows), lane, np.int64) for rows, lane in lanes]),
            propensity=np.concatenate(
                [
                    np.ones(len(urgent) + len(ranked) + len(uncertain)),
                    np.full(len(drawn), len(drawn) / max(len(pool), 1)),
                ]
            ),
        )

    def learn(self, today: ListDay, rows: Ints, labels: Floats) -> None:
        """Keep what the visits found; it counts from ``report_days`` after the last of them on."""
        known = ~np.isnan(labels)
        for code in today.codes[rows[known]]:
            self._unanswered.pop(int(code), None)
        seen = self._columns(today.frame.iloc[rows[known]])
        ready = today.day + timedelta(days=self.settings.step_days + self.settings.report_days)
        seen[LABEL], seen[WEIGHT], seen[KNOWN_ON] = labels[known], 1.0, pd.Timestamp(ready)
        self._own.append(seen)

    def _urgent(self, today: ListDay) -> Flags:
        """Return who showed an acute sign on this list or one shortly before and has met nobody since."""
        self._unanswered |= {int(code): today.number for code in today.codes[today.new_sign]}
        lists = URGENT_DAYS // self.settings.step_days
        return np.array(
            [
                today.number - self._unanswered.get(int(code), -URGENT_DAYS) <= lists
                for code in today.codes
            ]
        )

    def training_rows(self, today: ListDay) -> pd.DataFrame:
        """Return every row whose label is known on the day: what came before, and own visits."""
        rows = pd.concat([self.known, *self._own], ignore_index=True)
        return rows[rows[KNOWN_ON] <= pd.Timestamp(today.day)]

    def _train(self, today: ListDay) -> None:
        rows = self.training_rows(today)
        part = household_hash(rows["household_id"], seed=self.seed, salt="parts") % STOPPING_PART
        watched = np.asarray(part == 0)
        learned, watching = rows[~watched], rows[watched]
        try:
            model = fit_learner(
                learned, watching, features=self.features, settings=self.learner,
                label_window_days=self.settings.step_days, label=LABEL, weight=WEIGHT,
            )  # fmt: skip
            if self.explores:
                self._refits = fit_spread(
                    learned, watching, model=model, features=self.features, settings=self.learner,
                    uncertainty=REFITS, label=LABEL, weight=WEIGHT, seed=self.seed,
                )  # fmt: skip
        except LearnerError:
            # One class only so far: the model of before stays, or lots decide until there are both.
            return
        self.model = model
        self.trained_on.append((len(rows), int((rows[LABEL] == 1).sum())))

    def _scores(self, frame: pd.DataFrame) -> Floats:
        return np.zeros(len(frame)) if self.model is None else self.model.log_odds(frame)

    def _doubt(self, frame: pd.DataFrame) -> Floats:
        """Return how far models learned from other households' visits are apart."""
        return np.zeros(len(frame)) if self._refits is None else self._refits.deviation(frame)

    def _columns(self, frame: pd.DataFrame) -> pd.DataFrame:
        names = [feature.name for feature in self.features]
        return frame[["household_id", "as_of_date", *names]].copy()

    def _slots(self, capacity: int, share: float, number: int) -> int:
        """Round so that the slots of all lists together are the share; none without exploration."""
        if not self.explores:
            return 0
        return int(np.floor((number + 1) * share * capacity) - np.floor(number * share * capacity))

    @staticmethod
    def _first(among: Flags, scores: Floats, lots: Hashes, most: int) -> Ints:
        order = best_first(scores, lots)
        return order[among[order]][: max(most, 0)].astype(np.int64)
