"""Published single triggers and rules of thumb: what a bureau can do without a learned model.

They come from a YAML file, each with its source, and are compared with the model at the same number of
visits. They also explain a household when the learned model has too little to say. An unknown value
never fires a trigger. Triggers of kind safety are kept apart: no model is compared with them, no rule of thumb
adds them up and no reason for a list is worded from them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from pathlib import Path

import yaml

from features.registry import Feature
from models.rules.rule_book import NotEncoded, RuleBook, RuleOfThumb, fired_expressions
from models.rules.trigger import OPERATORS, Kind, Trigger, Value

__all__ = [
    "NotEncoded",
    "RuleBook",
    "RuleOfThumb",
    "Trigger",
    "TriggerError",
    "fired_expressions",
    "load_triggers",
]

_TRIGGER_KEYS = {"id", "feature", "op", "value", "from", "source", "title_zh"}
_OPTIONAL_KEYS = {
    "order_by", "unit", "region", "verified", "published", "title", "note", "kind", "hours", "repeats",
}  # fmt: skip
_SECTIONS = {"triggers", "rules_of_thumb", "not_encoded"}
_NOT_ENCODED_KEYS = {"what", "value", "source", "because"}
_PURPOSES: Mapping[Kind, tuple[str, ...]] = {
    "need": ("find_need",),
    "safety": ("find_need", "keep_safe"),
}


class TriggerError(ValueError):
    """The triggers file asks for something the engine does not have or cannot vouch for."""


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
    if not isinstance(document, dict) or set(document) - _SECTIONS:
        raise TriggerError(f"{path.name}: expected the keys {sorted(_SECTIONS)}")
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
        if len({trigger.kind for trigger in found}) > 1:
            raise TriggerError(f"{path.name}: trigger {trigger_id} is of two kinds")
    by_kind: dict[Kind, dict[str, tuple[Trigger, ...]]] = {"need": {}, "safety": {}}
    for trigger_id, found in versions.items():
        by_kind[found[0].kind][trigger_id] = tuple(found)
    need = by_kind["need"]
    rules = [_rule(path, entry, need) for entry in _entries(path, document, "rules_of_thumb")]
    absent = [_not_encoded(path, entry) for entry in _entries(path, document, "not_encoded")]
    return RuleBook(need, tuple(rules), by_kind["safety"], tuple(absent))


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
    kind = _kind(where, entry)
    for name in (str(entry["feature"]), *([str(order_by).removeprefix("-")] if order_by else [])):
        if name not in declared:
            raise TriggerError(f"{where}: unknown feature {name!r}{_nearest(name, declared)}")
        if declared[name].purpose not in _PURPOSES[kind]:
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
        kind=kind,
        hours=_hours(where, entry, kind),
        repeats_if_grown=_repeats(where, entry),
        note=str(entry.get("note", "")),
    )


def _kind(where: str, entry: Mapping[str, object]) -> Kind:
    kind = entry.get("kind", "need")
    if kind not in _PURPOSES:
        raise TriggerError(f"{where}: unknown kind {kind!r}; use one of {sorted(_PURPOSES)}")
    return "safety" if kind == "safety" else "need"


def _hours(where: str, entry: Mapping[str, object], kind: Kind) -> int | None:
    hours = entry.get("hours")
    if (kind == "safety") != isinstance(hours, int):
        raise TriggerError(
            f"{where}: a trigger of kind safety, and no other, names hours; found {hours!r}"
        )
    return hours if isinstance(hours, int) else None


def _repeats(where: str, entry: Mapping[str, object]) -> bool:
    repeats = entry.get("repeats", "always")
    if repeats not in ("always", "if_grown") or (
        repeats == "if_grown" and not entry.get("order_by")
    ):
        raise TriggerError(
            f"{where}: repeats is {repeats!r}; use always, or if_grown with order_by"
        )
    return repeats == "if_grown"


def _not_encoded(path: Path, entry: Mapping[str, object]) -> NotEncoded:
    if set(entry) != _NOT_ENCODED_KEYS:
        raise TriggerError(
            f"{path.name}: not_encoded needs {sorted(_NOT_ENCODED_KEYS)}, found {sorted(entry)}"
        )
    return NotEncoded(**{key: str(value) for key, value in entry.items()})


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
