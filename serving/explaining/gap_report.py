"""Policy gaps: need that a visit confirmed and no entitlement met, by the rule that stood in the way.

What the rules said is read from the answers kept on the night before the visit, never reckoned anew. The rule that
stood in the way is the tier that was closest; an obstacle is a comparison that failed or something nobody
could tell. Groups smaller than five households are not shown, nor what would give them away by subtraction.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
from sqlalchemy import select

from serving.cases.findings import Finding
from serving.explaining.answers import known_nights
from serving.explaining.entitlements import beside
from serving.store import Store
from serving.store.schema import ALERTS, LISTS, ON_ITS_LIST, OUTCOMES, OutcomeState

if TYPE_CHECKING:
    from models.rules.judging import Rule
    from models.rules.verdicts import Leaf, Test

SMALLEST = 5
MET, FAILED, MISSING, NO_FIGURE = "met", "failed", "missing", "no_figure"


@dataclass(frozen=True, kw_only=True)
class Found:
    """A household in need without an entitlement, as a visit found it."""

    household_id: str
    street_id: str
    visited_on: date


@dataclass(frozen=True, order=True)
class Obstacle:
    """What stood in the way of a tier: ``kind`` met, failed, missing or no_figure, and its name and words."""

    rule_id: str
    kind: str
    name: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Cell:
    """Households of one street held up by one obstacle; None where they are too few to show."""

    street_id: str
    obstacle: Obstacle
    households: int | None


@dataclass(frozen=True, kw_only=True)
class Gaps:
    """The whole report. ``without_night`` had no kept night before their visit."""

    since: date | None
    until: date | None
    households: int | None
    without_night: int | None
    cells: tuple[Cell, ...]


def report_gaps(store: Store, *, home: Path, since: date | None, until: date | None) -> Gaps:
    """Return the policy gaps among visits from ``since`` to ``until``, both included; None is open."""
    found = _found(store, since=since, until=until)
    by_night: dict[date, list[Found]] = defaultdict(list)
    nights = [day for day in known_nights(home) if beside(_matrix(home, day)).exists()]
    without = set()
    for one in found:
        before = [day for day in nights if day <= one.visited_on]
        if before:
            by_night[before[-1]].append(one)
        else:
            without.add(one.household_id)
    held_up: dict[tuple[str, Obstacle], set[str]] = defaultdict(set)
    for day, visited in by_night.items():
        answers = _answers(beside(_matrix(home, day)), {one.household_id for one in visited})
        for one in visited:
            row = answers.get(one.household_id)
            if row is None:
                without.add(one.household_id)
                continue
            for obstacle in _in_the_way(row, as_of_date=day):
                held_up[one.street_id, obstacle].add(one.household_id)
    return Gaps(
        since=since,
        until=until,
        households=shown(len({one.household_id for one in found})),
        without_night=shown(len(without)),
        cells=tuple(_cells(held_up)),
    )


def shown(count: int) -> int | None:
    """Return a count that may be shown; None for a few households."""
    return count if count == 0 or count >= SMALLEST else None


def _found(store: Store, *, since: date | None, until: date | None) -> list[Found]:
    query = (
        select(ALERTS.c.household_id, LISTS.c.street_id, OUTCOMES.c.visited_on)
        .join(ALERTS, ALERTS.c.alert_id == OUTCOMES.c.alert_id)
        .join(LISTS, ON_ITS_LIST)
        .where(
            OUTCOMES.c.state == OutcomeState.ACCEPTED,
            OUTCOMES.c.finding == Finding.NEED_NO_ENTITLEMENT.value,
        )
        .order_by(OUTCOMES.c.visited_on, ALERTS.c.household_id)
    )
    if since is not None:
        query = query.where(OUTCOMES.c.visited_on >= since)
    if until is not None:
        query = query.where(OUTCOMES.c.visited_on <= until)
    with store.read() as connection:
        rows = connection.execute(query).all()
    return [
        Found(household_id=row.household_id, street_id=row.street_id, visited_on=row.visited_on)
        for row in rows
    ]


def _matrix(home: Path, day: date) -> Path:
    return home / "matrices" / f"{day.isoformat()}.parquet"


def _answers(path: Path, households: set[str]) -> dict[str, Mapping[str, object]]:
    rows = pq.read_table(path, filters=[("household_id", "in", sorted(households))]).to_pylist()
    return {str(row["household_id"]): row for row in rows}


def _in_the_way(row: Mapping[str, object], *, as_of_date: date) -> Sequence[Obstacle]:
    """Return the obstacles of the tier that is closest; see :func:`_closeness`."""
    from models.rules.answering import HELD_BY
    from models.rules.ladder import ladder

    tiers = [rule for rule in ladder(as_of_date=as_of_date) if rule.rule_id in HELD_BY]
    found = {rule: _obstacles(rule, row) for rule in tiers if row.get(rule.rule_id) is not None}
    each = [rule for rule, obstacles in found.items() if obstacles]
    if not each:
        return ()
    return found[min(each, key=lambda rule: _closeness(rule, found[rule], row))]


def _closeness(
    rule: "Rule", obstacles: Sequence[Obstacle], row: Mapping[str, object]
) -> tuple[float, float]:
    """Order tiers: met first, then fewest comparisons that failed or are not known, then nearest to the line."""
    from models.rules.judging import TEST

    if obstacles[0].kind == MET:
        return 0, 0
    untold = sum(row.get(f"{TEST}{leaf.test_id}") is None for leaf in rule.tests)
    failed = sum(one.kind == FAILED for one in obstacles)
    distance = row.get(f"{rule.rule_id}_distance_percent")
    return failed + untold, abs(distance) if isinstance(distance, float) else math.inf


def _obstacles(rule: "Rule", row: Mapping[str, object]) -> list[Obstacle]:
    from models.rules.judging import CANNOT_TELL, MEETS, TEST

    answer = row[rule.rule_id]
    if answer == MEETS:
        return [Obstacle(rule.rule_id, MET, "", f"{rule.title_zh}：看来符合，没有享受")]
    if answer == CANNOT_TELL:
        names = [name for name in str(row[f"{rule.rule_id}_missing"]).split(",") if name]
        return [_untold(rule, name) for name in names]
    verdicts = {leaf.test_id: row.get(f"{TEST}{leaf.test_id}") for leaf in rule.tests}
    failed = dict.fromkeys(_failed(rule.test, verdicts))
    # A rule that was not yet in force kept no verdicts.
    return [
        Obstacle(rule.rule_id, FAILED, leaf.test_id, f"{rule.title_zh}：不满足“{_words(leaf)}”")
        for leaf in failed
    ] or [Obstacle(rule.rule_id, FAILED, "not_in_force", f"{rule.title_zh}：当时尚未施行")]


def _untold(rule: "Rule", name: str) -> Obstacle:
    from features.parameters.vocabulary import declared
    from models.rules.judging import NO_PARAMETER

    if name.startswith(NO_PARAMETER):
        parameter = name.removeprefix(NO_PARAMETER)
        told = f"{rule.title_zh}：没有找到“{declared(parameter).zh}”的文件"
        return Obstacle(rule.rule_id, NO_FIGURE, parameter, told)
    label = next((_label(leaf) for leaf in rule.tests if leaf.fact == name), name)
    return Obstacle(rule.rule_id, MISSING, name, f"{rule.title_zh}：不知道“{label}”")


def _failed(test: "Test", verdicts: Mapping[str, object]) -> Iterator["Leaf"]:
    """Yield the comparisons that are false where they count; one that another stands for does not."""
    from models.rules.verdicts import Every, Some

    if isinstance(test, Every):
        for part in test.parts:
            yield from _failed(part, verdicts)
    elif isinstance(test, Some):
        parts = [list(_failed(part, verdicts)) for part in test.parts]
        ways = [part for part in test.parts if not _stands_aside(part, verdicts)]
        # All ways have to be closed; one that is open or not known closes nothing.
        if all(list(_failed(part, verdicts)) for part in ways):
            for found in parts:
                yield from found
    elif verdicts[test.test_id] is False:
        yield test


def _stands_aside(test: "Test", verdicts: Mapping[str, object]) -> bool:
    from models.rules.verdicts import Is

    return isinstance(test, Is) and test.stands_for_rest and verdicts[test.test_id] is None


def _label(leaf: "Leaf") -> str:
    from models.rules.verdicts import Compare

    return leaf.quantity.label_zh if isinstance(leaf, Compare) else leaf.label_zh


def _words(leaf: "Leaf") -> str:
    from models.rules.verdicts import Compare

    if not isinstance(leaf, Compare):
        return leaf.label_zh
    words = {"<": "低于", "<=": "不超过", ">": "高于", ">=": "不少于"}
    return f"{leaf.quantity.label_zh}{words[leaf.op]}{leaf.limit.label_zh}"


def _cells(held_up: Mapping[tuple[str, Obstacle], set[str]]) -> Iterator[Cell]:
    """Yield a row per obstacle and street, and one per obstacle for all streets ("")."""
    by_obstacle: dict[Obstacle, dict[str, set[str]]] = defaultdict(dict)
    for (street, obstacle), households in held_up.items():
        by_obstacle[obstacle][street] = households
    for obstacle, streets in sorted(by_obstacle.items()):
        every = len(set().union(*streets.values()))
        counts = {street: len(households) for street, households in sorted(streets.items())}
        hidden = {street for street, count in counts.items() if count < SMALLEST}
        if len(hidden) == 1 and len(counts) > 1:
            # The one hidden would be the total less the others.
            hidden.add(min(counts.keys() - hidden, key=lambda street: (counts[street], street)))
        yield Cell(street_id="", obstacle=obstacle, households=shown(every))
        for street, count in counts.items():
            yield Cell(
                street_id=street, obstacle=obstacle, households=None if street in hidden else count
            )
