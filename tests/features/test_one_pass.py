"""One pass over the facts for many dates gives exactly what each date by itself gives."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import count as numbers

import ibis
import ibis.expr.types as ir
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ibis import _
from ibis.backends.duckdb import Backend

from features import one_pass
from features.connections import Shelf, open_engine
from features.district import DISTRICT
from features.point_in_time import Feed, PointInTime
from features.registry import KEYS
from features.visibility import visible_on, visible_on_each
from features.windows import count, highest, lowest, total, within
from tests.features.records import typed

DAYS = (date(2024, 1, 1), date(2024, 1, 31), date(2024, 7, 1), date(2025, 1, 1))
WANTED = {
    "bills_30d": count(days=30),
    "bills": count(),
    "stays_365d": count(days=365, where=_.care_kind == "inpatient"),
    "paid_30d": total(_.self_paid, days=30),
    "paid_365d": total(_.self_paid, days=365),
    "squares": total(lambda bill: bill.self_paid * bill.self_paid),
    "dearest_365d": highest(_.self_paid, days=365),
    "cheapest_stay": lowest(_.self_paid, where=_.care_kind == "inpatient"),
    "first_on": lowest(_.event_date, days=365),
    "last_on": highest(_.event_date),
    "most_days": highest(_.hospital_days, days=365),
    "reported_on": highest(_.reported_on),
}
_NAMES = numbers()

edges = st.builds(
    lambda day, back: day - timedelta(days=back),
    st.sampled_from(DAYS),
    st.sampled_from([-1, 0, 1, 29, 30, 31, 364, 365, 366]),
)
days_around = edges | st.integers(-420, 420).map(
    lambda days: date(2024, 7, 1) + timedelta(days=days)
)
bills = st.fixed_dictionaries(
    {
        "person_id": st.sampled_from(["p1", "p2", "p3"]),
        "event_date": days_around,
        "care_kind": st.sampled_from(["inpatient", "outpatient"]),
        "self_paid": st.none() | st.integers(-5, 999_999).map(lambda cents: cents / 100),
        "hospital_days": st.none() | st.integers(0, 40),
        "lag_hours": st.sampled_from([-48, 0, 24, 48]) | st.integers(0, 24 * 60),
        "held_hours": st.none() | st.sampled_from([0, 24, 24 * 30]) | st.integers(0, 24 * 200),
    }
)
ON_THE_EDGES = [
    {
        "person_id": person,
        "event_date": DAYS[2] - timedelta(days=back),
        "care_kind": "inpatient",
        "self_paid": 1.0 + back,
        "hospital_days": back,
        "lag_hours": lag,
        "held_hours": held,
    }
    for person in ("p1", "p2")
    for back in (0, 1, 30, 31)
    for lag in (-48, 0, 24)
    for held in (None, 24, 24 * 30)
]
"""Facts that happen, become known and are replaced at a midnight that counts, or a day beside it."""
LINKS = [
    *(("h1", person, day) for person in ("p1", "p2") for day in DAYS),
    *(("h2", "p2", day) for day in DAYS[1:]),
]


@pytest.fixture(scope="module")
def engine() -> Iterator[Backend]:
    with open_engine(memory="1GB") as opened:
        opened.raw_sql("SET threads = 1")
        yield opened


def facts_of(rows: list[dict[str, object]]) -> Feed:
    contract = DISTRICT.contracts["medical_settlements"]
    frame = pd.DataFrame(rows)
    at = [datetime.combine(day, datetime.min.time()) for day in frame["event_date"]]
    frame["known_from"] = pd.to_datetime(at) + pd.to_timedelta(frame.pop("lag_hours"), unit="h")
    held = pd.to_timedelta(frame.pop("held_hours").astype("float"), unit="h")
    frame["known_until"] = frame["known_from"] + held
    return Feed(contract, ibis.memtable(typed(contract, frame)))


def answers(engine: Backend, view: PointInTime) -> dict[tuple[object, ...], tuple[object, ...]]:
    found = engine.to_pyarrow(view.windowed("medical_settlements", **WANTED)).to_pylist()
    return {tuple(row[key] for key in KEYS): tuple(row[name] for name in WANTED) for row in found}


@example(rows=ON_THE_EDGES)
@settings(max_examples=8, deadline=None, derandomize=True)
@given(rows=st.lists(bills, min_size=1, max_size=60))
def test_many_dates_in_one_pass_equal_each_date_alone(
    engine: Backend, rows: list[dict[str, object]]
) -> None:
    feeds = {"medical_settlements": facts_of(rows)}
    schema = {"household_id": "string", "entity_id": "string", "as_of_date": "date"}
    frame = pd.DataFrame(LINKS, columns=["household_id", "entity_id", "as_of_date"])
    persons = ibis.memtable(frame, schema=schema)
    spine = persons.select(*KEYS).distinct()

    shelf = Shelf(engine)
    together = answers(
        engine, PointInTime(spine, feeds, {"person": persons}, dates=DAYS, shelf=shelf)
    )

    alone = {}
    for day in DAYS:
        here = {"person": persons.filter(persons.as_of_date == ibis.date(day.isoformat()))}
        alone |= answers(engine, PointInTime(spine, feeds, here, dates=(day,)))
    assert together == alone


def test_entities_reduced_one_by_one_or_together_come_out_the_same(
    engine: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    feeds = {"medical_settlements": facts_of(ON_THE_EDGES)}
    schema = {"household_id": "string", "entity_id": "string", "as_of_date": "date"}
    frame = pd.DataFrame(LINKS, columns=["household_id", "entity_id", "as_of_date"])
    persons = ibis.memtable(frame, schema=schema)
    spine = persons.select(*KEYS).distinct()

    def found() -> dict[tuple[object, ...], tuple[object, ...]]:
        view = PointInTime(spine, feeds, {"person": persons}, dates=DAYS, shelf=Shelf(engine))
        return answers(engine, view)

    together = found()
    monkeypatch.setattr(one_pass, "BLOCK", 1)
    assert found() == together
    monkeypatch.setattr(one_pass, "READ", 1)
    assert found() == together


@pytest.mark.parametrize(("window", "older_than"), [(None, None), (30, None), (30, 7), (None, 30)])
def test_facts_seen_by_many_dates_are_those_each_date_sees_alone(
    engine: Backend, window: int | None, older_than: int | None
) -> None:
    facts = facts_of(ON_THE_EDGES).facts
    told = ["settlement_id", "as_of_date"]

    def found(rows: ir.Table) -> list[tuple[object, ...]]:
        seen = engine.to_pyarrow(rows.select(*told)).to_pylist()
        return sorted(tuple(str(row[name]) for name in told) for row in seen)

    alone = [visible_on(facts, day) for day in DAYS]
    if window is not None:
        alone = [seen.filter(within(seen, days=window)) for seen in alone]
    if older_than is not None:
        alone = [seen.filter(~within(seen, days=older_than)) for seen in alone]

    together = found(visible_on_each(facts, DAYS, window=window, older_than=older_than))
    assert together == sorted(row for seen in alone for row in found(seen))
    assert together
