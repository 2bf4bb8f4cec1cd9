"""The same experiment on the same data has to give the same figures: every run is held against the last like it.

"The same" is the identity of the configuration and a digest of the rows, labels included. Figures are
compared as they are, not rounded: a difference in the last digit is a difference, and says that something was
not pinned down.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan

from experiments.backtest import Backtest
from models.tracking import Tracking, TrackingError

FIGURES = "figures.json"
_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Sameness:
    """What came of holding a run against an earlier one; ``earlier`` is None if there is none."""

    earlier: str | None
    compared: int = 0
    differing: tuple[str, ...] = ()
    same_code: bool = True

    @property
    def equal(self) -> bool:
        """Whether an earlier run exists and every figure is its."""
        return self.earlier is not None and not self.differing

    def sentence(self) -> str:
        """Say it in one sentence, with what to look at where figures differ."""
        if self.earlier is None:
            return "No earlier run of this identity on these rows: nothing to compare with."
        run = f"run {self.earlier[:8]} of the same identity and rows"
        if self.equal:
            return f"All {self.compared} figures equal those of {run}."
        shown = "; ".join(self.differing[:_SHOWN])
        more = len(self.differing) - _SHOWN
        why = (
            "the code is the same: a library version, thread count or unpinned seed must differ"
            if self.same_code
            else "the code has changed since"
        )
        return (
            f"NOT EQUAL: {len(self.differing)} of {self.compared} figures differ from {run} ({why}):"
            f" {shown}{f'; and {more} more' if more > 0 else ''}."
        )


def figures_of(backtest: Backtest) -> dict[str, float]:
    """Return every figure of a backtest under one name each: answer, policy, capacity, measure."""
    found: dict[str, float] = {}
    for answer, evaluation in backtest.answers.items():
        for line in evaluation.table().to_dict("records"):
            place = f"{answer}/{line.pop('policy')}/{line.pop('capacity')}"
            found |= {f"{place}/{measure}": float(value) for measure, value in line.items()}
    return found


def figures_digest(figures: Mapping[str, float]) -> str:
    """Return 16 hex digits that change with any digit of any figure."""
    said = json.dumps({name: repr(value) for name, value in figures.items()}, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def differences(then: Mapping[str, float], now: Mapping[str, float]) -> tuple[str, ...]:
    """Return one phrase per figure that is not the same; NaN equals NaN, a lost figure differs."""
    found = []
    for name in sorted({*then, *now}):
        before, after = then.get(name), now.get(name)
        if before is None or after is None:
            found.append(f"{name} {'is new' if before is None else 'is gone'}")
        elif before != after and not (isnan(before) and isnan(after)):
            found.append(f"{name} was {before!r}, is {after!r}")
    return tuple(found)


def held_against_earlier(
    tracking: Tracking, experiment: str, *, figures: Mapping[str, float], tags: Mapping[str, str]
) -> Sameness:
    """Compare ``figures`` with those of the newest finished run like this one.

    Args:
        tracking: the store.
        experiment: name of the experiment.
        figures: of this run, by :func:`figures_of`.
        tags: ``kind``, ``identity`` and ``rows`` say what is alike, ``commit`` whose code it was.
    """
    alike = {name: tags[name] for name in ("kind", "identity", "rows")}
    for run_id in tracking.finished(experiment, tags=alike):
        try:
            stored = tracking.document(run_id, FIGURES)
        except TrackingError:
            continue
        then = {name: float(str(value)) for name, value in stored.items()}
        return Sameness(
            earlier=run_id,
            compared=len({*then, *figures}),
            differing=differences(then, figures),
            same_code=tracking.tags_of(run_id).get("commit") == tags["commit"],
        )
    return Sameness(earlier=None)


def as_document(figures: Mapping[str, float]) -> dict[str, object]:
    """Return figures as text that reads back to the same bits; JSON has no NaN."""
    return {name: repr(value) for name, value in figures.items()}
