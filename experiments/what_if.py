"""What another figure of policy would do to the households of a kept night: who comes inside each line, who leaves.

The rules of the night are asked twice, with the figures in force and with the changed ones. What cannot be told
stays untold: every number is a least and a most, the most counting everybody whom nobody can place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pandas as pd

from data_contracts.engines import Engine
from experiments.what_if_ways import Ways, ways_of
from features import parameters
from features.connections import open_engine
from features.parameters import Decided, InForce
from models.rules.answering import RULE_FACTS, answers, rules_on, values_of
from models.rules.facts import facts_of
from models.rules.judging import CANNOT_TELL, MEETS, Rule
from models.rules.ladder import ladder
from models.rules.verdicts import Terms

_KEYS = ("household_id", "area_id")
OPEN, NONE = "open", "none"
"""A tier that cannot be told, and no tier."""
ASSUMPTIONS = (
    "everybody who is inside a line applies and is admitted; nobody's income changes because of it",
    "dibao pays the gap to the standard for every member, without additions by class of person",
    "tekun pays its basic standard per member, without care",
    "low counts who surely qualifies, at the smallest gap; high adds everybody who cannot be told, at the largest",
    "dibao for one person of a family, edge, rigid spending and persons' benefits are not counted in money",
)


class NothingToAsk(ValueError):
    """There is no matrix of that night; the message names the nearest."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One rule: households inside before and after, and who crosses the line, at least and at most.

    ``is_touched`` is False where the changed figures do not move the rule: then nobody crosses, told or untold.
    """

    rule_id: str
    title_zh: str
    inside_before: int
    inside_after: int
    untold_before: int
    untold_after: int
    entering: int
    entering_at_most: int
    leaving: int
    leaving_at_most: int
    is_touched: bool


@dataclass(frozen=True, kw_only=True)
class Spending:
    """Yuan a month of one tier, low and high, before and after."""

    tier: str
    low_before: float
    high_before: float
    low_after: float
    high_after: float


@dataclass(frozen=True, kw_only=True)
class WhatIf:
    """The whole answer. ``tiers`` has tier_before, tier_after, households; ``visits`` area_id, inside, open."""

    region: str
    as_of_date: date
    changed: tuple[tuple[Decided, Decided], ...]
    households: int
    lines: tuple[Line, ...]
    spending: tuple[Spending, ...]
    tiers: pd.DataFrame
    visits: pd.DataFrame


def what_if(
    home: Path,
    *,
    as_of_date: date,
    region: str,
    changes: Mapping[str, str],
    own: Path | None = None,
    memory: str = "3GB",
) -> WhatIf:
    """Ask the rules of a kept night with the figures in force and with ``changes``.

    Args:
        home: folder with ``matrices``.
        as_of_date: the night.
        region: whose figures.
        changes: per parameter "+10%", "-5%", "+50" or "1300".
        own: a folder of regions over those shipped.
        memory: the most DuckDB may hold.

    Raises:
        NothingToAsk: no matrix of that night.
        ParameterError: no such region or parameter, or a value that is none.
    """
    before = parameters.at(region=region, as_of_date=as_of_date, own=own)
    after = before.with_changes(changes)
    matrix = _matrix_of(home, as_of_date)
    with open_engine(spill=home / "spill", memory=memory) as engine:
        table = engine.read_parquet(str(matrix))
        both = _asked_twice(engine, table, before, after, as_of_date=as_of_date)
        rules = rules_on(as_of_date)
        facts = facts_of(table, among=RULE_FACTS, keys=_KEYS)
        ways = ways_of(rules, facts, before, after, set(changes))
        return WhatIf(
            region=region,
            as_of_date=as_of_date,
            changed=tuple((before[name], after[name]) for name in changes),
            households=int(both.count().execute()),
            lines=_lines(both, rules, ways),
            spending=_spending(both),
            tiers=_tiers(both),
            visits=_visits(both, ladder(as_of_date=as_of_date)),
        )


def _matrix_of(home: Path, day: date) -> Path:
    path = home / "matrices" / f"{day.isoformat()}.parquet"
    if path.is_dir():
        return path / "*.parquet"
    if not path.exists():
        kept = [
            date.fromisoformat(one.stem)
            for one in (home / "matrices").glob("[0-9]*-[0-9]*-[0-9]*.parquet")
            if len(one.stem) == len("2026-01-01")
        ]
        nearest = min(kept, key=lambda other: abs((other - day).days), default=None)
        told = f"the nearest is {nearest}" if nearest else "there is none: run `zhaoren nightly`"
        raise NothingToAsk(f"no matrix of the night {day} in {home / 'matrices'}; {told}")
    return path


def _asked_twice(
    engine: Engine, matrix: ir.Table, before: InForce, after: InForce, *, as_of_date: date
) -> ir.Table:
    """Return one row per household: answers, tier and money of each asking, as ``<name>_before`` and ``_after``."""
    facts = facts_of(matrix, among=RULE_FACTS, keys=_KEYS)
    rules = [rule.rule_id for rule in rules_on(as_of_date)]
    joined = None
    for when, in_force in (("before", before), ("after", after)):
        told = answers(matrix, in_force, as_of_date=as_of_date, keys=_KEYS)
        told = told.select(
            *_KEYS,
            **{f"{rule}_{when}": told[rule] for rule in rules},
            **{f"tier_{when}": _tier(told)},
        )
        money = facts.select("household_id", **_money(facts, in_force, as_of_date, when))
        asked = engine.create_table(f"asked_{when}", told.join(money, "household_id"), temp=True)
        joined = asked if joined is None else joined.join(asked.drop("area_id"), "household_id")
    if joined is None:
        raise RuntimeError("the rules were not asked")
    return engine.create_table("asked_twice", joined, temp=True)


def _tier(told: ir.Table) -> ir.StringValue:
    untold = told.first_open.isnull().ifelse(NONE, OPEN)
    return told.tier.fill_null(untold)


def _money(
    facts: ir.Table, in_force: InForce, as_of_date: date, when: str
) -> dict[str, ir.NumericValue]:
    """Return what dibao and tekun would pay a household a month, if it got them: least and most, null where unknown."""
    terms = Terms(facts, values_of(in_force))
    dibao = next(
        rule for rule in ladder(as_of_date=as_of_date) if rule.rule_id == "dibao"
    ).line_test
    if dibao is None:
        raise RuntimeError("the rule of dibao has no line")
    members = facts.members
    most_income, least_income = dibao.quantity.at_most(terms), dibao.quantity.at_least(terms)
    least = (dibao.limit.at_least(terms) - most_income).clip(lower=0) * members
    most = (dibao.limit.at_most(terms) - least_income.fill_null(0)).clip(lower=0) * members
    basic = terms.parameter("tekun.basic") * members
    return {
        f"dibao_low_{when}": least.cast("float64"),
        f"dibao_high_{when}": most.cast("float64"),
        f"tekun_low_{when}": basic.cast("float64"),
        f"tekun_high_{when}": basic.cast("float64"),
    }


def _lines(both: ir.Table, rules: tuple[Rule, ...], ways: Mapping[str, Ways]) -> tuple[Line, ...]:
    counted = [
        both.group_by(answer_before=both[f"{rule.rule_id}_before"], answer_after=both[f"{rule.rule_id}_after"])
        .agg(households=both.count())
        .mutate(rule_id=ibis.literal(rule.rule_id))
        for rule in rules
    ]  # fmt: skip
    found: pd.DataFrame = ibis.union(*counted).execute()
    return tuple(
        _line(rule, found[found["rule_id"] == rule.rule_id], ways[rule.rule_id]) for rule in rules
    )


def _line(rule: Rule, found: pd.DataFrame, ways: Ways) -> Line:
    """Add up the pairs of answers. Whoever cannot be told at one asking may be on either side there."""
    was, now, count = found["answer_before"], found["answer_after"], found["households"]
    inside_was, untold_was = was == MEETS, was == CANNOT_TELL
    inside_now, untold_now = now == MEETS, now == CANNOT_TELL
    outside_was, outside_now = ~inside_was & ~untold_was, ~inside_now & ~untold_now

    def households(where: "pd.Series[bool]") -> int:
        return int(count[where].sum())

    return Line(
        rule_id=rule.rule_id,
        title_zh=rule.title_zh,
        inside_before=households(inside_was),
        inside_after=households(inside_now),
        untold_before=households(untold_was),
        untold_after=households(untold_now),
        entering=households(outside_was & inside_now),
        entering_at_most=households(~inside_was & ~outside_now) if ways.inward else 0,
        leaving=households(inside_was & outside_now),
        leaving_at_most=households(~outside_was & ~inside_now) if ways.outward else 0,
        is_touched=ways.inward or ways.outward,
    )


def _spending(both: ir.Table) -> tuple[Spending, ...]:
    sums: dict[str, ir.Value] = {}
    for when in ("before", "after"):
        tier = both[f"tier_{when}"]
        for name in ("dibao", "tekun"):
            answer = both[f"{name}_{when}"]
            may_be = answer.isin((MEETS, CANNOT_TELL))
            if name == "dibao":
                # Who surely is 特困 draws that instead.
                may_be = may_be & (tier != "tekun")
            sums[f"{name}_low_{when}"] = both[f"{name}_low_{when}"].sum(where=tier == name)
            sums[f"{name}_high_{when}"] = both[f"{name}_high_{when}"].sum(where=may_be)
    row = both.aggregate(**sums).execute().fillna(0.0).iloc[0]
    return tuple(
        Spending(
            tier=name,
            low_before=float(row[f"{name}_low_before"]),
            high_before=float(row[f"{name}_high_before"]),
            low_after=float(row[f"{name}_low_after"]),
            high_after=float(row[f"{name}_high_after"]),
        )
        for name in ("tekun", "dibao")
    )


def _tiers(both: ir.Table) -> pd.DataFrame:
    counted = both.group_by("tier_before", "tier_after").agg(households=both.count())
    found: pd.DataFrame = counted.order_by("tier_before", "tier_after").execute()
    return found


def _visits(both: ir.Table, tiers: tuple[Rule, ...]) -> pd.DataFrame:
    """Count, per grid, who was outside a tier and is now inside it (or may be) and so has to be visited."""
    inside, untold = ibis.literal(False), ibis.literal(False)
    for rule in tiers:
        was, now = both[f"{rule.rule_id}_before"], both[f"{rule.rule_id}_after"]
        was_outside = ~was.isin((MEETS, CANNOT_TELL))
        inside = inside | (was_outside & (now == MEETS))
        untold = untold | (was_outside & (now == CANNOT_TELL))
    marked = both.select("area_id", inside=inside, untold=untold & ~inside)
    counted = marked.group_by("area_id").agg(inside=marked.inside.sum(), untold=marked.untold.sum())
    counted = counted.filter((counted.inside > 0) | (counted.untold > 0))
    found: pd.DataFrame = counted.order_by(
        ibis.desc("inside"), ibis.desc("untold"), "area_id"
    ).execute()
    return found
