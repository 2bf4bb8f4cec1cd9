"""A family of two as one row of facts, and figures in force that no document set."""

from collections.abc import Mapping
from datetime import date

import ibis
import ibis.expr.types as ir

from features.parameters import Decided, InForce
from features.parameters.vocabulary import vocabulary
from models.rules.facts import FACTS

DAY = date(2026, 7, 15)
REGION = "cn.jiangsu.wuxi.binhu"
FIGURES: Mapping[str, float] = {
    "dibao.standard": 1000,
    "dibao.monetary_assets_multiple": 2,
    "dibao.homes_max": 1,
    "dibao.cars_max": 0,
    "dibao.business_capital_max": 100_000,
    "edge.multiple": 1.5,
    "edge.monetary_assets_multiple": 3,
    "edge.homes_max": 1,
    "edge.cars_max": 0,
    "edge.business_capital_max": 200_000,
    "tekun.minor_under": 18,
    "rigid.income_line": 40_000,
    "rigid.spending_ratio": 0.6,
    "rigid.valid_months": 12,
    "recheck.stable_months": 12,
    "recheck.unstable_months": 6,
    "grace.max_months": 6,
    "watch.post_exit_months": 24,
    "near.percent": 10,
}
FAMILY: Mapping[str, object] = {
    "members": 2,
    "members_hukou_here": 2,
    "able_members_16_17": 0,
    "able_members_18_59": 1,
    "single_entry_disabled": 0,
    "single_entry_ill": 0,
    "special_difficulty": False,
    "assets_within_limit": True,
    "able_supporters": 1,
    "necessary_spending_year_at_least": 0,
    "necessary_spending_year_at_most": 0,
    "is_rural": False,
    "sudden_events_90d": 0,
    "holds_tekun": False,
    "holds_dibao": False,
    "holds_edge": False,
    "holds_rigid": False,
}


def figures(day: date = DAY, **changes: float | None) -> InForce:
    """Return what is in force; a change is named with ``__`` for the dot, None takes the figure away."""
    values = {**FIGURES, **{name.replace("__", "."): value for name, value in changes.items()}}
    decided = {
        name: Decided(
            name=name, value=values.get(name), unit=told.unit, region="cn.jiangsu.wuxi",
            since=date(2025, 7, 1), document="锡政发〔2025〕8号", article="1", source="tests",
        )
        for name, told in vocabulary().items()
    }  # fmt: skip
    return InForce(REGION, day, decided)


def family(**told: object) -> dict[str, object]:
    """Return the facts of a family; ``income`` sets both bounds of its month."""
    income = told.pop("income", None)
    facts = {**FAMILY, "income_month_at_least": income, "income_month_at_most": income, **told}
    return {"household_id": "h1", **{one.name: facts.get(one.name) for one in FACTS}}


def table_of(*families: Mapping[str, object]) -> ir.Table:
    """Return families as a table of facts."""
    schema = {"household_id": "string", **{one.name: one.dtype for one in FACTS}}
    return ibis.memtable([dict(one) for one in families], schema=schema)
