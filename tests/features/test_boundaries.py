"""Every window begins and ends on the right day: a fact counts just inside it and not just outside.

Each case of :mod:`tests.features.boundaries` is drawn five times, every time as a household of its own in one
small district: without the fact, with it on either side of the first day of the window, on its last day, and
on the ``as_of_date``, announced the day before.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import ModuleType
from typing import Self

import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from ibis.backends.duckdb import Backend

from features.connections import open_engine
from features.district import DISTRICT
from features.point_in_time import Feed, PointInTime
from features.registry import FeatureGroup
from tests.features import boundaries
from tests.features.boundaries import Boundary
from tests.features.records import TODAY, built, filled, seen, typed

MIDNIGHT = datetime.combine(TODAY, datetime.min.time())
MODULES: tuple[ModuleType, ...] = tuple(
    importlib.import_module(f"{boundaries.__name__}.{found.name}")
    for found in pkgutil.iter_modules(boundaries.__path__)
)
CASES: dict[str, dict[str, Boundary]] = {
    module.__name__.rpartition(".")[2]: module.BOUNDARIES for module in MODULES
}
BOUNDARIES = {name: boundary for cases in CASES.values() for name, boundary in cases.items()}
FEATURES = {feature.name: feature for feature in DISTRICT.features}
ALONE = "household_members"
"""Its first fact anywhere changes how the register is read: cases with it do not share a district."""

Facts = dict[str, pa.Table]
Case = tuple[str, int | None]
"""A feature, and how many days before the as_of_date its fact happened (None: never)."""


@pytest.fixture(scope="module")
def engine() -> Iterator[Backend]:
    with open_engine(memory="1GB") as opened:
        opened.raw_sql("SET threads = 1")
        yield opened


def sides(feature: str) -> dict[str, tuple[int, bool]]:
    """Return per side of a window: days before the as_of_date, and whether the fact counts there."""
    days = FEATURES[feature].window_days
    assert days is not None, f"{feature} has no window in its name: it has no boundary to test"
    return {
        f"{days} days before, its first day": (days, True),
        f"{days + 1} days before, just outside": (days + 1, False),
        "the day before, its last day": (1, True),
        "the as_of_date, announced the day before": (0, False),
    }


def drawn(boundary: Boundary, before: Facts, days: int | None) -> Facts:
    """Return the facts of a case; the fact itself is known the next day, at the latest before TODAY."""
    if days is None:
        return before
    happened = MIDNIGHT - timedelta(days=days)
    cells = {
        name: happened + cell if isinstance(cell, timedelta) else cell
        for name, cell in boundary.fact.items()
    }
    known = min(happened + timedelta(days=1), MIDNIGHT - timedelta(hours=1))
    contract = DISTRICT.contracts[boundary.feed]
    row = {contract.fact_id: "it", **cells, "event_date": happened, "known_from": known}
    it = typed(contract, pd.DataFrame([row]))
    return {**before, boundary.feed: pa.concat_tables([before[boundary.feed], it])}


def renamed(facts: Facts, number: int) -> Facts:
    """Return the same facts under ids that no other case has."""
    return {feed: _renamed(rows, str(number)) for feed, rows in facts.items()}


def _renamed(rows: pa.Table, number: str) -> pa.Table:
    for place, name in enumerate(rows.column_names):
        if name.endswith("_id") and rows.num_rows:
            ids = pc.binary_join_element_wise(rows[name], number, "/")
            rows = rows.set_column(place, name, ids)
    return rows


@dataclass(frozen=True)
class Told:
    """What a drawn district says, and under which number each case lives in it."""

    view: PointInTime
    numbers: dict[Case, int]

    @classmethod
    def of(cls, engine: Backend, cases: dict[Case, Facts]) -> Self:
        district = [renamed(facts, number) for number, facts in enumerate(cases.values())]
        feeds = {
            name: Feed(contract, ibis.memtable(pa.concat_tables([one[name] for one in district])))
            for name, contract in DISTRICT.contracts.items()
        }
        return cls(seen(engine, feeds), {case: number for number, case in enumerate(cases)})

    def values(self, engine: Backend, group: FeatureGroup) -> dict[Case, object]:
        """Return the value of each case's feature, nulls and absent rows in their declared meaning."""
        rows = built(engine, group, self.view)
        mine = {feature.name for feature in group.features}
        return {
            (name, days): _declared(rows[name].get((f"h1/{number}", pd.Timestamp(TODAY))), name)
            for (name, days), number in self.numbers.items()
            if name in mine
        }


def _declared(value: object, feature: str) -> object:
    if not pd.isna(value):
        return value
    return 0 if FEATURES[feature].missing == "zero" else None


@pytest.fixture(scope="module")
def districts(engine: Backend) -> list[Told]:
    """All cases in one district; those that change how others are read each in their own."""
    together: dict[Case, Facts] = {}
    apart: list[dict[Case, Facts]] = []
    for name in (name for cases in CASES.values() for name in cases if name in FEATURES):
        before = filled(BOUNDARIES[name].also)
        for days in (None, *(days for days, _counts in sides(name).values())):
            facts = drawn(BOUNDARIES[name], before, days)
            if facts[ALONE].num_rows:
                apart.append({(name, days): facts})
            else:
                together[(name, days)] = facts
    return [Told.of(engine, cases) for cases in (together, *apart) if cases]


@pytest.mark.parametrize("name", CASES)
def test_a_fact_counts_inside_its_window_and_not_outside(
    engine: Backend, districts: list[Told], name: str
) -> None:
    (group,) = [group for group in DISTRICT.groups if group.name == name]
    strangers = sorted(set(CASES[name]) - {feature.name for feature in group.features})
    assert not strangers, f"boundaries/{name}.py speaks of features the group lacks: {strangers}"
    found: dict[Case, object] = {}
    for told in districts:
        if any(feature in CASES[name] for feature, _days in told.numbers):
            found |= told.values(engine, group)

    wrong = [
        f"{feature}: {found[(feature, days)]!r} with a fact of {boundary.feed} {side},"
        f" {found[(feature, None)]!r} without; it {'must' if counts else 'must not'} count there"
        for feature, boundary in CASES[name].items()
        for side, (days, counts) in sides(feature).items()
        if (found[(feature, days)] != found[(feature, None)]) != counts
    ]
    assert not wrong, "\n".join(wrong)


def test_every_window_has_its_boundary_tested() -> None:
    own = {name for module in MODULES for name in getattr(module, "OWN_TESTS", {})}
    held = own.union(*CASES.values())
    missing = [
        f"{group.name}: {feature.name}"
        for group in DISTRICT.groups
        for feature in group.features
        if feature.window_days is not None and feature.name not in held
    ]
    assert not missing, (
        f"{len(missing)} windows without an entry in tests/features/boundaries/<group>.py:\n"
        + "\n".join(missing)
    )
