"""The triggers and rules of thumb of a deployment, over a frame or as expressions where a matrix lies."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd

from features.registry import KEYS
from models.ordering import Floats
from models.rules.trigger import Kind, Trigger, size


@dataclass(frozen=True)
class RuleOfThumb:
    """Points added up: what an experienced office would reckon on paper."""

    rule_id: str
    title: str
    points: tuple[tuple[str, float], ...]


@dataclass(frozen=True, kw_only=True)
class NotEncoded:
    """A published threshold that is no trigger here, and why."""

    what: str
    value: str
    source: str
    because: str


@dataclass(frozen=True)
class RuleBook:
    """All triggers (every dated version of each) and rules of thumb of a deployment.

    ``versions`` are signals of need; ``safety`` those that somebody may lie helpless; ``not_encoded`` what is published
    and not here.
    """

    versions: Mapping[str, tuple[Trigger, ...]]
    rules_of_thumb: tuple[RuleOfThumb, ...]
    safety: Mapping[str, tuple[Trigger, ...]] = field(default_factory=dict)
    not_encoded: tuple[NotEncoded, ...] = ()

    @property
    def trigger_ids(self) -> tuple[str, ...]:
        """Ids in file order."""
        return tuple(self.versions)

    def is_published(self, trigger_id: str) -> bool:
        """Whether somebody else publishes this threshold, in any version."""
        return any(version.published for version in self.versions[trigger_id])

    def in_force(self, trigger_id: str, *, as_of_date: date) -> Trigger:
        """Return the version in force on a date; the first one for any earlier date.

        Triggers published last year are compared on the years before as well: as an idea of
        how to rank, not as law.
        """
        versions = self._versions_of(trigger_id)
        started = [version for version in versions if version.valid_from <= as_of_date]
        return started[-1] if started else versions[0]

    def fired(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return one boolean column per trigger, each row judged by the version of its date."""
        return self._fired(frame, self.versions)

    def safety_fired(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the same for triggers of kind safety."""
        return self._fired(frame, self.safety)

    def score_trigger(self, frame: pd.DataFrame, trigger_id: str) -> Floats:
        """Return 0 where not fired, otherwise between 1 and 2, larger for more of ``order_by``.

        The value of a row depends on that row alone, never on who else is in the frame.
        """
        scores = np.zeros(len(frame))
        for rows, trigger in self._by_version(frame, trigger_id):
            # Only what is needed is cut out: a matrix has a hundred columns more.
            here = frame[list(trigger.columns)].iloc[rows]
            scores[rows] = trigger.fired(here) * (1 + size(here, trigger.order_by))
        return scores

    def score_rule(self, frame: pd.DataFrame, rule_id: str) -> Floats:
        """Return the points of every row."""
        rule = next(rule for rule in self.rules_of_thumb if rule.rule_id == rule_id)
        fired = self._fired(frame, [trigger_id for trigger_id, _ in rule.points])
        scores = np.zeros(len(frame))
        for trigger_id, points in rule.points:
            scores += points * fired[trigger_id].to_numpy()
        return scores

    def _versions_of(self, trigger_id: str) -> tuple[Trigger, ...]:
        return self.safety[trigger_id] if trigger_id in self.safety else self.versions[trigger_id]

    def _fired(self, frame: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
        met = {name: np.zeros(len(frame), dtype=bool) for name in names}
        for name, fires in met.items():
            for rows, trigger in self._by_version(frame, name):
                fires[rows] = trigger.fired(frame[[trigger.feature]].iloc[rows])
        return pd.DataFrame(met, index=frame.index)

    def _by_version(
        self, frame: pd.DataFrame, trigger_id: str
    ) -> Iterable[tuple[npt.NDArray[np.intp], Trigger]]:
        """Yield the positions of rows with the version in force on their dates."""
        versions = self._versions_of(trigger_id)
        if len(versions) == 1:
            yield np.arange(len(frame)), versions[0]
            return
        codes, days = pd.factorize(pd.to_datetime(frame["as_of_date"]))
        for code, day in enumerate(days):
            trigger = self.in_force(trigger_id, as_of_date=pd.Timestamp(day).date())
            yield np.flatnonzero(codes == code), trigger


def fired_expressions(
    matrix: ir.Table, book: RuleBook, *, kind: Kind = "need", keys: Sequence[str] = KEYS
) -> ir.Table:
    """Return ``keys`` and one boolean column per trigger, as :meth:`RuleBook.fired` gives them, where the matrix lies."""
    day = matrix.as_of_date.cast("date")

    def column(versions: tuple[Trigger, ...]) -> ir.Value:
        *later, first = reversed(versions)
        # Before its first day a trigger is compared as it was first published.
        dated = (
            (day >= ibis.date(one.valid_from.isoformat()), one.fired_on(matrix)) for one in later
        )
        return ibis.cases(*dated, else_=first.fired_on(matrix)) if later else first.fired_on(matrix)

    chosen = book.safety if kind == "safety" else book.versions
    return matrix.select(*keys, **{name: column(versions) for name, versions in chosen.items()})
