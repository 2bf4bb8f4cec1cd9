"""What must hold of every family, known well or badly: drawn at random, judged by the real rules on DuckDB."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import product
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

import ibis
import pyarrow as pa
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from features import parameters
from models.rules.facts import FACTS
from models.rules.judging import judge
from models.rules.ladder import ladder
from models.rules.verdicts import Every, Is, Some, Test, combined, leaves, undecided

Family = dict[str, Any]
Figures = Mapping[str, float | None]
EVERYTHING: Figures = MappingProxyType(
    {
        "dibao.standard": 1000,
        "dibao.standard.rural": 800,
        "dibao.monetary_assets_multiple": 2,
        "dibao.homes_max": 1,
        "dibao.cars_max": 0,
        "dibao.business_capital_max": 100_000,
        "edge.multiple": 1.5,
        "edge.line": None,
        "edge.monetary_assets_multiple": 3,
        "edge.homes_max": 1,
        "edge.cars_max": 0,
        "edge.business_capital_max": 200_000,
        "tekun.minor_under": 18,
        "rigid.income_line": 24_000,
        "rigid.spending_ratio": 0.6,
        "relapse.income_line": 8_400,
        "near.percent": 10,
    }
)
LITTLE: Figures = MappingProxyType(
    {
        **EVERYTHING,
        "dibao.standard": 1167,
        "dibao.standard.rural": None,
        "dibao.homes_max": None,
        "edge.line": 1751,
        "edge.multiple": None,
        "tekun.minor_under": 16,
        "rigid.spending_ratio": None,
        "relapse.income_line": None,
    }
)
SETS = (EVERYTHING, LITTLE)
DAY = date(2026, 7, 15)
RULES = ladder(as_of_date=DAY)
NAMES = tuple(rule.rule_id for rule in RULES)
BOUNDED = ("income_month", "necessary_spending_year")
SCHEMA = ibis.schema({"household_id": "string", **{one.name: one.dtype for one in FACTS}})


@cache
def _session(number: int) -> tuple[Any, str]:
    """One engine with an empty table of facts, and the query that judges it: compiled once."""
    engine = ibis.duckdb.connect()
    facts = engine.create_table("facts", schema=SCHEMA)
    asked = judge(facts, RULES, parameters=SETS[number], as_of_date=DAY)
    return engine, ibis.to_sql(asked, dialect="duckdb")


def answers(families: Sequence[Family], *, figures: int = 0) -> list[dict[str, str]]:
    """Judge families in one query; in their order, one answer per rule."""
    engine, query = _session(figures)
    rows = [
        {**dict.fromkeys(SCHEMA), **family, "household_id": str(number)}
        for number, family in enumerate(families)
    ]
    told = pa.Table.from_pylist(rows, schema=SCHEMA.to_pyarrow())
    engine.con.execute("delete from facts")
    engine.con.register("told", told)
    engine.con.execute("insert into facts select * from told")
    found = engine.con.execute(query).to_arrow_table().to_pylist()
    by_number = {int(row["household_id"]): row for row in found}
    return [{name: by_number[n][name] for name in NAMES} for n in range(len(families))]


SUMS = (0, 900, 1000, 1100, 1200, 1600, 2000, 2334, 2400, 3000, 3502, 4000)
FEW = (0.0, 0.0, 0.0, 0.0, 1.0, 2.0)
"""Mostly none, so that a rule of many conditions often hangs on one of them."""
COUNTED = ("able_members_16_17", "able_members_18_59", "single_entry_disabled", "single_entry_ill",
           "able_supporters", "sudden_events_90d")  # fmt: skip


def world(lot: Random) -> Family:
    """Everything about a family, and nothing that contradicts itself: a check says what the assets are."""
    members = lot.randint(1, 4)
    income = float(lot.choice([lot.randint(0, 6000), *SUMS]))
    # Beside the share of income that makes spending rigid.
    beside = income * 12 * 0.6 + lot.choice([-1000, -1, 0, 1, 1000])
    return {
        "members": float(members),
        "members_hukou_here": float(lot.choice([members, members, members, 0])),
        "income_month": income,
        "basic_pension_month": min(lot.choice([0.0, 200.0]), income),
        "necessary_spending_year": max(0.0, lot.choice([float(lot.randint(0, 60_000)), beside])),
        "monetary_assets": lot.choice([0.0, 0.0, 0.0, 23_999.0, 48_000.0, 90_000.0]),
        "homes": lot.choice(FEW),
        "cars": lot.choice(FEW),
        "business_capital": lot.choice([0.0, 0.0, 99_999.0, 100_000.0, 250_000.0]),
        **{name: lot.choice(FEW) for name in COUNTED},
        "is_rural": lot.random() < 0.5,
        "special_difficulty": lot.random() < 0.5,
    }


def checked(family: Family, figures: Figures) -> bool:
    """What an honest check against the limits of 低保 would say."""
    standard = figures["dibao.standard"] or 0
    rural = figures["dibao.standard.rural"]
    if rural is not None and family["is_rural"]:
        standard = rural
    return (
        family["monetary_assets"] < 24 * standard * family["members"]
        and family["homes"] <= 1
        and family["cars"] == 0
        and family["business_capital"] < 100_000
    )


def told(world: Family, known: Mapping[str, str], figures: Figures) -> Family:
    """What is known of a family: each fact wholly, not at all, or (a sum) between bounds."""
    facts: Family = {}
    for name, value in {**world, "assets_within_limit": checked(world, figures)}.items():
        how = known[name]
        if name not in BOUNDED:
            facts[name] = value if how != "unknown" else None
            continue
        low, high = {
            "known": (value, value),
            "at_least": (max(value - 500, 0), None),
            "at_most": (None, value + 500),
            "between": (max(value - 300, 0), value + 300),
            "unknown": (None, None),
        }[how]
        facts |= {f"{name}_at_least": low, f"{name}_at_most": high}
    return facts


LESS = {"known": ("known", "at_least", "at_most", "between", "unknown"),
        "between": ("between", "unknown"), "at_least": ("at_least", "unknown"),
        "at_most": ("at_most", "unknown"), "unknown": ("unknown",)}  # fmt: skip
WORLD = ("assets_within_limit", "members", "members_hukou_here", "income_month", "necessary_spending_year", "monetary_assets", "homes", "cars", "business_capital", "able_members_16_17", "able_members_18_59", "single_entry_disabled", "single_entry_ill", "able_supporters", "sudden_events_90d", "is_rural", "special_difficulty", "basic_pension_month")  # fmt: skip


Drawn = list[tuple[Family, dict[str, str], dict[str, str]]]


def drawn(seed: int) -> Drawn:
    """Draw families, how well each of their facts is known, and the same with some of it forgotten."""
    lot = Random(seed)
    families = []
    for _ in range(150):
        more = {name: lot.choice(("known",) * 9 + LESS["known"]) for name in WORLD}
        less = {name: lot.choice((how,) * 5 + LESS[how]) for name, how in more.items()}
        families.append((world(lot), more, less))
    return families


many_families = st.integers(0, 2**32).map(drawn)
# Many families in one example, and no search for smaller ones: a query costs far more than a row.
quick = settings(
    max_examples=6, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate]
)


def met(answer: str) -> bool | None:
    return {"meets": True, "cannot_tell": None}.get(answer, False)


@quick
@given(many_families, st.sampled_from([0, 1]))
def test_what_is_learned_decides_but_never_turns_an_answer(families: Drawn, figures: int) -> None:
    all_known = dict.fromkeys(WORLD, "known")
    levels = [
        [told(world, how, SETS[figures]) for how in (less, more, all_known)]
        for world, more, less in families
    ]
    judged = answers([one for three in levels for one in three], figures=figures)
    for number, (poorly, better, wholly) in enumerate(
        zip(judged[::3], judged[1::3], judged[2::3], strict=True)
    ):
        for name in NAMES:
            for before, after in ((poorly, better), (better, wholly), (poorly, wholly)):
                if met(before[name]) is not None:
                    assert met(after[name]) == met(before[name]), (name, levels[number])


@quick
@given(many_families, st.sampled_from([1.0, 100.0, 1000.0]))
def test_more_income_never_brings_a_family_under_a_line(families: Drawn, more: float) -> None:
    """No exception: more income also makes the share of necessary spending smaller, never larger."""
    before = [told(world, how, EVERYTHING) for world, how, _ in families]
    after = []
    for family in before:
        bounds = ("income_month_at_least", "income_month_at_most")
        raised = {name: None if family[name] is None else family[name] + more for name in bounds}
        after.append({**family, **raised})
    for poorer, richer in zip(answers(before), answers(after), strict=True):
        for name in NAMES:
            assert not (met(poorer[name]) is False and met(richer[name])), name


@quick
@given(many_families, st.randoms(use_true_random=False))
def test_an_answer_depends_on_no_other_family_and_on_no_order(families: Drawn, lot: Any) -> None:
    facts = [told(world, how, EVERYTHING) for world, how, _ in families]
    together = answers(facts)
    order = list(range(len(facts)))
    lot.shuffle(order)
    shuffled = answers([facts[number] for number in order])
    assert [together[number] for number in order] == shuffled
    assert answers(facts[:1]) == together[:1]


@quick
@given(st.integers(0, 2000), st.integers(1, 900), st.integers(1, 3000))
def test_a_later_figure_changes_nothing_before_its_day(days: int, later: int, value: int) -> None:
    first = date(2021, 7, 1)
    day = first + timedelta(days=days)
    begins = day + timedelta(days=later)
    one = f"{{from: {first}, value: 1000, source: s, checked: news, confidence: low, verified: false}}"
    two = f"{{from: {begins}, value: {value}, source: s, checked: news, confidence: low, verified: false}}"
    figures = []
    for entries in ([one], [one, two]):
        with TemporaryDirectory() as folder:
            text = "region: cn.nowhere\nname_zh: 某地\nparameters:\n  dibao.standard:\n"
            text += "    unit: yuan per person and month\n    values:\n"
            text += "".join(f"      - {entry}\n" for entry in entries)
            Path(folder, "cn.nowhere.yaml").write_text(text, encoding="utf-8")
            shelf = Path(folder)
            on_day, on_begin = (
                parameters.at(region="cn.nowhere", as_of_date=when, own=shelf)
                for when in (day, begins)
            )
            figures.append(
                (
                    {name: decided.value for name, decided in on_day.items()},
                    on_begin["dibao.standard"].value,
                )
            )
    (before, alone), (after, replaced) = figures
    assert before == after
    assert (alone, replaced) == (1000, value)


@st.composite
def trees(draw: st.DrawFn) -> Test:
    """Conditions of up to four yes/no facts, one of which may stand for those beside it."""
    numbers = iter(range(4))

    def part(depth: int) -> Test:
        number = next(numbers, None)
        if number is None:
            return leaf(draw(st.integers(0, 3)))
        if depth == 0 or draw(st.booleans()):
            return leaf(number)
        kind = draw(st.sampled_from([Every, Some]))
        parts = [part(depth - 1) for _ in range(draw(st.integers(1, 3)))]
        if kind is Some and isinstance(parts[0], Is) and draw(st.booleans()):
            parts[0] = replace(parts[0], test_id=f"s{parts[0].test_id}", stands_for_rest=True)
        return kind(tuple(parts))

    def leaf(number: int) -> Is:
        return Is(test_id=f"t{number}", fact=f"f{number}", label_zh="")

    return part(3)


def oracle(test: Test, row: Mapping[str, bool | None]) -> float:
    """No is 0, unknown a half, yes 1: every part is the least of them, some the greatest."""
    if isinstance(test, Every | Some):
        parts = [oracle(part, row) for part in test.parts]
        return min(parts) if isinstance(test, Every) else max(parts)
    value = row[test.fact]
    if value is None:
        return 0 if isinstance(test, Is) and test.stands_for_rest else 0.5
    return float(value)


def oracle_matters(test: Test, row: Mapping[str, bool | None], open_above: bool) -> list[bool]:
    if isinstance(test, Every | Some):
        is_open = open_above and oracle(test, row) == 0.5
        return [one for part in test.parts for one in oracle_matters(part, row, is_open)]
    return [open_above and row[test.fact] is None]


ALL = [dict(zip(("f0", "f1", "f2", "f3"), values, strict=True)) for values in product([True, False, None], repeat=4)]  # fmt: skip


@cache
def _truths() -> tuple[Any, Any]:
    engine = ibis.duckdb.connect()
    schema = ibis.schema({"row": "int64", **dict.fromkeys(("f0", "f1", "f2", "f3"), "boolean")})
    table = engine.create_table("truths", schema=schema)
    for number, values in enumerate(ALL):
        engine.con.execute("insert into truths values (?, ?, ?, ?, ?)", [number, *values.values()])
    return engine, table


@settings(quick, max_examples=12)
@given(trees())
def test_parts_come_together_by_the_tables_of_three_answers(test: Test) -> None:
    engine, table = _truths()
    found = undecided(test, lambda leaf: table[leaf.fact])
    columns = {f"matters_{number}": matters for number, (_, matters) in enumerate(found)}
    verdict = combined(test, lambda leaf: table[leaf.fact])
    asked = ibis.to_sql(table.select("row", verdict=verdict, **columns).order_by("row"))
    rows = engine.con.execute(asked).to_arrow_table().to_pylist()
    assert [leaf for leaf, _ in found] == list(leaves(test))
    for values, row in zip(ALL, rows, strict=True):
        assert row["verdict"] == {0: False, 0.5: None, 1: True}[oracle(test, values)]
        told_to_matter = [bool(row[name]) for name in columns]
        assert told_to_matter == oracle_matters(test, values, open_above=True)
