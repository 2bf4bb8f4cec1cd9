"""How long things last once somebody is recognised or leaves, and which duties of an office go with which rules.

Lengths are parameters of the region; what starts a clock is a fact of the household. Nothing here ends a benefit:
a clock that has run out says that somebody should have looked.
"""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from features.parameters import Decided, Duty, duties

FactValue = float | bool | None


@dataclass(frozen=True, kw_only=True)
class Timed:
    """A clock of some rules. ``held`` and ``since`` are the facts that start it; without ``since`` nobody knows the day.

    ``repeats``: it starts anew each time it has run out.
    """

    label_zh: str
    parameter: str
    rules: tuple[str, ...]
    held: str | None = None
    since: str | None = None
    repeats: bool = False


@dataclass(frozen=True, kw_only=True)
class Clock:
    """A clock as it stands. ``ends_on`` and ``days_left`` are None where its start or length is not known.

    ``days_left`` below zero: it ran out so many days ago.
    """

    label_zh: str
    length: Decided
    runs: bool
    ends_on: date | None = None
    days_left: int | None = None


_DIBAO = ("dibao", "dibao_alone")
_LADDER = ("tekun", *_DIBAO, "edge", "rigid")
CLOCKS = (
    Timed(
        label_zh="刚性支出认定有效期", parameter="rigid.valid_months", rules=("rigid",),
        held="holds_rigid", since="days_since_recognised",
    ),
    Timed(
        label_zh="复核（收入稳定）", parameter="recheck.stable_months", rules=_DIBAO,
        held="holds_dibao", since="days_since_recognised", repeats=True,
    ),
    Timed(
        label_zh="复核（收入不稳定且有劳动能力）", parameter="recheck.unstable_months", rules=_DIBAO,
        held="holds_dibao", since="days_since_recognised", repeats=True,
    ),
    Timed(label_zh="收入超过标准后的渐退期（最长）", parameter="grace.max_months", rules=_DIBAO, held="holds_dibao"),
    Timed(
        label_zh="退出救助后跟踪", parameter="watch.post_exit_months", rules=_LADDER,
        since="days_since_exit",
    ),
    Timed(label_zh="如提出申请：开始入户调查", parameter="clock.dibao.survey_start", rules=_DIBAO),
    Timed(label_zh="如提出申请：县级提出意见", parameter="clock.dibao.county_opinion", rules=_DIBAO),
    Timed(label_zh="如提出申请：全程", parameter="clock.dibao.total", rules=_DIBAO),
    Timed(label_zh="如不予确认：书面告知", parameter="clock.dibao.refusal_notice", rules=_DIBAO),
    Timed(label_zh="如不予确认：书面告知", parameter="clock.tekun.refusal_notice", rules=("tekun",)),
    Timed(label_zh="如提出申请：全程", parameter="clock.rigid.total", rules=("rigid",)),
    Timed(label_zh="小额快救：办结", parameter="temporary.quick_days", rules=("urgent",)),
)  # fmt: skip

DUTIES_OF_SOME: Mapping[str, tuple[str, ...]] = {
    "quick_small_aid": ("urgent",),
    "urgent_first": ("urgent",),
    "no_notice_for_children": ("sweep_orphan", "sweep_child"),
}
"""Duties that go with some rules only; the others with every rule but the urgent one, where help comes first."""


def clocks_of(
    rule_id: str,
    facts: Mapping[str, FactValue],
    in_force: Mapping[str, Decided],
    *,
    as_of_date: date,
) -> tuple[Clock, ...]:
    """Return the clocks of a rule: those that run with the days left, those that would run with their length."""
    return tuple(
        _stands(timed, facts, in_force[timed.parameter], as_of_date=as_of_date)
        for timed in CLOCKS
        if rule_id in timed.rules and _may_run(timed, facts)
    )


def duties_of(rule_id: str, *, as_of_date: date) -> tuple[Duty, ...]:
    """Return what the law in force on a date asks of the office that deals with a rule."""
    return tuple(
        duty
        for name, duty in duties(as_of_date=as_of_date).items()
        if duty.holds
        and (rule_id in DUTIES_OF_SOME[name] if name in DUTIES_OF_SOME else rule_id != "urgent")
    )


def _may_run(timed: Timed, facts: Mapping[str, FactValue]) -> bool:
    if timed.held is not None:
        return facts.get(timed.held) is True
    return timed.since is None or facts.get(timed.since) is not None


def _stands(
    timed: Timed, facts: Mapping[str, FactValue], length: Decided, *, as_of_date: date
) -> Clock:
    runs = timed.held is not None or timed.since is not None
    days = None if timed.since is None else facts.get(timed.since)
    if days is None or length.value is None or length.unit not in ("days", "months"):
        return Clock(label_zh=timed.label_zh, length=length, runs=runs)
    begun = as_of_date - timedelta(days=int(days))
    lasts = int(length.value)
    rounds = 1
    while timed.repeats and _later(begun, lasts * rounds, length.unit) < as_of_date:
        rounds += 1
    ends_on = _later(begun, lasts * rounds, length.unit)
    return Clock(
        label_zh=timed.label_zh,
        length=length,
        runs=runs,
        ends_on=ends_on,
        days_left=(ends_on - as_of_date).days,
    )


def _later(day: date, number: int, unit: str) -> date:
    """Return the day so many days or calendar months on; the last of the month where it has no such day."""
    if unit == "days":
        return day + timedelta(days=number)
    months = day.month - 1 + number
    year, month = day.year + months // 12, months % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
