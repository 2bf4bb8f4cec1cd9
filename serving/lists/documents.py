"""The list a visitor reads: one document per grid, role and named worker, complete, frozen, without a score."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from uuid import UUID, uuid5

from serving.access.fields import Marks, marks_of, shown_entry
from serving.access.roles import Role
from serving.canonical import Json
from serving.cases.clocks import Deadline, deadline
from serving.lists.assignment import Case, Placed
from serving.lists.list_policy import ListPolicy
from serving.store.tables.lists import UNNAMED
from serving.upstream.protocol import Alarm, FeedState, Grid, Reason

_ALERTS = UUID("6f1f3a52-9a0e-5d0b-8f5e-3f0f5b8f2d11")
_LANES = {
    "urgent": "紧急",
    "sweep": "政策落实",
    "ranked": "重点走访",
    "cadence": "定期走访",
    "exploration": "抽查走访",
}
_NOTHING_STANDS_OUT = "抽查走访，没有突出的迹象，请了解近况"
_MOST_QUESTIONS = 3


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One household on a list. ``placed`` is what the engine keeps to itself.

    ``told`` is everything there is to say; whoever reads it is shown a part of it, by ``marks``.
    """

    alert_id: str
    rank: int
    placed: Placed
    told: dict[str, Json]
    marks: Marks


@dataclass(frozen=True, kw_only=True)
class ListDocument:
    """One list. ``header`` and :attr:`shown` are all that leaves the engine in files."""

    grid: Grid
    role: str
    worker_id: str
    header: dict[str, Json]
    entries: tuple[Entry, ...]

    @cached_property
    def shown(self) -> Sequence[dict[str, Json]]:
        """The entries as the list's role is shown them, on paper as on a screen."""
        roles = (Role(self.role),)
        return [shown_entry(entry.told, entry.marks, roles=roles) for entry in self.entries]

    @property
    def content(self) -> dict[str, Json]:
        """The list as its role is given it."""
        return {"header": self.header, "entries": [*self.shown]}


def alert_id(*, as_of_date: date, household_id: str) -> str:
    """Return the id an alert has however often its list is drawn up."""
    return str(uuid5(_ALERTS, f"{as_of_date.isoformat()}/{household_id}"))


def header_of_night(
    *, as_of_date: date, feeds: Sequence[FeedState], policy: ListPolicy
) -> dict[str, Json]:
    """Return what every list of the night says about its data."""
    late = [state for state in feeds if state.late or state.refused]
    degraded = sorted((state for state in feeds if state.degraded), key=lambda state: state.feed)
    return {
        "as_of_date": as_of_date.isoformat(),
        "data_until": (as_of_date - timedelta(days=1)).isoformat(),
        "late_feeds": [
            {
                "feed": state.feed,
                "department": state.department,
                "last_received_on": (
                    state.last_received_at.date().isoformat() if state.last_received_at else None
                ),
                "refused": bool(state.refused),
            }
            for state in sorted(late, key=lambda state: state.feed)
        ],
        "degraded_feeds": [
            {"feed": state.feed, "department": state.department, "unusual": list(state.degraded)}
            for state in degraded
        ],
        "notices": [
            f"数据截至 {(as_of_date - timedelta(days=1)).isoformat()}",
            *([f"迟到：{'、'.join(_late_words(late, policy))}"] if late else []),
            *([f"数据存疑：{'、'.join(_feed_words(degraded, policy))}"] if degraded else []),
        ],
    }


def draw_up(
    *,
    grid: Grid,
    role: str,
    placed: Sequence[Placed],
    capacity: int,
    considered: int,
    addresses: Mapping[str, str],
    rule_lines: Mapping[str, Sequence[str]],
    night: Mapping[str, Json],
    policy: ListPolicy,
    as_of_date: date,
    alarms: Sequence[Alarm] = (),
    without_child: Collection[str] = (),
    worker_id: str = UNNAMED,
) -> ListDocument:
    """Return the list of ``role`` in ``grid``, of one worker if it is named, with ``placed`` in the order given.

    ``without_child``: households known to have no minor; of the others more is withheld.

    Raises:
        ValueError: there are more cases than visits: a bug upstream that must not reach a street.
    """
    if len(placed) > capacity:
        raise ValueError(f"{grid.grid_id}/{role}: {len(placed)} cases for {capacity} visits")
    title = next((rule.title for rule in policy.roles if rule.role == role), role)
    header: dict[str, Json] = {
        **night,
        "grid_id": grid.grid_id,
        "grid_name": grid.grid_name,
        "community_id": grid.community_id,
        "community_name": grid.community_name,
        "street_id": grid.street_id,
        "street_name": grid.street_name,
        "role": role,
        "role_title": title,
        **({"worker_id": worker_id} if worker_id != UNNAMED else {}),
        "capacity": capacity,
        "entries": len(placed),
        "households_considered": considered,
    }
    titles = {rule.id: rule.title for rule in policy.urgent}
    titles |= {alarm.trigger_id: alarm.title for alarm in alarms}
    entries = tuple(
        Entry(
            alert_id=alert_id(as_of_date=as_of_date, household_id=item.case.household_id),
            rank=rank,
            placed=item,
            told=_told(item, rank, grid, addresses, rule_lines, titles, policy, as_of_date),
            marks=marks_of(
                item.case, policy, has_child=item.case.household_id not in without_child
            ),
        )
        for rank, item in enumerate(placed, start=1)
    )
    return ListDocument(grid=grid, role=role, worker_id=worker_id, header=header, entries=entries)


def _told(
    placed: Placed,
    rank: int,
    grid: Grid,
    addresses: Mapping[str, str],
    rule_lines: Mapping[str, Sequence[str]],
    titles: Mapping[str, str],
    policy: ListPolicy,
    as_of_date: date,
) -> dict[str, Json]:
    case = placed.case
    style = policy.style(case.band)
    due = due_of(placed, policy, as_of_date)
    known_as = alert_id(as_of_date=as_of_date, household_id=case.household_id)
    reasons: list[Json] = [_reason(reason) for reason in case.explanation.reasons]
    if not reasons:
        reasons = [{"text": _NOTHING_STANDS_OUT, "dated": None, "when": None}]
    told: dict[str, Json] = {
        "rank": rank,
        "alert_id": known_as,
        "household_id": case.household_id,
        "address_id": addresses.get(case.household_id),
        "grid_id": grid.grid_id,
        "grid_name": grid.grid_name,
        "community_name": grid.community_name,
        "street_name": grid.street_name,
        "band": {"code": case.band, "word": style.word, "shape": style.shape},
        "lane": {"code": placed.lane, "word": _LANES[placed.lane]},
        "urgent": [title for rule, title in titles.items() if rule in case.urgent],
        "due": due.at.isoformat(timespec="minutes"),
        "reasons": reasons,
        "rules": list(rule_lines.get(case.household_id, ())),
        "uncertainty": case.explanation.uncertainty,
        "ask": list(_questions(placed, policy)),
        "data_until": (as_of_date - timedelta(days=1)).isoformat(),
    }
    if due.is_provisional:
        told["due_is_provisional"] = True
    task = _task(case, policy)
    if task is not None:
        told["task"] = task
    return told


def _task(case: Case, policy: ListPolicy) -> Json:
    """Return the regular visit that is due, in whichever lane somebody comes; None if none is."""
    tasks = () if policy.cadence is None else policy.cadence.tasks
    for task in tasks:
        if task.code == case.task:
            return {"code": task.code, "word": task.title}
    return None


def _reason(reason: Reason) -> Json:
    if reason.dated is None:
        return {"text": reason.text, "dated": None, "when": None}
    day = reason.dated.isoformat()
    when = day if reason.is_event else f"数据到 {day}"
    return {"text": reason.text, "dated": day, "when": when}


def due_of(placed: Placed, policy: ListPolicy, as_of_date: date) -> Deadline:
    """Return until when somebody must have been there, in local time: the clock of the case it opens."""
    case = placed.case
    _, span = policy.span_of(
        band=case.band, urgent_hours=case.urgent_hours, is_urgent=placed.lane == "urgent"
    )
    ready_at = datetime.combine(as_of_date, time(policy.ready_hour))
    return deadline(ready_at, span, business_ends=policy.cases.business_ends)


def _questions(placed: Placed, policy: ListPolicy) -> list[str]:
    """Return what to ask: the questions of the needs that the reasons point to, strongest first."""
    needs = [
        need
        for reason in placed.case.explanation.reasons
        for need in policy.needs.get(reason.group, ())
    ]
    return [policy.questions[need] for need in dict.fromkeys(needs)][:_MOST_QUESTIONS]


def _feed_words(states: Sequence[FeedState], policy: ListPolicy) -> list[str]:
    return [
        f"{policy.feed_words.get(state.feed, state.feed)}（{state.department}）" for state in states
    ]


def _late_words(late: Sequence[FeedState], policy: ListPolicy) -> list[str]:
    return [
        f"{policy.feed_words.get(state.feed, state.feed)}（{state.department}，"
        + (
            f"最近到达 {state.last_received_at:%Y-%m-%d}）"
            if state.last_received_at
            else "从未到达）"
        )
        for state in sorted(late, key=lambda state: state.feed)
    ]
