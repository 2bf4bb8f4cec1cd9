"""Who visits whom: cases of one grid, in order, to the roles that have places, by the role table."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from serving.lists.list_policy import ListPolicy
from serving.lists.policy_parts import Kind
from serving.lists.ranking import Decision, Why
from serving.upstream.protocol import Explanation


@dataclass(frozen=True, kw_only=True)
class Case:
    """One household that may be listed. ``propensity`` is None unless it was drawn by lot.

    ``sweep``: the tier it seems due and does not hold. ``task``: the regular visit it is due, ``seen_on``
    when somebody last was there. ``only``: the one lane it may be listed in, empty for any.
    """

    household_id: str
    band: str
    urgent: tuple[str, ...]
    urgent_hours: int
    unknown_share: float
    propensity: float | None
    explanation: Explanation
    sweep: str = ""
    task: str = ""
    seen_on: date | None = None
    only: str = ""

    def kind(self, policy: ListPolicy) -> Kind:
        """Return what sort of visit this is, by the strongest claim it has."""
        if self.urgent:
            return "urgent"
        reasons = self.explanation.reasons
        care = [
            reason
            for reason in reasons
            if reason.group in policy.care_groups or reason.feature in policy.care_features
        ]
        return "care" if 2 * len(care) > len(reasons) else "ranked"


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A case on the list of ``role``, and why it is there."""

    case: Case
    role: str
    lane: str
    decision: Decision
    why: Why


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """What became of the cases of one grid, in list order per role."""

    placed: tuple[Placed, ...]
    left_over: tuple[Case, ...]


class _Places:
    """Places left per role. A reserved place is only given away by releasing it first."""

    def __init__(self, capacity: Mapping[str, int], policy: ListPolicy) -> None:
        self._left = dict(capacity)
        self._policy = policy

    def take(self, kind: Kind) -> str | None:
        """Give one place for ``kind``: to a role that is there for it, else to one that has time."""
        for rule in self._policy.roles:
            if kind in rule.takes and self._left.get(rule.role, 0) > 0:
                return self._give(rule.role)
        for rule in self._policy.roles:
            if kind in rule.fills and self._left.get(rule.role, 0) > 0:
                return self._give(rule.role)
        return None

    def add(self, role: str, places: int) -> None:
        """Put places back, or (negative) keep them apart."""
        self._left[role] = self._left.get(role, 0) + places

    def _give(self, role: str) -> str:
        self._left[role] -= 1
        return role


def assign(
    cases: Sequence[Case],
    *,
    capacity: Mapping[str, int],
    uncertain_slots: int,
    policy: ListPolicy,
    sweep_slots: int = 0,
    task_slots: int = 0,
) -> Assignment:
    """Place ``cases`` (in order of precedence) on the lists of one grid, never beyond ``capacity``.

    Urgent cases first, then as many sweeps as have slots, then by rank; places for regular visits and for
    the draw are kept apart. A household drawn by lot always gets a place: its own, by rank, or the one
    kept for the draw.
    """
    places = _Places(capacity, policy)
    explorer = policy.explorer.role if policy.explorer else None
    caller = policy.caller.role if policy.caller and task_slots else None
    drawn = {case.household_id for case in cases if case.propensity is not None}
    if explorer is not None:
        places.add(explorer, -len(drawn) - uncertain_slots)
    if caller is not None:
        places.add(caller, -task_slots)
    swept = [case for case in cases if case.sweep and not case.urgent and case.only != "cadence"]
    in_lane = {case.household_id for case in swept[:sweep_slots]}
    ordered = [case for case in cases if case.urgent]
    ordered += swept[:sweep_slots]
    ordered += [c for c in cases if not (c.urgent or c.only or c.household_id in in_lane)]
    given: dict[str, Placed] = {}
    for number, case in enumerate(ordered):
        placed = _placed(case, places, policy, is_swept=case.household_id in in_lane)
        if placed is None:
            continue
        given[case.household_id] = placed
        if explorer is not None and case.household_id in drawn:
            # Placed by rank: the place kept for its draw goes to the best case passed over so far.
            places.add(explorer, 1)
            _place_first(ordered[:number], places, given, policy, kept=drawn, in_lane=in_lane)
    called = _called(cases, given, kept=drawn)[:task_slots] if caller is not None else []
    if caller is not None:
        places.add(caller, task_slots - len(called))
        kept = drawn | {case.household_id for case in called}
        for _ in range(task_slots - len(called)):
            _place_first(ordered, places, given, policy, kept=kept, in_lane=in_lane)
    regular = [_regular(case, caller) for case in called if caller is not None]
    by_rank = [given[case.household_id] for case in ordered if case.household_id in given]
    settled = {*given, *(item.case.household_id for item in regular)}
    rest = [case for case in cases if case.household_id not in settled]
    if explorer is None:
        return Assignment(placed=(*by_rank, *regular), left_over=tuple(rest))
    random = [case for case in rest if case.household_id in drawn]
    undrawn = [case for case in rest if case.household_id not in drawn]
    uncertain = sorted(
        (case for case in undrawn if not case.only), key=lambda case: -case.unknown_share
    )[:uncertain_slots]
    chosen = {case.household_id for case in uncertain}
    return Assignment(
        placed=(
            *by_rank,
            *regular,
            *(_explored(case, explorer, Why.RANDOM) for case in random),
            *(_explored(case, explorer, Why.UNCERTAIN) for case in uncertain),
        ),
        left_over=tuple(case for case in undrawn if case.household_id not in chosen),
    )


def _called(
    cases: Sequence[Case], given: Mapping[str, Placed], *, kept: Collection[str]
) -> list[Case]:
    """Return who is due a regular visit and has no place yet, the longest unseen first."""
    due = [
        case
        for case in cases
        if case.task
        and case.only != "sweep"
        and case.household_id not in given
        and case.household_id not in kept
    ]
    return sorted(due, key=lambda case: case.seen_on or date.min)


def _place_first(
    waiting: Sequence[Case],
    places: _Places,
    given: dict[str, Placed],
    policy: ListPolicy,
    *,
    kept: Collection[str],
    in_lane: Collection[str],
) -> None:
    for case in waiting:
        if case.household_id in given or case.household_id in kept:
            continue
        placed = _placed(case, places, policy, is_swept=case.household_id in in_lane)
        if placed is not None:
            given[case.household_id] = placed
            return


def _placed(case: Case, places: _Places, policy: ListPolicy, *, is_swept: bool) -> Placed | None:
    """Give the case a place in the best lane it has a claim to; None if there is none left."""
    if is_swept:
        role = places.take("sweep")
        if role is not None:
            return Placed(
                case=case, role=role, lane="sweep", decision=Decision.ALERTED, why=Why.SWEEP
            )
        if case.only:
            return None
    kind = case.kind(policy)
    role = places.take(kind)
    if role is None:
        return None
    lane, why = ("urgent", Why.URGENT) if kind == "urgent" else ("ranked", Why.RANKED)
    return Placed(case=case, role=role, lane=lane, decision=Decision.ALERTED, why=why)


def _regular(case: Case, role: str) -> Placed:
    return Placed(case=case, role=role, lane="cadence", decision=Decision.ALERTED, why=Why.CADENCE)


def _explored(case: Case, role: str, why: Why) -> Placed:
    return Placed(case=case, role=role, lane="exploration", decision=Decision.EXPLORED, why=why)
