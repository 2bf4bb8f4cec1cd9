"""From shortlist to lists: every case gets a role or a reason why not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, cast

import pandas as pd

from serving.cases.opening import Escalation
from serving.lists.assignment import Case, Placed, assign
from serving.lists.list_policy import ListPolicy
from serving.lists.ranking import SEPARATOR, Decision, Shortlist, Why
from serving.lists.rounds import divide
from serving.store.tables.lists import UNNAMED
from serving.upstream.protocol import Explanation, Surroundings

_SUPPRESSED = frozenset(
    {
        Why.OBJECTED,
        Why.ALREADY_COVERED,
        Why.VISITED_LATELY,
        Why.TRIED_LATELY,
        Why.OPEN_CASE,
        Why.SEARCHING,
        Why.HELD_ABOVE,
    }
)
LISTING = frozenset({Decision.ALERTED, Decision.EXPLORED})
"""Decisions that put a household on a list."""
_ESCALATED = frozenset({Why.OVERDUE, Why.REPEATED_WITHOUT_HELP})


@dataclass(frozen=True, kw_only=True)
class Decided:
    """What was decided about one household, and why."""

    household_id: str
    grid_id: str
    decision: Decision
    why: Why
    band: str
    urgent: str
    propensity: float | None


@dataclass(frozen=True, kw_only=True)
class Slate:
    """The cases of one list, in list order; never more than ``capacity``. ``worker_id``: whose it is."""

    grid_id: str
    role: str
    capacity: int
    placed: tuple[Placed, ...]
    worker_id: str = UNNAMED


def place(
    shortlist: Shortlist,
    explanations: Mapping[str, Explanation],
    surroundings: Surroundings,
    *,
    addresses: Mapping[str, str],
    visitors: Mapping[str, str],
    policy: ListPolicy,
) -> tuple[tuple[Slate, ...], tuple[Decided, ...]]:
    """Return one slate per grid, role and worker that has capacity, and every decision by household.

    ``visitors``: who has the open case of a household. Where the register names nobody, a role has one slate.
    """
    cases: dict[str, list[Case]] = {}
    for row in _rows(shortlist.cases):
        cases.setdefault(row.grid_id, []).append(_case(row, explanations))
    decided = [_without_case(row) for row in _rows(shortlist.decided)]
    slates: list[Slate] = []
    for grid_id, capacity in _capacity_by_grid(surroundings).items():
        assignment = assign(
            cases.get(grid_id, []),
            capacity=capacity,
            uncertain_slots=shortlist.uncertain_slots.get(grid_id, 0),
            sweep_slots=shortlist.sweep_slots.get(grid_id, 0),
            task_slots=shortlist.task_slots.get(grid_id, 0),
            policy=policy,
        )
        for item in assignment.placed:
            decided.append(_about(item.case, grid_id, item.decision, item.why))
        for case in assignment.left_over:
            decided.append(_about(case, grid_id, Decision.TRUNCATED, Why.NO_PLACE_LEFT))
        for role, together in capacity.items():
            placed = tuple(item for item in assignment.placed if item.role == role)
            places = surroundings.staff.get((grid_id, role))
            rounds = (
                {UNNAMED: placed}
                if places is None
                else divide(placed, places=places, visitors=visitors, addresses=addresses)
            )
            slates.extend(
                Slate(
                    grid_id=grid_id,
                    role=role,
                    worker_id=worker,
                    capacity=room,
                    placed=rounds[worker],
                )
                for worker, room in (places or {UNNAMED: together}).items()
                if room > 0
            )
    return tuple(slates), tuple(sorted(decided, key=lambda one: one.household_id))


def _capacity_by_grid(surroundings: Surroundings) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (grid_id, role), places in sorted(surroundings.capacity.items()):
        if grid_id in surroundings.grids and places > 0:
            found.setdefault(grid_id, {})[role] = places
    return found


class _Row(Protocol):
    """A row of the shortlist, as ``itertuples`` gives it."""

    household_id: str
    grid_id: str
    band: str
    urgent: str
    urgent_hours: int
    unknown_share: float
    propensity: float
    sweep: str
    task: str
    seen_on: date | None
    only: str
    reason: str


def _rows(frame: pd.DataFrame) -> Iterator[_Row]:
    return cast("Iterator[_Row]", frame.itertuples(index=False))


def _case(row: _Row, explanations: Mapping[str, Explanation]) -> Case:
    return Case(
        household_id=row.household_id,
        band=row.band,
        urgent=tuple(filter(None, row.urgent.split(SEPARATOR))),
        urgent_hours=int(row.urgent_hours),
        unknown_share=float(row.unknown_share),
        propensity=None if pd.isna(row.propensity) else float(row.propensity),
        explanation=explanations[row.household_id],
        sweep=row.sweep,
        task=row.task,
        seen_on=None if pd.isna(row.seen_on) else row.seen_on,
        only=row.only,
    )


def _about(case: Case, grid_id: str, decision: Decision, why: Why) -> Decided:
    return Decided(
        household_id=case.household_id,
        grid_id=grid_id,
        decision=decision,
        why=why,
        band=case.band,
        urgent=SEPARATOR.join(case.urgent),
        propensity=case.propensity,
    )


def _without_case(row: _Row) -> Decided:
    why = Why(row.reason)
    return Decided(
        household_id=row.household_id,
        grid_id=row.grid_id,
        decision=_decision(why),
        why=why,
        band=row.band,
        urgent=row.urgent,
        propensity=None,
    )


def _decision(why: Why) -> Decision:
    if why in _ESCALATED:
        return Decision.ESCALATED
    return Decision.SUPPRESSED if why in _SUPPRESSED else Decision.TRUNCATED


def with_escalations(
    decided: Sequence[Decided], escalations: Sequence[Escalation]
) -> tuple[Decided, ...]:
    """Return the decisions with one for every case that moves up and about whose household there is none.

    A household that is listed keeps that decision; its case tells that it moved up as well.
    """
    known = {item.household_id for item in decided}
    unknown = [
        Decided(
            household_id=one.household_id,
            grid_id=one.grid_id,
            decision=Decision.ESCALATED,
            why=Why(one.reason),
            band=one.band,
            urgent=one.urgent_rules,
            propensity=None,
        )
        for one in escalations
        if one.household_id not in known
    ]
    return tuple(sorted((*decided, *unknown), key=lambda item: item.household_id))
