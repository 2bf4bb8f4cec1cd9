"""Judge the relief ladder of a simulated district against the truth of means: who is told wrongly, who cannot be told.

Two questions, kept apart. Do the rules say of the true facts what the documents say (:mod:`experiments.ladder_oracle`)?
And what do they say of the facts that reached the engine, late, partly and with mistakes, about the same families?
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data_contracts.engines import Engine
from data_contracts.lake import Lake
from experiments.district.answers import NoTruth
from experiments.district.true_names import as_truly_named
from experiments.households_judge import Share
from experiments.ladder_oracle import TIERS, Means, tiers
from features.connections import open_engine
from features.deployment import Deployment
from features.matrix import Arrivals, build_matrix, load_feeds
from features.parameters import InForce
from models.rules.answering import values_of
from models.rules.facts import FACTS, facts_of
from models.rules.judging import CANNOT_TELL, MEETS, judge
from models.rules.ladder import ladder

DISTRICT_FIGURES: Mapping[str, str] = {
    "dibao.standard": "1167",
    "dibao.monetary_assets_multiple": "2",
    "dibao.homes_max": "1",
    "dibao.cars_max": "0",
    "dibao.business_capital_max": "30000",
    "edge.multiple": "1.5",
    "edge.monetary_assets_multiple": "3",
    "edge.homes_max": "1",
    "edge.cars_max": "0",
    "edge.business_capital_max": "60000",
    "rigid.income_line": "41314",
    "rigid.spending_ratio": "0.6",
    "relapse.income_line": "8700",
}
"""What is in force in the simulated district; its own checks hold assets against the first five."""
_CENT = 0.005


@dataclass
class Verdicts:
    """What one rule said of every household, by what is true. ``facts`` are those that were not as they truly are,
    counted over the households told wrongly; ``missing`` what was lacking where it could not be told. ``unexplained`` were
    told wrongly though no fact was otherwise: a fault of the rule."""

    households: int = 0
    within: int = 0
    agree: int = 0
    wrongly_meets: int = 0
    wrongly_does_not: int = 0
    cannot_tell: int = 0
    not_judged: int = 0
    unexplained: int = 0
    missing: Counter[str] = field(default_factory=Counter)
    facts: Counter[str] = field(default_factory=Counter)

    @property
    def decided(self) -> int:
        """Households told something that can be held against the truth."""
        return self.agree + self.wrongly_meets + self.wrongly_does_not

    @property
    def wrong(self) -> Share:
        """Share told wrongly of those told."""
        return Share(self.wrongly_meets + self.wrongly_does_not, self.decided)

    def share(self, count: int) -> Share:
        """Share of the households told something."""
        return Share(count, self.decided)

    @property
    def unknown(self) -> Share:
        """Share of all households that could not be told."""
        return Share(self.cannot_tell, self.households)

    def note(self, answer: str, truth: bool | None) -> bool:
        """Count one household; return whether it was told wrongly."""
        self.households += 1
        self.within += truth is True
        if answer == CANNOT_TELL:
            self.cannot_tell += 1
        elif truth is None:
            self.not_judged += 1
        elif (answer == MEETS) == truth:
            self.agree += 1
        elif answer == MEETS:
            self.wrongly_meets += 1
        else:
            self.wrongly_does_not += 1
        return answer != CANNOT_TELL and truth is not None and (answer == MEETS) != truth


@dataclass(frozen=True)
class LadderJudgement:
    """Per rule: on the true facts, and on the facts that reached the engine.

    ``households`` were known to the engine, ``strangers`` of them stand for no true one, ``unseen`` true ones were not
    known. ``examples`` are a few households told wrongly per rule, with the facts that differed.
    """

    households: int
    strangers: int
    unseen: int
    on_truth: Mapping[str, Verdicts]
    on_record: Mapping[str, Verdicts]
    examples: Mapping[str, list[str]]


def judge_ladder(
    home: Path, truth: Path, deployment: Deployment, in_force: InForce, *, as_of_date: date
) -> LadderJudgement:
    """Judge the households known on ``as_of_date``.

    Raises:
        NoTruth: no ``means.parquet`` there, or none of that day.
    """
    true = _true_means(truth, as_of_date)
    figures = values_of(in_force)
    with open_engine() as engine, TemporaryDirectory() as folder:
        on_truth = _judged(engine, _true_facts(true), figures, as_of_date)
        out = Path(folder) / "matrix.parquet"
        lake = Lake(home)
        feeds = load_feeds(engine, lake, deployment)
        build_matrix(
            engine, feeds, Arrivals(lake.arrivals()), deployment, as_of_date=as_of_date, out=out
        )
        facts = engine.to_pyarrow(facts_of(engine.read_parquet(str(out)), among=FACTS))
        on_record = _judged(engine, facts, figures, as_of_date)
    recorded = facts.to_pandas().merge(on_record, on="household_id", suffixes=("", "_answer"))
    recorded["built"], recorded["as_of_date"] = recorded["household_id"], as_of_date
    named = as_truly_named(home, truth, deployment, recorded, dates=[as_of_date])
    wanted = _wanted(true, figures, as_of_date)
    first = {name: Verdicts() for name in TIERS}
    for row in _rows(on_truth):
        for name in TIERS:
            first[name].note(str(row[name]), wanted[str(row["household_id"])][name])
    known = named[named["household_id"].isin(set(true["household_id"]))]
    second, examples = _held_against(known, true, wanted)
    return LadderJudgement(
        households=len(named),
        strangers=len(named) - len(known),
        unseen=len(true) - known["household_id"].nunique(),
        on_truth=first,
        on_record=second,
        examples=examples,
    )


def _true_means(truth: Path, as_of_date: date) -> pd.DataFrame:
    path = truth / "means.parquet"
    if not path.is_file():
        raise NoTruth(
            f"no {path}: give the truth folder `zhaoren-lab simulate` wrote beside landing"
        )
    told = pq.read_table(path)
    here = told.filter(pc.equal(told["as_of_date"], pa.scalar(as_of_date)))
    if not here.num_rows:
        days = sorted(str(day) for day in pc.unique(told["as_of_date"]).to_pylist())
        raise NoTruth(f"{path} holds no means of {as_of_date}; it holds {', '.join(days)}")
    found: pd.DataFrame = here.to_pandas()
    return found


def _true_facts(true: pd.DataFrame) -> pa.Table:
    """Return the truth as a table of facts; what it does not hold is unknown, as is any check."""
    told = {one.name: true[one.name] for one in FACTS if one.name in true.columns}
    told["assets_within_limit"] = pd.Series([None] * len(true), dtype=object)
    schema = ibis.schema({"household_id": "string", **{one.name: one.dtype for one in FACTS}})
    frame = pd.DataFrame({"household_id": true["household_id"], **told}).reindex(
        columns=list(schema)
    )
    return pa.table(
        {
            name: pa.array(frame[name], type=dtype.to_pyarrow(), from_pandas=True, safe=False)
            for name, dtype in schema.items()
        }
    )


def _judged(
    engine: Engine, facts: pa.Table, figures: Mapping[str, float | None], day: date
) -> pd.DataFrame:
    asked = judge(ibis.memtable(facts), ladder(as_of_date=day), parameters=figures, as_of_date=day)
    judged: pd.DataFrame = engine.to_pandas(asked)
    return judged


def _wanted(
    true: pd.DataFrame, figures: Mapping[str, float | None], day: date
) -> dict[str, dict[str, bool | None]]:
    exact = {
        name: None if value is None else Decimal(str(value)) for name, value in figures.items()
    }
    return {
        str(row["household_id"]): tiers(_means(row), exact, as_of_date=day) for row in _rows(true)
    }


def _means(row: Mapping[str, Any]) -> Means:
    def count(name: str) -> int:
        return int(str(row[name]).removesuffix(".0"))

    def yuan(name: str) -> Decimal:
        return Decimal(str(row[name]))

    return Means(
        members=count("members"),
        hukou_here=count("members_hukou_here"),
        able_16_17=count("able_members_16_17"),
        able_18_59=count("able_members_18_59"),
        able_supporters=count("able_supporters"),
        severely_disabled=count("single_entry_disabled"),
        gravely_ill=count("single_entry_ill"),
        special_difficulty=None,
        income=yuan("income_month_at_least"),
        basic_pension=yuan("basic_pension_month"),
        money=yuan("monetary_assets"),
        homes=count("homes"),
        cars=count("cars"),
        capital=yuan("business_capital"),
        check=None,
        spending=yuan("necessary_spending_year_at_least"),
        rural=bool(row["is_rural"]),
        sudden_events=count("sudden_events_90d"),
    )


_SEEN_PER_RULE = 3


def _held_against(
    known: pd.DataFrame, true: pd.DataFrame, wanted: Mapping[str, Mapping[str, bool | None]]
) -> tuple[dict[str, Verdicts], dict[str, list[str]]]:
    truly = {str(row["household_id"]): row for row in _rows(true)}
    found = {name: Verdicts() for name in TIERS}
    examples: dict[str, list[str]] = {name: [] for name in TIERS}
    for row in _rows(known):
        household = str(row["household_id"])
        differing = _differing(row, truly[household])
        for name in TIERS:
            verdicts = found[name]
            if verdicts.note(str(row[name]), wanted[household][name]):
                verdicts.facts.update(differing.keys())
                verdicts.unexplained += not differing
                if len(examples[name]) < _SEEN_PER_RULE:
                    told = "; ".join(f"{fact} {how}" for fact, how in differing.items())
                    examples[name].append(f"{row[name]}, truly {wanted[household][name]}: {told}")
            if row[name] == CANNOT_TELL:
                verdicts.missing.update(str(row[f"{name}_missing"]).split(","))
    return found, examples


def _differing(row: Mapping[str, Any], truly: Mapping[str, Any]) -> dict[str, str]:
    """Return the facts on record that are not as they truly are; a bound only where it is on the wrong side."""
    found = {}
    for one in FACTS:
        told, real = row[one.name], truly.get(one.name)
        if pd.isna(told) or real is None or pd.isna(real):
            continue
        low, high = float(told), float(real)
        wrong = abs(low - high) > _CENT
        if one.name.endswith("_at_least"):
            wrong = low > high + _CENT
        if one.name.endswith("_at_most"):
            wrong = low < high - _CENT
        if wrong:
            found[one.name] = f"{low:g} for {high:g}"
    return found


def _rows(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for record in frame.to_dict("records"):
        yield {str(name): value for name, value in record.items()}
