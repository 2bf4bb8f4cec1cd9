"""Published single triggers and rules of thumb: what a bureau can do without a learned model.

They come from a YAML file, each with its source, and are compared with the model at the same number of
visits. They also explain a household when the learned model has too little to say. An unknown value
never fires a trigger.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import yaml

from features.registry import Feature
from models.ordering import Floats

_COMPARISONS: dict[str, Callable[[Floats, float], npt.NDArray[np.bool_]]] = {
    ">=": lambda numbers, value: numbers >= value,
    ">": lambda numbers, value: numbers > value,
    "<=": lambda numbers, value: numbers <= value,
    "<": lambda numbers, value: numbers < value,
    "==": lambda numbers, value: numbers == value,
}
OPERATORS = (*_COMPARISONS, "in")

_TRIGGER_KEYS = {"id", "feature", "op", "value", "from", "source", "title_zh"}
_OPTIONAL_KEYS = {"order_by", "unit", "region", "verified", "published", "title", "note"}

Value = float | bool | str | tuple[str, ...]


class TriggerError(ValueError):
    """The triggers file asks for something the engine does not have or cannot vouch for."""


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """One threshold from ``valid_from`` on. ``order_by`` sorts the fired, largest first ("-x": smallest).

    ``published`` is False for signals of our own that only serve the rules of thumb.
    """

    trigger_id: str
    feature: str
    op: str
    value: Value
    valid_from: date
    source: str
    title_zh: str
    order_by: str | None = None
    unit: str | None = None
    region: str | None = None
    verified: bool = False
    published: bool = True

    @property
    def columns(self) -> tuple[str, ...]:
        """Features this trigger reads."""
        ordering = () if self.order_by is None else (self.order_by.removeprefix("-"),)
        return tuple(dict.fromkeys((self.feature, *ordering)))

    def fired(self, frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Return where the threshold is met; unknown is not met."""
        column = frame[self.feature]
        known = column.notna().to_numpy(dtype=bool)
        if self.op == "in":
            allowed = self.value if isinstance(self.value, tuple) else (str(self.value),)
            met = column.astype("object").isin(allowed).to_numpy(dtype=bool)
        elif isinstance(self.value, str):
            met = (column.astype("object") == self.value).to_numpy(dtype=bool, na_value=False)
        else:
            numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
            met = _compare(numbers, self.op, float(self.value))  # type: ignore[arg-type]
        return known & met


@dataclass(frozen=True)
class RuleOfThumb:
    """Points added up: what an experienced office would reckon on paper."""

    rule_id: str
    title: str
    points: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class RuleBook:
    """All triggers (every dated version of each) and rules of thumb of a deployment."""

    versions: Mapping[str, tuple[Trigger, ...]]
    rules_of_thumb: tuple[RuleOfThumb, ...]

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
        versions = self.versions[trigger_id]
        started = [version for version in versions if version.valid_from <= as_of_date]
        return started[-1] if started else versions[0]

    def fired(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return one boolean column per trigger, each row judged by the version of its date."""
        met = {name: np.zeros(len(frame), dtype=bool) for name in self.versions}
        for name in self.versions:
            for rows, trigger in self._by_version(frame, name):
                met[name][rows] = trigger.fired(frame[[trigger.feature]].iloc[rows])
        return pd.DataFrame(met, index=frame.index)

    def score_trigger(self, frame: pd.DataFrame, trigger_id: str) -> Floats:
        """Return 0 where not fired, otherwise between 1 and 2, larger for more of ``order_by``.

        The value of a row depends on that row alone, never on who else is in the frame.
        """
        scores = np.zeros(len(frame))
        for rows, trigger in self._by_version(frame, trigger_id):
            # Only what is needed is cut out: a matrix has a hundred columns more.
            here = frame[list(trigger.columns)].iloc[rows]
            scores[rows] = trigger.fired(here) * (1 + _size(here, trigger.order_by))
        return scores

    def score_rule(self, frame: pd.DataFrame, rule_id: str) -> Floats:
        """Return the points of every row."""
        rule = next(rule for rule in self.rules_of_thumb if rule.rule_id == rule_id)
        fired = self.fired(frame)
        scores = np.zeros(len(frame))
        for trigger_id, points in rule.points:
            scores += points * fired[trigger_id].to_numpy()
        return scores

    def _by_version(
        self, frame: pd.DataFrame, trigger_id: str
    ) -> Iterable[tuple[npt.NDArray[np.intp], Trigger]]:
        """Yield the positions of rows with the version in force on their dates."""
        versions = self.versions[trigger_id]
        if len(versions) == 1:
            yield np.arange(len(frame)), versions[0]
            return
        codes, days = pd.factorize(pd.to_datetime(frame["as_of_date"]))
        for code, day in enumerate(days):
            trigger = self.in_force(trigger_id, as_of_date=pd.Timestamp(day).date())
            yield np.flatnonzero(codes == code), trigger


def load_triggers(path: Path, *, features: Iterable[Feature], region: str) -> RuleBook:
    """Read the triggers of ``region`` (and those without a region) from a YAML file.

    Raises:
        TriggerError: an unknown key, feature, operator or trigger, a missing source, a feature not
            declared to find need, a value that does not fit the feature's type, or two versions of one trigger from the same day.
    """
    declared = {feature.name: feature for feature in features}
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise TriggerError(f"{path.name}: not YAML: {error}") from error
    if not isinstance(document, dict) or set(document) - {"triggers", "rules_of_thumb"}:
        raise TriggerError(f"{path.name}: expected the keys triggers and rules_of_thumb")
    versions: dict[str, list[Trigger]] = {}
    for entry in _entries(path, document, "triggers"):
        trigger = _trigger(path, entry, declared)
        if trigger.region in (None, region):
            versions.setdefault(trigger.trigger_id, []).append(trigger)
    for trigger_id, found in versions.items():
        found.sort(key=lambda trigger: trigger.valid_from)
        if len({trigger.valid_from for trigger in found}) < len(found):
            raise TriggerError(
                f"{path.name}: trigger {trigger_id} has two versions from the same day"
            )
    rules = [_rule(path, entry, versions) for entry in _entries(path, document, "rules_of_thumb")]
    return RuleBook({name: tuple(found) for name, found in versions.items()}, tuple(rules))


def _entries(path: Path, document: Mapping[str, object], key: str) -> Sequence[dict[str, object]]:
    entries = document.get(key) or []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise TriggerError(f"{path.name}: {key} must be a list of mappings")
    return entries


def _trigger(path: Path, entry: Mapping[str, object], declared: Mapping[str, Feature]) -> Trigger:
    where = f"{path.name}: trigger {entry.get('id', '(no id)')}"
    absent = sorted(key for key in _TRIGGER_KEYS if entry.get(key) in (None, ""))
    if absent:
        raise TriggerError(f"{where}: {absent} missing; every trigger states where it comes from")
    strange = sorted(set(entry) - _TRIGGER_KEYS - _OPTIONAL_KEYS)
    if strange:
        raise TriggerError(f"{where}: unknown key(s) {strange}")
    op, order_by = str(entry["op"]), entry.get("order_by")
    if op not in OPERATORS:
        raise TriggerError(f"{where}: unknown op {op!r}; use one of {list(OPERATORS)}")
    for name in (str(entry["feature"]), *([str(order_by).removeprefix("-")] if order_by else [])):
        if name not in declared:
            raise TriggerError(f"{where}: unknown feature {name!r}{_nearest(name, declared)}")
        if declared[name].purpose != "find_need":
            raise TriggerError(
                f"{where}: feature {name} is declared for {declared[name].purpose} only; nobody may be"
                " picked by it"
            )
    if order_by and declared[str(order_by).removeprefix("-")].dtype == "category":
        raise TriggerError(f"{where}: cannot order by the category {order_by}")
    valid_from = entry["from"]
    if not isinstance(valid_from, date):
        raise TriggerError(f"{where}: from is {valid_from!r}; expected a date like 2024-01-01")
    return Trigger(
        trigger_id=str(entry["id"]),
        feature=str(entry["feature"]),
        op=op,
        value=_value(where, entry["value"], op=op, feature=declared[str(entry["feature"])]),
        valid_from=valid_from,
        source=str(entry["source"]),
        title_zh=str(entry["title_zh"]),
        order_by=str(order_by) if order_by else None,
        unit=str(entry["unit"]) if entry.get("unit") else None,
        region=str(entry["region"]) if entry.get("region") else None,
        verified=bool(entry.get("verified", False)),
        published=bool(entry.get("published", True)),
    )


def _value(where: str, value: object, *, op: str, feature: Feature) -> Value:
    if op == "in":
        if not isinstance(value, list) or feature.dtype != "category":
            raise TriggerError(f"{where}: op 'in' needs a list of values and a category feature")
        return tuple(str(one) for one in value)
    if isinstance(value, str):
        if feature.dtype != "category" or op != "==":
            raise TriggerError(
                f"{where}: text value {value!r} needs op '==' and a category feature"
            )
        return value
    if isinstance(value, (bool, int, float)) and feature.dtype != "category":
        return value
    raise TriggerError(f"{where}: value {value!r} does not fit {feature.name} ({feature.dtype})")


def _rule(path: Path, entry: Mapping[str, object], triggers: Mapping[str, object]) -> RuleOfThumb:
    where = f"{path.name}: rule of thumb {entry.get('id', '(no id)')}"
    points = entry.get("points")
    if not entry.get("id") or not entry.get("title") or not isinstance(points, list) or not points:
        raise TriggerError(f"{where}: needs id, title and at least one line of points")
    added = []
    for line in points:
        if not isinstance(line, dict) or set(line) != {"trigger", "points"}:
            raise TriggerError(f"{where}: a line is {{trigger: ..., points: ...}}, found {line!r}")
        if line["trigger"] not in triggers:
            raise TriggerError(
                f"{where}: unknown trigger {line['trigger']!r}"
                f"{_nearest(str(line['trigger']), triggers)}"
            )
        added.append((str(line["trigger"]), float(line["points"])))
    return RuleOfThumb(str(entry["id"]), str(entry["title"]), tuple(added))


def _nearest(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _compare(numbers: Floats, op: str, value: float) -> npt.NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        return _COMPARISONS[op](numbers, value)


def _size(frame: pd.DataFrame, order_by: str | None) -> Floats:
    """Squeeze ``order_by`` into (0, 1) without changing its order; unknown is 0."""
    if order_by is None:
        return np.zeros(len(frame))
    name = order_by.removeprefix("-")
    numbers = frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
    signed = -numbers if order_by.startswith("-") else numbers
    squeezed: Floats = np.nan_to_num(0.5 + np.arctan(signed) / np.pi, nan=0.0)
    return squeezed
