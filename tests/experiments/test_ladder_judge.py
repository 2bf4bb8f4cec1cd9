"""The second implementation of the ladder on its own, and how answers are counted against the truth."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from experiments.district.answers import NoTruth
from experiments.ladder_judge import (
    DISTRICT_FIGURES,
    Verdicts,
    _differing,
    _judged,
    _true_facts,
    _true_means,
    _wanted,
)
from experiments.ladder_oracle import TIERS, Means, tiers
from features import parameters
from features.connections import open_engine
from models.rules.answering import values_of

DAY = date(2026, 6, 2)
LAW = date(2026, 7, 2)
FIGURES = {
    name: None if value is None else Decimal(value)
    for name, value in {
        **dict.fromkeys(("dibao.standard.rural", "edge.line")),
        "tekun.minor_under": "16",
        **DISTRICT_FIGURES,
    }.items()
}
FAMILY = Means(
    members=2,
    hukou_here=2,
    able_16_17=0,
    able_18_59=0,
    able_supporters=0,
    severely_disabled=0,
    gravely_ill=0,
    special_difficulty=None,
    income=Decimal(2000),
    basic_pension=Decimal(0),
    money=Decimal(1000),
    homes=1,
    cars=0,
    capital=Decimal(0),
    check=None,
    spending=Decimal(0),
    rural=False,
    sudden_events=0,
)


def within(
    day: date = DAY, figures: dict[str, Decimal | None] = FIGURES, **told: object
) -> set[str]:
    family = replace(FAMILY, **told)
    return {name for name, answer in tiers(family, figures, as_of_date=day).items() if answer}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, {"tekun", "dibao", "edge"}),
        ({"income": Decimal("2333.98")}, {"tekun", "dibao", "edge"}),
        ({"income": Decimal(2334)}, {"edge"}),
        ({"income": Decimal(2500), "basic_pension": Decimal(200)}, {"tekun", "edge"}),
        ({"income": Decimal(3500), "gravely_ill": 1}, {"edge", "dibao_alone"}),
        ({"income": Decimal(3501), "gravely_ill": 1}, set()),
        ({"able_18_59": 1}, {"dibao", "edge"}),
        ({"able_16_17": 1}, {"dibao", "edge"}),
        ({"able_supporters": 1}, {"dibao", "edge"}),
        ({"hukou_here": 0, "sudden_events": 1}, {"urgent"}),
        ({"money": Decimal(56016)}, {"edge"}),
        ({"homes": 2}, set()),
        ({"homes": 2, "check": True}, {"tekun", "dibao", "edge"}),
        ({"income": Decimal(5000), "spending": Decimal("36000.01")}, {"rigid"}),
        ({"income": Decimal(5000), "spending": Decimal(36000)}, set()),
        ({"rural": True, "income": Decimal("1449.99")}, {"tekun", "dibao", "edge", "relapse"}),
        ({"rural": True, "income": Decimal(1450)}, {"tekun", "dibao", "edge"}),
    ],
)  # fmt: skip
def test_the_plain_ladder_on_both_sides_of_each_line(
    told: dict[str, object], expected: set[str]
) -> None:
    assert within(**told) == expected


def test_the_plain_ladder_follows_the_law_of_the_day() -> None:
    minor = {**FIGURES, "tekun.minor_under": Decimal(18)}
    assert "tekun" in within(LAW, minor, able_16_17=1)
    alone = {"income": Decimal(3000), "special_difficulty": True}
    assert "dibao_alone" not in within(DAY, **alone)
    assert "dibao_alone" in within(LAW, **alone)
    assert within(date(2021, 6, 30)) == set()
    assert "rigid" not in within(date(2024, 12, 31), income=Decimal(5000), spending=Decimal(40000))


def test_a_figure_nobody_found_leaves_open_only_what_hangs_on_it() -> None:
    unknown = {**FIGURES, "edge.multiple": None, "dibao.homes_max": None}
    found = tiers(FAMILY, unknown, as_of_date=DAY)
    assert (found["dibao"], found["edge"], found["urgent"]) == (None, None, False)
    assert tiers(replace(FAMILY, cars=1), unknown, as_of_date=DAY)["dibao"] is False


def test_answers_are_counted_by_what_is_true() -> None:
    found = Verdicts()
    told = [("meets", True), ("near", False), ("meets", False), ("does_not", True),
            ("cannot_tell", True), ("meets", None)]  # fmt: skip
    assert [found.note(*one) for one in told] == [False, False, True, True, False, False]
    assert (found.agree, found.wrongly_meets, found.wrongly_does_not) == (2, 1, 1)
    assert (found.cannot_tell, found.not_judged, found.decided, found.within) == (1, 1, 4, 3)
    assert found.wrong.value == 0.5


def test_only_what_is_on_the_wrong_side_differs() -> None:
    truly = {
        "members": 2,
        "income_month_at_least": 900.0,
        "income_month_at_most": 900.0,
        "is_rural": True,
    }
    unknown = dict.fromkeys(_schema(), None)
    right = {**unknown, "members": 2.0, "income_month_at_least": 800.0, "is_rural": True}
    wrong = {
        **unknown,
        "members": 3.0,
        "income_month_at_least": 901.0,
        "income_month_at_most": 899.0,
        "is_rural": False,
    }
    assert _differing(right, truly) == {}
    assert set(_differing(wrong, truly)) == set(truly)


def test_rules_and_oracle_agree_on_families_on_every_line(tmp_path: Path) -> None:
    """Both read the same table of means as ``simulate`` writes it; every sum lies on a line or beside it."""
    frame = _families()
    pq.write_table(pa.Table.from_pandas(frame), tmp_path / "means.parquet")
    true = _true_means(tmp_path, LAW)
    figures = values_of(
        parameters.at(region="cn.default", as_of_date=LAW).with_changes(DISTRICT_FIGURES)
    )
    with open_engine() as engine:
        judged = _judged(engine, _true_facts(true), figures, LAW)
    wanted = _wanted(true, figures, LAW)
    found = {name: Verdicts() for name in TIERS}
    for row in judged.to_dict("records"):
        for name in TIERS:
            found[name].note(row[name], wanted[row["household_id"]][name])
    assert [name for name in TIERS if found[name].wrong.wrong] == []
    for name in TIERS:
        assert 0 < found[name].within < found[name].households, name


def test_a_day_without_truth_is_refused_with_the_days_there_are(tmp_path: Path) -> None:
    with pytest.raises(NoTruth, match=r"no .*means.parquet"):
        _true_means(tmp_path, LAW)
    pq.write_table(pa.Table.from_pandas(_families()), tmp_path / "means.parquet")
    with pytest.raises(NoTruth, match="of 2026-06-02; it holds 2026-07-02"):
        _true_means(tmp_path, DAY)


def _schema() -> list[str]:
    from models.rules.facts import FACTS

    return [one.name for one in FACTS]


def _families() -> pd.DataFrame:
    rows = []
    for members in (1, 2, 3):
        for per_head in (
            "724.99",
            "725",
            "1166.99",
            "1167",
            "1750.49",
            "1750.50",
            "3442.83",
            "3442.84",
        ):
            for number, other in enumerate(_others()):
                income = float(Decimal(per_head) * members)
                rows.append(
                    {
                        **_plain_family(members, income),
                        "household_id": f"h{members}{per_head}{number}",
                        **{key: value(income) for key, value in other.items()},
                    }
                )
    return pd.DataFrame(rows).assign(as_of_date=LAW)


def _plain_family(members: int, income: float) -> dict[str, object]:
    return {
        "members": members,
        "members_hukou_here": members,
        "able_members_16_17": 1,
        "able_members_18_59": 0,
        "able_supporters": 0,
        "single_entry_disabled": 0,
        "single_entry_ill": 0,
        "income_month_at_least": income,
        "income_month_at_most": income,
        "basic_pension_month": 0.0,
        "monetary_assets": 24.0 * 1167 * members - 1,
        "homes": 1,
        "cars": 0,
        "business_capital": 0.0,
        "necessary_spending_year_at_least": round(income * 12 * 0.6, 2),
        "necessary_spending_year_at_most": round(income * 12 * 0.6, 2),
        "is_rural": False,
        "sudden_events_90d": 0,
    }


def _others() -> list[dict[str, object]]:
    def spending(of: Decimal) -> dict[str, object]:
        names = ("necessary_spending_year_at_least", "necessary_spending_year_at_most")
        return dict.fromkeys(names, lambda income: round(income * 12 * 0.6 + float(of), 2))

    def is_(**told: object) -> dict[str, object]:
        return {key: lambda _, value=value: value for key, value in told.items()}

    return [
        {},
        is_(able_members_18_59=1),
        is_(single_entry_ill=1),
        is_(single_entry_disabled=1, able_supporters=1),
        is_(basic_pension_month=50.0),
        is_(members_hukou_here=0, sudden_events_90d=1),
        is_(is_rural=True),
        is_(is_rural=True, monetary_assets=0.0),
        is_(homes=2),
        is_(cars=1),
        is_(business_capital=30_000.0),
        is_(business_capital=60_000.0),
        is_(monetary_assets=10_000_000.0),
        spending(Decimal("0.01")),
        spending(Decimal(100)),
    ]
