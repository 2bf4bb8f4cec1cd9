"""The city benchmarks are measured on is a lake like any other, the same for the same seed."""

from datetime import datetime
from pathlib import Path

import pytest

from data_contracts.lake import Lake
from experiments.benchmarks.city.build import MADE, build_city
from experiments.benchmarks.city.copies import copy_city
from experiments.benchmarks.city.plan import AS_OF_DATE, CityPlan, first_day, received_at
from experiments.benchmarks.homes import NoSuchCity, home_of
from features.connections import open_engine
from features.district import DISTRICT

PLAN = CityPlan(households=4000, months=2)
NIGHT = datetime.combine(AS_OF_DATE, datetime.min.time())


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("city")
    build_city(folder, PLAN)
    return folder


def test_every_file_is_what_the_catalogue_says(city: Path) -> None:
    lake = Lake(city)
    assert sum(lake.verify(feed) for feed in DISTRICT.contracts) > len(DISTRICT.contracts)


def test_every_feed_has_facts_with_the_columns_of_its_contract(city: Path) -> None:
    lake, found = Lake(city), {}
    with open_engine() as engine:
        for feed, contract in DISTRICT.contracts.items():
            facts = lake.facts(engine, contract)
            assert set(contract.stored_names) < set(facts.columns)
            found[feed] = int(facts.count().execute())
    assert [feed for feed, rows in found.items() if not rows] == []
    assert sum(found.values()) <= int((city / MADE).read_text())


def test_no_two_versions_of_a_fact_hold_at_once(city: Path) -> None:
    lake, twice = Lake(city), {}
    with open_engine() as engine:
        for feed, contract in DISTRICT.contracts.items():
            facts = lake.facts(engine, contract)
            current = facts.filter(facts.known_until.isnull())
            rows = current.aggregate(
                rows=current.count(), distinct=current[contract.fact_id].nunique()
            ).execute()
            if rows["rows"][0] != rows["distinct"][0]:
                twice[feed] = rows
    assert twice == {}


def test_what_a_contract_requires_is_never_empty(city: Path) -> None:
    lake, empty = Lake(city), []
    with open_engine() as engine:
        for feed, contract in DISTRICT.contracts.items():
            facts = lake.facts(engine, contract)
            for column in contract.stored_columns:
                if column.required and int(facts[column.name].isnull().sum().execute() or 0):
                    empty.append(f"{feed}.{column.name}")
    assert empty == []


def test_codes_are_those_of_the_contracts(city: Path) -> None:
    lake, strangers = Lake(city), {}
    with open_engine() as engine:
        for feed, contract in DISTRICT.contracts.items():
            facts = lake.facts(engine, contract)
            for column in (one for one in contract.stored_columns if one.enum):
                told = facts[column.name].topk(100).execute()[column.name].dropna()
                unknown = set(told) - set(column.enum)
                if unknown:
                    strangers[f"{feed}.{column.name}"] = unknown
    assert strangers == {}


def test_a_fact_is_known_three_to_forty_five_days_after_it_happened(city: Path) -> None:
    lake = Lake(city)
    with open_engine() as engine:
        bills = lake.facts(engine, DISTRICT.contracts["utility_bills"])
        first = bills.filter(bills.event_date >= first_day(PLAN.first_month).isoformat())
        told = first.group_by("bill_id").agg(
            days=first.known_from.cast("date").min().delta(first.event_date.min(), unit="day")
        )
        days = told.days.execute()
    assert days.min() >= 3
    assert days.max() <= 45
    assert days.nunique() > 10


def test_the_same_seed_makes_the_same_city_and_another_one_another(
    city: Path, tmp_path: Path
) -> None:
    build_city(tmp_path / "again", PLAN)
    build_city(tmp_path / "other", CityPlan(households=4000, months=2, seed=2))
    digests = {
        name: Lake(folder).digest(before=NIGHT)
        for name, folder in (
            ("one", city),
            ("again", tmp_path / "again"),
            ("other", tmp_path / "other"),
        )
    }
    assert digests["one"] == digests["again"] != digests["other"]
    assert _bills(city) == _bills(tmp_path / "again") != _bills(tmp_path / "other")


def _bills(home: Path) -> list[str]:
    with open_engine() as engine:
        facts = Lake(home).facts(engine, DISTRICT.contracts["utility_bills"])
        return sorted(map(str, facts.to_pyarrow().to_pylist()))


def test_a_longer_history_ends_with_the_same_month() -> None:
    assert received_at(PLAN.deliveries[-1]) == received_at(CityPlan(households=1000).deliveries[-1])
    assert first_day(47).isoformat() == "2026-06-01"


def test_a_plan_no_city_follows_is_refused() -> None:
    with pytest.raises(ValueError, match="49 months, expected 1 to 48"):
        CityPlan(households=1000, months=49)
    with pytest.raises(ValueError, match="10 households"):
        CityPlan(households=10)


def test_copies_of_a_city_share_no_identifier_and_miss_no_fact(city: Path, tmp_path: Path) -> None:
    out = tmp_path / "three"
    copy_city(city, out, 3, lambda _: None)
    one, three = Lake(city), Lake(out)
    assert int((out / MADE).read_text()) == 3 * int((city / MADE).read_text())
    assert three.arrivals() == one.arrivals()
    with open_engine() as engine:
        for feed, contract in DISTRICT.contracts.items():
            three.verify(feed)
            of_one, of_all = one.facts(engine, contract), three.facts(engine, contract)
            about = [name for name in of_one.columns if name.endswith(("_id", "phone"))]
            counts = [
                facts.aggregate(
                    rows=facts.count(),
                    now=facts.known_until.isnull().sum(),
                    **{name: facts[name].nunique() for name in about},
                )
                .to_pyarrow()
                .to_pylist()[0]
                for facts in (of_one, of_all)
            ]
            assert counts[1] == {name: 3 * count for name, count in counts[0].items()}, feed


def test_a_city_that_is_no_number_of_copies_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoSuchCity, match=r"1,500,000 households: .*ask for a multiple"):
        home_of(tmp_path, CityPlan(households=1_500_000), lambda _: None)
    assert list(tmp_path.iterdir()) == []
