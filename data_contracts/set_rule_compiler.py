"""Set checks as a contract writes them -> :mod:`data_contracts.set_rules`.

Written as ``type: custom``, ``engine: zhaoren``, and under ``implementation``:

========================  ===========================================================================
``check``                 further fields
========================  ===========================================================================
``usualVolume``           ``between: [low, high]`` times the recent median (``high`` may be null),
                          ``minDeliveries``
``usualGap``              none: cadence and latency of the contract
``usualDistribution``     ``most`` (0.25 by the rule of thumb), ``minRows``, ``minDeliveries``
``usualUnit``             ``minRows``, ``minDeliveries``, optional ``where: {column: value}``
``usualCodes``            ``minDeliveries``, optional ``with`` (a companion column)
``usualGroups``           ``minRows``, ``minDeliveries``, ``via`` (list of ``feed``, ``key``, ``value``)
                          or ``byColumn: true`` when the column itself is the group
``mostlyKnownIn``         ``feed``, ``column``, ``mostUnknownShare``
========================  ===========================================================================
"""

from collections.abc import Mapping

from data_contracts.set_rules import (
    MostlyKnown,
    SetRule,
    Step,
    UsualCodes,
    UsualDistribution,
    UsualGap,
    UsualGroups,
    UsualUnit,
    UsualVolume,
)

_HISTORY = ("minRows", "minDeliveries")
FIELDS: Mapping[str, tuple[str, ...]] = {
    "usualVolume": ("between", "minDeliveries"),
    "usualGap": (),
    "usualDistribution": ("most", *_HISTORY),
    "usualUnit": ("where", *_HISTORY),
    "usualCodes": ("with", "minDeliveries"),
    "usualGroups": ("via", "byColumn", *_HISTORY),
    "mostlyKnownIn": ("feed", "column", "mostUnknownShare"),
}
OF_THE_TABLE = ("usualVolume", "usualGap")
"""Set checks that stand at the table; the others stand at a column."""


class SetRuleError(ValueError):
    """A set check in a contract cannot be carried out as written."""


def set_rule(how: Mapping[str, object], *, column: str | None) -> SetRule:
    """Return the rule written in ``how``; ``how["check"]`` is one of :data:`FIELDS`.

    Raises:
        SetRuleError: a field is missing, unknown or of the wrong kind, or the check stands at the wrong place.
    """
    name = str(how["check"])
    for field in how:
        if field not in ("check", *FIELDS[name]):
            told = ", ".join(FIELDS[name]) or "no further field"
            raise SetRuleError(f"has an unknown field {field!r}, expected {told}")
    if name in OF_THE_TABLE:
        if column is not None:
            raise SetRuleError(f"{name} speaks of the whole delivery: move it to the table")
        return _of_the_table(name, how)
    if column is None:
        raise SetRuleError(f"{name} speaks of one column: move it to that column")
    return _of_a_column(name, how, column)


def _of_the_table(name: str, how: Mapping[str, object]) -> SetRule:
    if name == "usualGap":
        return UsualGap()
    written = how.get("between")
    if not isinstance(written, list) or len(written) != 2:
        raise SetRuleError("needs between: [low, high], times the recent median")
    low, high = written
    if not _is_number(low) or not (high is None or _is_number(high)) or low < 0:
        raise SetRuleError(f"has between {written!r}, expected two numbers, or [low, null]")
    if high is not None and not low < 1 < high:
        raise SetRuleError(f"has between {written!r}: the median itself would be outside")
    upper = None if high is None else float(high)
    return UsualVolume(low=float(low), high=upper, min_deliveries=_count(how, "minDeliveries"))


def _of_a_column(name: str, how: Mapping[str, object], column: str) -> SetRule:
    match name:
        case "usualDistribution":
            return UsualDistribution(
                column=column,
                most=_number(how, "most"),
                min_rows=_count(how, "minRows"),
                min_deliveries=_count(how, "minDeliveries"),
            )
        case "usualUnit":
            return UsualUnit(
                column=column,
                where=_where(how),
                min_rows=_count(how, "minRows"),
                min_deliveries=_count(how, "minDeliveries"),
            )
        case "usualCodes":
            companion = how.get("with")
            return UsualCodes(
                column=column,
                companion=None if companion is None else str(companion),
                min_deliveries=_count(how, "minDeliveries"),
            )
        case "usualGroups":
            return UsualGroups(
                column=column,
                path=_path(how),
                min_rows=_count(how, "minRows"),
                min_deliveries=_count(how, "minDeliveries"),
            )
        case _:
            share = _number(how, "mostUnknownShare")
            if share > 1:
                raise SetRuleError(f"has mostUnknownShare {share}, expected a share from 0 to 1")
            return MostlyKnown(
                column=column,
                feed=_text(how, "feed"),
                feed_column=str(how.get("column", column)),
                most_unknown_share=share,
            )


def _path(how: Mapping[str, object]) -> tuple[Step, ...]:
    via, by_column = how.get("via"), how.get("byColumn")
    if (via is None) == (by_column is not True):
        raise SetRuleError("needs either via: [{feed, key, value}, ...] or byColumn: true")
    if via is None:
        return ()
    if not isinstance(via, list) or not via or not all(isinstance(step, dict) for step in via):
        raise SetRuleError("needs via as a list of feed, key and value")
    for step in via:
        if sorted(step) != ["feed", "key", "value"]:
            raise SetRuleError(f"has a step of via with {sorted(step)}, expected feed, key, value")
    return tuple(Step(str(one["feed"]), str(one["key"]), str(one["value"])) for one in via)


def _where(how: Mapping[str, object]) -> tuple[str, str] | None:
    chosen = how.get("where", {})
    if not isinstance(chosen, dict) or len(chosen) > 1:
        raise SetRuleError("takes at most one column in where")
    return next(((str(name), str(value)) for name, value in chosen.items()), None)


def _count(how: Mapping[str, object], name: str) -> int:
    value = how.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise SetRuleError(f"needs {name}, a whole number from 1")
    return value


def _number(how: Mapping[str, object], name: str) -> float:
    value = how.get(name)
    if not _is_number(value) or not isinstance(value, int | float) or value < 0:
        raise SetRuleError(f"needs {name}, a number from 0")
    return float(value)


def _text(how: Mapping[str, object], name: str) -> str:
    value = how.get(name)
    if not isinstance(value, str) or not value:
        raise SetRuleError(f"needs {name}")
    return value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
