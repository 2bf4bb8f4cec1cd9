"""Who visits whom: cases of one grid, in order, to the roles that have places, by the role table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from serving.list_policy import Kind, ListPolicy
from serving.ranking import Decision, Why
from serving.upstream import Explanation


@dataclass(frozen=True, kw_only=True)
class Case:
    """One household that may be listed. ``propensity`` is None unless it was drawn by lot."""

    household_id: str
    band: str
    urgent: tuple[str, ...]
    urgent_hours: int
    unknown_share: float
    propensity: float | None
    explanation: Explanation

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
) -> Assignment:
    """Place ``cases`` (in order of precedence) on the lists of one grid, never beyond ``capacity``.

    A household drawn by lot always gets a place: its own, by rank, or the one kept for the draw.
    """
    places = _Places(capacity, policy)
    explorer = policy.explorer.role if policy.explorer else None
    drawn = {case.household_id for case in cases if case.propensity is not None}
    if explorer is not None:
        places.add(explorer, -len(drawn) - uncertain_slots)
    roles: dict[str, str] = {}
    for number, case in enumerate(cases):
        role = places.take(case.kind(policy))
        if role is None:
            continue
        roles[case.household_id] = role
        if explorer is not None and case.household_id in drawn:
            # Placed by rank: the place kept for its draw goes to the best case passed over so far.
            places.add(explorer, 1)
            _place_first(
                [c for c in cases[:number] if c.household_id not in roles | dict.fromkeys(drawn)],
                places,
                roles,
                policy,
            )
    by_rank = [
        _by_rank(case, roles[case.household_id], policy)
        for case in cases
        if case.household_id in roles
    ]
    rest = [case for case in cases if case.household_id not in roles]
    if explorer is None:
        return Assignment(placed=tuple(by_rank), left_over=tuple(rest))
    random = [case for case in rest if case.household_id in drawn]
    undrawn = [case for case in rest if case.household_id not in drawn]
    uncertain = sorted(undrawn, key=lambda case: -case.unknown_share)[:uncertain_slots]
    chosen = {case.household_id for case in uncertain}
    return Assignment(
        placed=(
            *by_rank,
            *(_explored(case, explorer, Why.RANDOM) for case in random),
            *(_explored(case, explorer, Why.UNCERTAIN) for case in uncertain),
        ),
        left_over=tuple(case for case in undrawn if case.household_id not in chosen),
    )


def _place_first(
    waiting: Sequence[Case], places: _Places, roles: dict[str, str], policy: ListPolicy
) -> None:
    for case in waiting:
        role = places.take(case.kind(policy))
        if role is not None:
            roles[case.household_id] = role
            return


def _by_rank(case: Case, role: str, policy: ListPolicy) -> Placed:
    if case.kind(policy) == "urgent":
        return Placed(
            case=case, role=role, lane="urgent", decision=Decision.ALERTED, why=Why.URGENT
        )
    return Placed(case=case, role=role, lane="ranked", decision=Decision.ALERTED, why=Why.RANKED)


def _explored(case: Case, role: str, why: Why) -> Placed:
    return Placed(case=case, role=role, lane="exploration", decision=Decision.EXPLORED, why=why)
