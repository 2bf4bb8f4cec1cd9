"""When figures change, and whose life that touches."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from features.parameters.in_force import deciding
from features.parameters.reading import Entry
from features.parameters.shelf import Shelf, shelf
from features.parameters.vocabulary import Name, declared, vocabulary

UNVERIFIED = "未核实"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One figure that is decided otherwise from ``since`` on. ``before`` and ``after`` None mean not known.

    ``region``, ``document`` and ``verified`` are those of what is in force now; without an entry that decides,
    region and document are empty.
    """

    region: str
    name: str
    unit: str
    since: date
    before: float | None
    after: float | None
    document: str
    verified: bool
    affects: str


def changes(
    *, region: str, since: date | None = None, until: date | None = None, own: Path | None = None
) -> tuple[Change, ...]:
    """Return each day on which a figure is decided otherwise in a region, oldest first.

    Args:
        region: as in :func:`features.parameters.at`.
        since: first day of the changes told; from the beginning if None.
        until: last day of the changes told; to the end if None.
        own: a deployment's folder of regions that stands over those shipped.

    Raises:
        ParameterError: no such region.
    """
    found = shelf(own)
    told = [
        change
        for name in vocabulary()
        for change in _of_name(found, region, name)
        if (since is None or since <= change.since) and (until is None or change.since <= until)
    ]
    return tuple(sorted(told, key=lambda one: (one.since, one.name)))


def _of_name(found: Shelf, region: str, name: str) -> Iterator[Change]:
    entries = [entry for level in found.way_up(region) for entry in found.history(level.path, name)]
    ends = {entry.until + timedelta(days=1) for entry in entries if entry.until is not None}
    before = None
    for day in sorted({entry.since for entry in entries} | ends):
        now = deciding(found, region=region, name=name, day=day)
        if now != before:
            yield _change(declared(name), day, before, now)
        before = now


def _change(name: Name, day: date, before: Entry | None, now: Entry | None) -> Change:
    return Change(
        region=now.region if now else "",
        name=name.name,
        unit=name.unit,
        since=day,
        before=before.value if before else None,
        after=now.value if now else None,
        document=now.document if now else "",
        verified=now.verified if now else False,
        affects=(now.affects if now and now.since == day else "")
        or _sentence(name, day, before, now),
    )


def _sentence(name: Name, since: date, before: Entry | None, now: Entry | None) -> str:
    day = f"{since.year}年{since.month}月{since.day}日起"
    was = before.value if before else None
    if now is None or now.value is None:
        told = "没有查到依据，按不清楚处理" if now is None else "没有查到，按不清楚处理"
        told += f"（此前{_amount(name, was)}）" if was is not None else ""
    elif was is None:
        told = f"为{_amount(name, now.value)}"
        told += "（此前没有查到）" if before else ""
    elif was == now.value:
        told = f"仍为{_amount(name, was)}"
    else:
        told = f"由{_amount(name, was)}改为{_amount(name, now.value)}"
    mark = f"（{UNVERIFIED}）" if now and now.value is not None and not now.verified else ""
    return f"{day}，{name.who}：{name.zh}{told}{mark}"


def _amount(name: Name, value: float) -> str:
    return ("是" if value else "否") if name.unit == "yes or no" else f"{value:g}{name.unit_zh}"
