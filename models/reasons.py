"""Why a household is on the list, in sentences a visitor can check at the door.

Up to three dated reasons and one uncertainty per household. A reason is a declared sentence about a known
value that raised the score *and* is worrying by its declaration; what merely looks odd to a tree is not said. No
score, no probability, no code is ever part of a text.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.registry import Feature, FeatureGroup
from models.ordering import Floats
from models.rules.triggers import RuleBook

MOST_REASONS = 3

# Shares of the training rows between which a value counts as usual, ties counted half.
_USUAL_FROM, _USUAL_TO = 0.35, 0.65
_SHARE_UNITS = ("share",)


@dataclass(frozen=True)
class FeedState:
    """A feed as a visitor needs to know it: whose it is, how far it reaches, whether it fell silent.

    ``data_until`` is the last day the feed reaches; None if it never delivered.
    """

    department: str
    data_until: date | None
    is_silent: bool = False


@dataclass(frozen=True)
class Reason:
    """One sentence with its date. ``dated`` says whether something happened that day or data end there."""

    text: str
    on: date | None
    dated: Literal["event", "data_until"]
    departments: tuple[str, ...]
    theme: str
    feature: str
    origin: Literal["model", "rule"]


@dataclass(frozen=True)
class Uncertainty:
    """What the engine cannot see about this household and the visitor can."""

    text: str
    feature: str | None = None
    feed: str | None = None


@dataclass(frozen=True)
class Explanation:
    """What is said about one household."""

    household_id: str
    reasons: tuple[Reason, ...]
    uncertainty: Uncertainty


def explain(
    rows: pd.DataFrame,
    contributions: pd.DataFrame,
    *,
    groups: Sequence[FeatureGroup],
    quantiles: Mapping[str, Sequence[float]],
    rules: RuleBook,
    feeds: Mapping[str, FeedState],
) -> tuple[Explanation, ...]:
    """Explain every row of a shortlist, in row order.

    Args:
        rows: matrix rows of one date with ``household_id``, features and evidence dates.
        contributions: what each feature adds to the log-odds, indexed by ``household_id``.
        groups: declarations; a group is a theme, and themes take turns.
        quantiles: training quantiles per numeric feature, at even steps from minimum to maximum.
        rules: triggers that speak up when the model has fewer than three things to say.
        feeds: state of every feed on the date.

    Raises:
        KeyError: a household has no contributions.
    """
    declared = {feature.name: (group, feature) for group in groups for feature in group.features}
    names = [name for name in contributions.columns if name in declared]
    aligned = contributions.loc[list(rows["household_id"]), names].to_numpy(dtype=np.float64)
    worrying = np.column_stack(
        [_worrying(rows[name], declared[name][1], quantiles.get(name)) for name in names]
    )
    unknown = np.column_stack([rows[name].isna().to_numpy(dtype=bool) for name in names])
    fired = rules.fired(rows).to_numpy(dtype=bool)
    speaker = _Speaker(rows.reset_index(drop=True), declared, rules, feeds)
    explanations = []
    for place, household_id in enumerate(rows["household_id"]):
        pushed = aligned[place]
        raised = [
            names[column]
            for column in np.argsort(-pushed, kind="stable")
            if pushed[column] > 0 and worrying[place, column]
        ]
        hidden = [
            names[column]
            for column in np.argsort(-np.abs(pushed), kind="stable")
            if unknown[place, column]
        ]
        said = list(_take_turns(speaker.from_model(place, raised)))
        said += [
            reason
            for reason in speaker.from_rules(place, np.flatnonzero(fired[place]))
            if reason.feature not in {one.feature for one in said}
        ]
        explanations.append(
            Explanation(str(household_id), tuple(said[:MOST_REASONS]), speaker.uncertainty(hidden))
        )
    return tuple(explanations)


def format_value(value: object, *, unit: str) -> str | None:
    """Return a value as a visitor reads it; None for a code that is not a word.

    Shares become per cent; large and whole numbers lose their decimals, others keep one.
    """
    if isinstance(value, str):
        return None if value.isascii() else value
    number = float(value)  # type: ignore[arg-type]
    if unit in _SHARE_UNITS:
        return f"{round(100 * number):d}%"
    if abs(number) >= 100 or number == round(number):
        return f"{round(number):d}"
    return f"{number:.1f}"


@dataclass(frozen=True)
class _Speaker:
    """Turns features and triggers of one shortlist into sentences."""

    rows: pd.DataFrame
    declared: Mapping[str, tuple[FeatureGroup, Feature]]
    rules: RuleBook
    feeds: Mapping[str, FeedState]

    def from_model(self, place: int, names: Sequence[str]) -> Iterator[Reason]:
        """Yield the reasons that can be said, most influential first."""
        for name in names:
            phrase = self.declared[name][1].phrase
            text = None if phrase is None else self._filled(place, name, phrase)
            if text is not None:
                yield self._reason(place, name, text, origin="model")

    def from_rules(self, place: int, fired: npt.NDArray[np.intp]) -> Iterator[Reason]:
        """Yield the titles of fired triggers in the order of their file, one per feature."""
        said: set[str] = set()
        day = pd.Timestamp(self.rows["as_of_date"].iloc[place]).date()
        for number in fired:
            trigger = self.rules.in_force(self.rules.trigger_ids[number], as_of_date=day)
            if trigger.feature not in said:
                said.add(trigger.feature)
                yield self._reason(place, trigger.feature, trigger.title_zh, origin="rule")

    def uncertainty(self, hidden: Sequence[str]) -> Uncertainty:
        """Name the unknown that moved the score most, or else how far the data reach."""
        for name in hidden:
            group, feature = self.declared[name]
            for feed in group.sources_of(feature):
                if feed in self.feeds and self.feeds[feed].is_silent:
                    return self._silence(feed, feature=name)
            if feature.phrase_unknown is not None:
                return Uncertainty(f"{feature.phrase_unknown}，请当面了解", feature=name)
        for feed, state in self.feeds.items():
            if state.is_silent:
                return self._silence(feed, feature=None)
        reach = [state.data_until for state in self.feeds.values() if state.data_until is not None]
        if not reach:
            return Uncertainty("各部门数据的截止日期不明，请当面核实近况")
        return Uncertainty(f"部分数据只到{_day(min(reach))}，之后的变化请当面核实")

    def _silence(self, feed: str, *, feature: str | None) -> Uncertainty:
        state = self.feeds[feed]
        since = (
            "一直没有数据" if state.data_until is None else f"{_day(state.data_until)}后没有更新"
        )
        return Uncertainty(
            f"{state.department}数据{since}，相关情况不明，请当面了解", feature=feature, feed=feed
        )

    def _filled(self, place: int, name: str, phrase: str) -> str | None:
        if "{value}" not in phrase:
            return phrase
        value = format_value(self.rows[name].iloc[place], unit=self.declared[name][1].unit)
        return None if value is None else phrase.replace("{value}", value)

    def _reason(
        self, place: int, name: str, text: str, *, origin: Literal["model", "rule"]
    ) -> Reason:
        group, feature = self.declared[name]
        sources = [self.feeds[feed] for feed in group.sources_of(feature) if feed in self.feeds]
        happened: date | None = None
        if feature.dated_by is not None:
            evidence = self.rows[feature.dated_by].iloc[place]
            happened = None if pd.isna(evidence) else pd.Timestamp(evidence).date()
        reach = [state.data_until for state in sources if state.data_until is not None]
        return Reason(
            text=text,
            on=happened or min(reach, default=None),
            dated="event" if happened else "data_until",
            departments=tuple(dict.fromkeys(state.department for state in sources)),
            theme=group.name,
            feature=name,
            origin=origin,
        )


def _take_turns(reasons: Iterator[Reason]) -> Iterator[Reason]:
    """Yield one reason per theme, and the others only after all themes have spoken."""
    spoken: set[str] = set()
    waiting = []
    for reason in reasons:
        if reason.theme in spoken:
            waiting.append(reason)
        else:
            spoken.add(reason.theme)
            yield reason
    yield from waiting


def _worrying(
    values: pd.Series, feature: Feature, quantiles: Sequence[float] | None
) -> npt.NDArray[np.bool_]:
    """Return where a known value may be shown as a concern under the declared direction."""
    known = values.notna().to_numpy(dtype=bool)
    if feature.worrying == "any" or feature.dtype == "category":
        return known
    numbers: Floats = values.to_numpy(dtype=np.float64, na_value=np.nan)
    if feature.dtype == "boolean":
        expected = 1.0 if feature.worrying == "high" else 0.0
        return np.asarray(known & (numbers == expected))
    if not quantiles:
        return np.zeros(len(values), dtype=bool)
    below, not_above = (
        np.searchsorted(quantiles, numbers, side=side) / len(quantiles)
        for side in ("left", "right")
    )
    standing = (below + not_above) / 2
    if feature.worrying == "high":
        # A value of nothing is no reason, however rare it is to have even that.
        return np.asarray(known & (standing > _USUAL_TO) & (numbers > 0))
    return np.asarray(known & (standing < _USUAL_FROM))


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
