"""Who is never scored: people and dwellings some feed tells of who are in no household of the matrix."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pandas as pd

from data_contracts.lake import Lake
from experiments.district.true_names import as_truly_named
from features.connections import open_engine
from features.deployment import Deployment
from features.matrix import load_feeds, open_spine
from features.visibility import visible_on
from models.fairness.small_cells import HIDDEN, SMALLEST
from models.resampling import Interval, wilson

LOOKED_BACK_DAYS = 365
_KINDS = {"person": "people", "account": "utility accounts", "household": "households"}
_SCORED_AS = {"person": "past_person"}
"""Who died or moved away within the year was in a row, and is not overlooked now."""
_HARDSHIP = "hardship.parquet"


@dataclass(frozen=True, kw_only=True)
class NeverScored:
    """Of a feed's ``known`` people, accounts or households with a fact in the last year, ``unlinked`` are in no row."""

    feed: str
    kind: str
    known: int
    unlinked: int

    @property
    def share(self) -> Interval:
        """The share in no row."""
        return wilson(self.unlinked, of=self.known)

    @property
    def sentence(self) -> str:
        """In words, small counts hidden."""
        many = HIDDEN if 0 < self.unlinked < SMALLEST else str(self.unlinked)
        return f"{self.feed}: {many} of {self.known} {self.kind} are in no scored household"


@dataclass(frozen=True, kw_only=True)
class NeverScoredInTruth:
    """Truth of a simulated district: households living there that no row stands for, and how many are in hardship."""

    households: int
    in_hidden_need: int
    of_all_in_hidden_need: int


def never_scored(home: Path, deployment: Deployment, *, as_of_date: date) -> list[NeverScored]:
    """Return, per feed about people, accounts or households, who is known of and in no row of that date."""
    found = []
    with open_engine(spill=home / "spill") as engine:
        feeds = load_feeds(engine, Lake(home), deployment)
        _, links = open_spine(engine, feeds, deployment, as_of_dates=(as_of_date,))
        for name, feed in sorted(feeds.items()):
            kind = feed.contract.entity
            if kind not in _KINDS or kind not in links:
                continue
            told = _of_the_last_year(visible_on(feed.facts, as_of_date), as_of_date)
            known = told.select(entity_id=told[feed.contract.entity_column]).distinct()
            known = known.filter(known.entity_id.notnull())
            scored = links[_SCORED_AS.get(kind, kind)].select("entity_id").distinct()
            strangers = known.anti_join(scored, "entity_id")
            counts = engine.to_pandas(
                known.count()
                .name("known")
                .as_table()
                .cross_join(strangers.count().name("unlinked").as_table())
            )
            total, unlinked = int(counts["known"].iloc[0]), int(counts["unlinked"].iloc[0])
            if total:
                found.append(
                    NeverScored(feed=name, kind=_KINDS[kind], known=total, unlinked=unlinked)
                )
    return found


def never_scored_in_truth(
    home: Path, truth: Path, deployment: Deployment, *, as_of_date: date
) -> NeverScoredInTruth:
    """Return the true households of a month of which no household of the cohort stands.

    Raises:
        FileNotFoundError: ``truth`` is no folder of a simulated district.
    """
    with open_engine(spill=home / "spill") as engine:
        feeds = load_feeds(engine, Lake(home), deployment)
        spine, _ = open_spine(engine, feeds, deployment, as_of_dates=(as_of_date,))
        cohort = engine.to_pandas(spine)
    cohort["as_of_date"] = pd.to_datetime(cohort["as_of_date"])
    named = as_truly_named(home, truth, deployment, cohort, dates=[as_of_date])
    scored = set(named["household_id"])
    months = pd.read_parquet(truth / _HARDSHIP, columns=["household_id", "month", "hidden"])
    month = pd.to_datetime(months["month"]) == pd.Timestamp(as_of_date).replace(day=1)
    hidden = set(months.loc[month & months["hidden"], "household_id"])
    living = _living(truth, as_of_date)
    return NeverScoredInTruth(
        households=len(living - scored),
        in_hidden_need=len((hidden & living) - scored),
        of_all_in_hidden_need=len(hidden & living),
    )


def _of_the_last_year(facts: ir.Table, day: date) -> ir.Table:
    since = ibis.date((day - timedelta(days=LOOKED_BACK_DAYS)).isoformat())
    lately = facts.event_date >= since
    if "valid_to" in facts.columns:
        lately = lately | facts.valid_to.isnull() | (facts.valid_to >= since)
    return facts.filter(lately)


def _living(truth: Path, day: date) -> set[str]:
    spells: pd.DataFrame = pd.read_parquet(truth / "households.parquet")
    since, until = pd.to_datetime(spells["from_day"]), pd.to_datetime(spells["to_day"])
    then = pd.Timestamp(day)
    return set(spells.loc[(since <= then) & (until.isna() | (until > then)), "household_id"])


def sentences(found: Sequence[NeverScored]) -> list[str]:
    """Return one sentence per feed that knows somebody in no row, the most first."""
    ranked = sorted(found, key=lambda one: (-one.unlinked, one.feed))
    return [one.sentence for one in ranked if one.unlinked]
