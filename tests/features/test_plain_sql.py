"""Every feature says what its description says, as somebody else wrote it in plain SQL.

The queries of ``experiments/benchmarks/plain_sql`` share no code with the groups. Both are asked about the
village and about random districts made of it, and must agree in every value and every null.
"""

import math
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from importlib.resources import files
from random import Random

import pytest

from experiments.benchmarks.plain_district import open_plain_district, plain_sql
from features.district import DISTRICT
from features.registry import KEYS, Feature, FeatureGroup
from tests.features.random_facts import Facts, News, random_news, reported, told
from tests.features.records import TODAY
from tests.features.village import Stage

RANDOM_DISTRICTS = 15
FACTS_PER_FEED = 24
PLAIN = {
    found.name.removesuffix(".sql")
    for found in files("experiments.benchmarks.plain_sql").iterdir()
    if found.name.endswith(".sql") and not found.name.startswith("_")
}
WRITTEN = [group for group in DISTRICT.groups if group.name in PLAIN]
HOUSEHOLDS = "households"


@dataclass
class Districts:
    """The village, random districts, and what the plain queries find in them; asked once each."""

    stage: Stage
    news: list[News]

    def facts(self, number: int) -> Facts:
        return told(self.stage.facts, self.news[number])

    @cached_property
    def differences(self) -> list[dict[str, list[str]]]:
        """Return per district and group where the two disagree."""
        return [
            self.compare(self.facts(number), WRITTEN, keep_going=True)
            for number in range(len(self.news))
        ]

    def compare(
        self, facts: Facts, groups: list[FeatureGroup], *, keep_going: bool = False
    ) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        with self.stage.telling(facts):
            open_plain_district(self.stage.con, DISTRICT.contracts, TODAY)
            found[HOUSEHOLDS] = strangers(self.stage)
            for group in groups:
                try:
                    found[group.name] = differences(self.stage, group)
                except Exception as error:
                    if not keep_going:
                        raise
                    found[group.name] = [f"cannot be asked: {error}"]
        return found

    def smallest(self, number: int, group: FeatureGroup) -> tuple[News, list[str]]:
        """Return the district with every row left out that the difference does not need."""
        news = {feed: rows for feed, rows in self.news[number].items() if rows}
        found = self.differences[number][group.name]

        def try_without(fewer: News) -> bool:
            nonlocal news, found
            left = self.compare(told(self.stage.facts, fewer), [group])[group.name]
            if left:
                news, found = {feed: rows for feed, rows in fewer.items() if rows}, left
            return bool(left)

        for feed in list(news):
            if try_without({**news, feed: []}):
                continue
            for row in list(news[feed]):
                try_without({**news, feed: [other for other in news[feed] if other is not row]})
        return news, found


def differences(stage: Stage, group: FeatureGroup) -> list[str]:
    """Return where the group and its plain query disagree about what is told now."""
    query = stage.con.execute(plain_sql(group.name, as_of_date=TODAY))
    names = [column[0] for column in query.description]
    by_hand = {
        row["household_id"]: row
        for row in (dict(zip(names, line, strict=True)) for line in query.fetchall())
    }
    wanted = {feature.name for feature in group.features}
    if set(names) != {"household_id", *wanted}:
        lacking, extra = sorted(wanted - set(names)), sorted(set(names) - wanted)
        return [f"the plain query lacks columns {lacking} and has undeclared columns {extra}"]
    built = {
        row[0]: dict(zip((*KEYS, *group.columns), row, strict=True)) for row in stage.rows_of(group)
    }
    spine = stage.con.execute("SELECT household_id FROM spine ORDER BY ALL").fetchall()
    households = sorted({household for (household,) in spine}.union(by_hand, built))
    return [
        f"{feature.name} of {household}: group {ours!r}, plain SQL {theirs!r}"
        for feature in group.features
        for household in households
        for ours, theirs in [
            (
                declared(built.get(household, {}).get(feature.name), feature),
                declared(by_hand.get(household, {}).get(feature.name), feature),
            )
        ]
        if not same(ours, theirs)
    ]


def strangers(stage: Stage) -> list[str]:
    """Return the households that only the engine or only plain SQL finds."""
    only = stage.con.execute(
        "(SELECT household_id FROM spine EXCEPT SELECT household_id FROM village_spine)"
        " UNION (SELECT household_id FROM village_spine EXCEPT SELECT household_id FROM spine)"
    )
    return sorted(household for (household,) in only.fetchall())


def declared(value: object, feature: Feature) -> object:
    """Return the value with its declared meaning of missing; numbers as float."""
    if value is None:
        return None if feature.missing == "unknown" else 0.0
    if isinstance(value, str | date | datetime):
        return value
    return float(value)


def same(ours: object, theirs: object) -> bool:
    if isinstance(ours, float) and isinstance(theirs, float):
        return math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-9)
    return ours == theirs


def random_district(number: int) -> News:
    """Return what random facts of the last two years told by now, some late, some corrected."""
    chance = Random(number)
    return {
        name: [
            reported(DISTRICT.contracts[name], row, days_late=chance.choice((0, 1, 20, 60)))
            for row in rows
        ]
        for name, rows in random_news(chance, most=FACTS_PER_FEED).items()
    }


@pytest.fixture(scope="module")
def districts(stage: Stage) -> Districts:
    for name in DISTRICT.contracts:
        stage.con.execute(f'CREATE OR REPLACE TEMP VIEW "{name}" AS FROM village_{name}')
    return Districts(stage, [{}, *map(random_district, range(RANDOM_DISTRICTS))])


@pytest.mark.parametrize("group", WRITTEN, ids=lambda group: group.name)
def test_a_group_says_what_its_plain_query_says(districts: Districts, group: FeatureGroup) -> None:
    for number, found in enumerate(districts.differences):
        if found[group.name]:
            needed, left = districts.smallest(number, group)
            raise AssertionError(
                f"group {group.name} and plain_sql/{group.name}.sql differ about "
                + ("the village:\n  " if not needed else f"the village with {needed}:\n  ")
                + "\n  ".join(left)
            )


def test_both_find_the_same_households(districts: Districts) -> None:
    for number, found in enumerate(districts.differences):
        assert not found[HOUSEHOLDS], (
            f"only one knows {found[HOUSEHOLDS]} of {districts.news[number]}"
        )


def test_every_group_is_written_in_plain_sql_too() -> None:
    missing = sorted({group.name for group in DISTRICT.groups} - PLAIN)

    assert not missing, f"groups without experiments/benchmarks/plain_sql/<group>.sql: {missing}"
