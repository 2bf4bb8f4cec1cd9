"""A delivery as a whole against the recent ones of its feed: what is unusual, with the numbers.

Pure: a profile, the profiles before it, and the contract; see :mod:`data_contracts.set_rules` for what each
rule means and :mod:`data_contracts.shifts` for its statistics.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import sqrt
from statistics import median

from data_contracts.checks import Check
from data_contracts.contract import Contract
from data_contracts.examination import CheckResult, Outcome, Past
from data_contracts.profiles import Profile
from data_contracts.rates import Rate
from data_contracts.set_rules import (
    MostlyKnown,
    UsualCodes,
    UsualDistribution,
    UsualGap,
    UsualGroups,
    UsualUnit,
    UsualVolume,
)
from data_contracts.shifts import (
    NULL,
    in_cells,
    pooled,
    stability,
    swapped_codes,
    unit_slip,
)

CHANCE_ROOTS = 4.0
"""Two counts differ by chance by about the root of their sum; within four roots nothing is said."""
STEADY_SHARE = 0.75
"""A group that came in three of four recent deliveries always came. So an absence is told again and again,
until it has lasted a quarter of the recent deliveries and is the new normal."""
LEFT = 0.1
"""A group with under a tenth of its usual rows is as good as missing."""
GROUPS_NAMED = 5
FEW_UNKNOWN = 5
"""Up to this many unknown values are told and degrade nothing."""

Told = tuple[Outcome, str, dict[str, float]]


def set_results(
    contract: Contract, profile: Profile, past: Sequence[Past], *, received_at: datetime
) -> list[CheckResult]:
    """Return what each set check of the contract found.

    Args:
        contract: the contract of the feed.
        profile: the delivery.
        past: loaded deliveries of the feed received before it, newest first.
        received_at: when the delivery was received.
    """
    results = []
    for check in contract.checks:
        told = _told(check, contract, profile, past, received_at=received_at)
        if told is not None:
            outcome, detail, numbers = told
            results.append(CheckResult(check.check_id, outcome, detail, 0, numbers))
    return results


def _told(
    check: Check,
    contract: Contract,
    profile: Profile,
    past: Sequence[Past],
    *,
    received_at: datetime,
) -> Told | None:
    before = [one.profile for one in past]
    match check.rule:
        case UsualVolume() as rule:
            return _volume(rule, profile, before)
        case UsualGap():
            return _gap(contract, past, received_at)
        case UsualDistribution() as rule:
            return _distribution(rule, contract, profile, before)
        case UsualUnit() as rule:
            return _unit(rule, check.check_id, profile, before)
        case UsualCodes() as rule:
            return _codes(rule, check.check_id, profile, before)
        case UsualGroups() as rule:
            return _groups(rule, check.check_id, profile, before)
        case MostlyKnown() as rule:
            return _known(rule, profile.unknown.get(check.check_id))
        case _:
            return None


def _volume(rule: UsualVolume, profile: Profile, before: Sequence[Profile]) -> Told:
    if len(before) < rule.min_deliveries:
        return _too_early(len(before), rule.min_deliveries)
    usual = median(one.rows for one in before)
    numbers = {"rows": float(profile.rows), "usual": usual}
    times = profile.rows / usual if usual else float("inf")
    most = "any number" if rule.high is None else f"{rule.high:g}"
    detail = (
        f"{profile.rows} rows, {times:.0%} of the median {usual:g} of the last {len(before)} deliveries,"
        f" expected {rule.low:g} to {most} times"
    )
    outside = times < rule.low or (rule.high is not None and times > rule.high)
    by_chance = abs(profile.rows - usual) <= CHANCE_ROOTS * sqrt(profile.rows + usual)
    if not outside or by_chance:
        return Outcome.PASSED, detail, numbers
    ask = "is part of the export missing" if times < 1 else "was something exported twice"
    return Outcome.UNUSUAL, f"{detail}; {ask}?", numbers


def _gap(contract: Contract, past: Sequence[Past], received_at: datetime) -> Told:
    if not past:
        return _too_early(0, 1)
    days = (received_at - past[0].received_at).total_seconds() / 86400
    most = contract.cadence_days + contract.latency_days
    detail = f"{days:.0f} days since the delivery before, at most {most} were promised"
    if days <= most:
        return Outcome.PASSED, detail, {"days": days, "most": float(most)}
    return (
        Outcome.UNUSUAL,
        f"{detail}; was a delivery in between left out?",
        {"days": days, "most": float(most)},
    )


def _distribution(
    rule: UsualDistribution, contract: Contract, profile: Profile, before: Sequence[Profile]
) -> Told:
    if len(before) < rule.min_deliveries:
        return _too_early(len(before), rule.min_deliveries)
    name = rule.column
    now: Mapping[str, float]
    if contract.column(name).is_numeric:
        told = [one.numbers[name] for one in before if name in one.numbers]
        now, usual = in_cells(profile.numbers[name], told)
    else:
        now = _with_nulls(profile, name)
        usual = pooled([_with_nulls(one, name) for one in before])
    rows = round(sum(now.values()))
    if rows < rule.min_rows or sum(usual.values()) < rule.min_rows:
        return Outcome.SILENT, f"{rows} rows are too few to say", {}
    shift = stability(now, usual)
    numbers = {"index": shift.index, "most": rule.most, "by_chance": shift.by_chance}
    detail = f"stability index {shift.index:.2f}, expected at most {rule.most:g}"
    if shift.index <= max(rule.most, shift.by_chance):
        return Outcome.PASSED, detail, numbers
    return (
        Outcome.UNUSUAL,
        f"{detail}; did the meaning or the source of the column change?",
        numbers,
    )


def _with_nulls(profile: Profile, name: str) -> dict[str, int]:
    return {**profile.codes.get(name, {}), NULL: profile.nulls.get(name, 0)}


def _unit(rule: UsualUnit, check_id: str, profile: Profile, before: Sequence[Profile]) -> Told:
    now = profile.units[check_id]
    medians = [
        one.units[check_id].median
        for one in before
        if check_id in one.units and one.units[check_id].positive >= rule.min_rows
    ]
    known = [value for value in medians if value is not None]
    if len(known) < rule.min_deliveries:
        return _too_early(len(known), rule.min_deliveries)
    if now.median is None or now.positive < rule.min_rows:
        return Outcome.SILENT, f"{now.positive} values are too few to say", {}
    usual = median(known)
    numbers = {"median": now.median, "usual": usual}
    of = "" if rule.where is None else f" of {rule.where[0]} {rule.where[1]}"
    detail = f"the median{of} is {now.median:.6g}, usually {usual:.6g}"
    power = unit_slip(now, known)
    if power is None:
        return Outcome.PASSED, detail, numbers
    way = "times" if power > 0 else "divided by"
    return (
        Outcome.UNUSUAL,
        f"{detail}: about {way} {10 ** abs(power)}; was the unit changed?",
        numbers,
    )


def _codes(rule: UsualCodes, check_id: str, profile: Profile, before: Sequence[Profile]) -> Told:
    told = [one.pairs[check_id] for one in before if check_id in one.pairs]
    if len(told) < rule.min_deliveries:
        return _too_early(len(told), rule.min_deliveries)
    swap = swapped_codes(profile.pairs[check_id], told, by_companion=rule.companion is not None)
    if swap is None:
        return Outcome.PASSED, "the codes come as usual", {}
    one, other = swap.codes
    detail = (
        f"codes {one} and {other} seem to have changed places: {one} has {swap.share:.0%} of the rows with"
        f" either, usually {swap.usual_share:.0%}"
    )
    if rule.companion is not None:
        detail += f", and goes with {rule.companion} as {other} usually does"
    return Outcome.UNUSUAL, f"{detail}; was a code list changed?", {"share": swap.share}


def _groups(rule: UsualGroups, check_id: str, profile: Profile, before: Sequence[Profile]) -> Told:
    told = [one.groups[check_id] for one in before if check_id in one.groups]
    if check_id not in profile.groups or len(told) < rule.min_deliveries:
        return _too_early(len(told), rule.min_deliveries)
    now = profile.groups[check_id]
    usual = {}
    for group in sorted(set().union(*told)):
        counts = [groups.get(group, 0) for groups in told]
        came = sum(count > 0 for count in counts)
        typical = median(counts)
        if came >= STEADY_SHARE * len(told) and typical >= rule.min_rows:
            usual[group] = typical
    if not usual:
        return Outcome.SILENT, f"no group usually has {rule.min_rows} rows", {}
    level = rule.path[-1].value if rule.path else rule.column
    missing = [group for group, typical in usual.items() if now.get(group, 0) < LEFT * typical]
    numbers = {"groups": float(len(usual)), "missing": float(len(missing))}
    if not missing:
        return (
            Outcome.PASSED,
            f"all {len(usual)} values of {level} that usually come are there",
            numbers,
        )
    named = ", ".join(missing[:GROUPS_NAMED])
    more = f" and {len(missing) - GROUPS_NAMED} more" if len(missing) > GROUPS_NAMED else ""
    detail = f"{len(missing)} of {len(usual)} values of {level} that usually come are missing: {named}{more}"
    return Outcome.UNUSUAL, f"{detail}; nobody there may be taken for cured or gone", numbers


def _known(rule: MostlyKnown, told: tuple[int, int] | None) -> Told:
    if told is None:
        return Outcome.SILENT, f"feed {rule.feed} has not delivered yet", {}
    unknown, values = told
    rate = Rate(unknown, values)
    detail = (
        f"{unknown} of {values} values ({rate.share or 0:.1%}) are no {rule.feed_column} that feed {rule.feed} has"
        f" delivered, expected at most {rule.most_unknown_share:.1%}; the rows are kept"
    )
    numbers = {"unknown": float(unknown), "values": float(values)}
    least = rate.interval[0] if rate.interval is not None else 0.0
    if unknown > FEW_UNKNOWN and least > rule.most_unknown_share:
        return Outcome.UNUSUAL, detail, numbers
    return (Outcome.NOTED if unknown else Outcome.PASSED), detail, numbers


def _too_early(there: int, needed: int) -> Told:
    return Outcome.SILENT, f"{there} earlier deliveries to compare with, {needed} are needed", {}
