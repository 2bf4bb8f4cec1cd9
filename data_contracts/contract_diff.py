"""Two versions of a contract compared by what they mean: would anybody who relied on the old one be let down?

=============  ====================================================================================
breaking       something relied on is gone or weaker (a column, a unit, a check, how personal data is
               guarded, how fresh or how long), or files that kept the old promise would be refused
compatible     more is promised, and nothing less
note           words, or a rule that only warns
=============  ====================================================================================
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from data_contracts.checks import Check, Expectation, InvalidValues, Rule, Severity
from data_contracts.contract import Column, Contract


class Weight(StrEnum):
    """What a change means for those who rely on the contract."""

    BREAKING = "breaking"
    COMPATIBLE = "compatible"
    NOTE = "note"


@dataclass(frozen=True)
class Change:
    """One difference between two contracts. ``where`` is the feed, or feed and column or check."""

    weight: Weight
    where: str
    what: str


_SEVERITIES = (Severity.WARNING, Severity.ERROR, Severity.FATAL)
_WORDS = ("purpose", "limitations", "usage", "legal_basis", "owner", "granularity", "department")


def compare(old: Mapping[str, Contract], new: Mapping[str, Contract]) -> list[Change]:
    """Return every change between two sets of contracts by feed, breaking ones first."""
    changes: list[Change] = []
    for feed in sorted({*old, *new}):
        if feed not in new:
            changes.append(Change(Weight.BREAKING, feed, "the feed is gone"))
        elif feed not in old:
            changes.append(Change(Weight.COMPATIBLE, feed, "the feed is new"))
        else:
            changes += _of_feed(old[feed], new[feed])
    order = list(Weight)
    return sorted(changes, key=lambda change: (order.index(change.weight), change.where))


def _of_feed(old: Contract, new: Contract) -> list[Change]:
    changes = [
        *_terms(old, new),
        *_columns(old, new),
        *_checks(old, new),
    ]
    breaking = any(change.weight is Weight.BREAKING for change in changes)
    if breaking and old.version.split(".")[0] == new.version.split(".")[0]:
        what = (
            f"breaking changes, but the major version stays {old.version.split('.')[0]}: raise it"
        )
        changes.append(Change(Weight.NOTE, old.feed, what))
    return changes


def _terms(old: Contract, new: Contract) -> Iterator[Change]:
    feed = old.feed
    for name in ("entity", "entity_column", "fact_id"):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield Change(Weight.BREAKING, feed, f"{name} was {before}, is {after}")
    for name, what in (("cadence_days", "sent every"), ("latency_days", "may lag")):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            weight = Weight.BREAKING if after > before else Weight.COMPATIBLE
            yield Change(weight, feed, f"{what} {before} days, now {after}")
    if old.retention_days != new.retention_days:
        shorter = new.retention_days < old.retention_days
        what = f"kept {old.retention_days} days, now {new.retention_days}"
        if not shorter:
            what += ": the legal basis must allow it"
        yield Change(Weight.BREAKING if shorter else Weight.NOTE, feed, what)
    if old.max_quarantined_share != new.max_quarantined_share:
        looser = new.max_quarantined_share > old.max_quarantined_share
        what = (
            f"at most {old.max_quarantined_share:.1%} bad rows, now {new.max_quarantined_share:.1%}"
        )
        yield Change(
            Weight.BREAKING, feed, f"{what}: {'weaker' if looser else 'files are refused'}"
        )
    for name in _WORDS:
        if getattr(old, name) != getattr(new, name):
            yield Change(Weight.NOTE, feed, f"{name} is worded differently")


def _columns(old: Contract, new: Contract) -> Iterator[Change]:
    before = {column.name: column for column in old.columns}
    after = {column.name: column for column in new.columns}
    gone = [name for name in before if name not in after]
    added = [name for name in after if name not in before]
    for name in gone:
        heir = next((one for one in added if _is_renamed(before[name], after[one])), None)
        what = "the column is gone"
        if heir is not None:
            what = f"the column seems to be renamed to {heir}"
            added.remove(heir)
        yield Change(Weight.BREAKING, f"{old.feed}.{name}", what)
    for name in added:
        required = after[name].required
        what = "a new required column: files without it are refused" if required else "a new column"
        weight = Weight.BREAKING if required else Weight.COMPATIBLE
        yield Change(weight, f"{old.feed}.{name}", what)
    for name, column in before.items():
        if name in after:
            for weight, what in _column(column, after[name]):
                yield Change(weight, f"{old.feed}.{name}", what)


def _is_renamed(old: Column, new: Column) -> bool:
    same = (old.logical_type, old.unit, old.identifier, old.enum)
    if same != (new.logical_type, new.unit, new.identifier, new.enum):
        return False
    return old.description == new.description or bool(old.enum)


def _column(old: Column, new: Column) -> Iterator[tuple[Weight, str]]:
    if old.logical_type != new.logical_type:
        yield Weight.BREAKING, f"type was {old.logical_type}, is {new.logical_type}"
    if old.unit != new.unit:
        yield Weight.BREAKING, f"unit was {old.unit}, is {new.unit}"
    if old.required and not new.required:
        yield Weight.BREAKING, "may now be empty"
    if new.required and not old.required:
        yield Weight.BREAKING, "may no longer be empty: files that leave it empty lose rows"
    if old.may_be_left_out and not new.may_be_left_out:
        yield Weight.BREAKING, "may no longer be left out: files without it are refused"
    if new.may_be_left_out and not old.may_be_left_out:
        yield Weight.COMPATIBLE, "may be left out"
    if old.classification != new.classification:
        lowered = new.classification < old.classification
        what = f"class was {old.classification}, is {new.classification}"
        yield Weight.BREAKING if lowered else Weight.NOTE, what
    if old.identifier != new.identifier:
        yield Weight.BREAKING, f"identifier was {old.identifier}, is {new.identifier}"
    if old.reidentify != new.reidentify:
        what = "the raw value is now kept sealed" if new.reidentify else "no raw value is kept"
        yield Weight.NOTE if new.reidentify else Weight.BREAKING, what
    yield from _codes(old, new)
    if old.points_to != new.points_to:
        yield Weight.NOTE, "relationships changed"
    if old.description != new.description:
        yield Weight.NOTE, "described differently"


def _codes(old: Column, new: Column) -> Iterator[tuple[Weight, str]]:
    if old.enum and not new.enum:
        yield Weight.BREAKING, "any value may come where codes were promised"
    elif new.enum and not old.enum:
        yield Weight.BREAKING, "only codes may come where any value might"
    else:
        if gone := [code for code in old.enum if code not in new.enum]:
            yield Weight.BREAKING, f"codes gone: {', '.join(gone)}; rows with them are refused"
        if added := [code for code in new.enum if code not in old.enum]:
            yield Weight.COMPATIBLE, f"new codes: {', '.join(added)}"


def _checks(old: Contract, new: Contract) -> Iterator[Change]:
    before = {check.check_id: check for check in old.checks}
    after = {check.check_id: check for check in new.checks}
    for check_id in sorted({*before, *after}):
        where = f"{old.feed}, check {check_id}"
        if check_id not in after:
            warned = before[check_id].severity is Severity.WARNING
            yield Change(Weight.NOTE if warned else Weight.BREAKING, where, "the check is gone")
        elif check_id not in before:
            yield Change(Weight.COMPATIBLE, where, f"a new check, {after[check_id].severity}")
        else:
            for weight, what in _check(before[check_id], after[check_id]):
                yield Change(weight, where, what)


def _check(old: Check, new: Check) -> Iterator[tuple[Weight, str]]:
    if old.severity is not new.severity:
        weaker = _SEVERITIES.index(new.severity) < _SEVERITIES.index(old.severity)
        what = f"severity was {old.severity}, is {new.severity}"
        yield Weight.BREAKING if weaker else Weight.COMPATIBLE, what
    if not _is_same(old.rule, new.rule) and not isinstance(new.rule, InvalidValues):
        # Which rows or files are kept changes; codes are told at their column.
        warns = old.severity is new.severity is Severity.WARNING
        yield Weight.NOTE if warns else Weight.BREAKING, "the rule is another"
    if (old.dimension, old.business_impact) != (new.dimension, new.business_impact):
        yield Weight.NOTE, "dimension or business impact is worded differently"


def _is_same(old: Rule, new: Rule) -> bool:
    if isinstance(old, Expectation) and isinstance(new, Expectation):
        # The order in which arguments are written means nothing.
        return old.type == new.type and dict(old.kwargs) == dict(new.kwargs)
    return old == new
