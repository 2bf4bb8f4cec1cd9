"""Evidence from after the model was frozen: visits by lot, told apart by whose list the household was on.

Every night with a kept matrix begins a month; households visited by lot in that month are the random arm, those of them
at the top of the challenger's or the champion's list of that night its arm. Visits count once each, unweighted.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from data_contracts.lake import Lake
from experiments.promotion.nights import Tops, matrix_of, published_nights
from features.connections import open_named
from features.deployment import Deployment
from features.engine_names import DUCKDB
from features.labels import Outcome, label_spine
from features.matrix import load_feeds, open_spine
from models.artefact import Artefact
from models.gate.decisions import records
from models.gate.evidence import Arm, Prospective

MONTH_DAYS = 30

Visits = Callable[[date], pd.DataFrame]
"""What visits by lot in the month after a night found: ``household_id`` and ``found``, 1 or 0."""


def frozen_on(home: Path, artefact: Artefact) -> date | None:
    """Return the day the gate first heard of a model; None if it never did.

    What was visited before may have been looked at while the model was made.
    """
    for one in records(home):
        if one.artefact_id == artefact.artefact_id:
            return date.fromisoformat(one.at[:10])
    return None


def prospective(
    tops: Tops,
    challenger: Artefact,
    champion: Artefact | None,
    *,
    nights: Sequence[date],
    visits: Visits,
) -> Prospective | None:
    """Add up the arms over some nights; None without any visit by lot."""
    arms = {"challenger": Arm(visits=0, found=0), "champion": Arm(visits=0, found=0)}
    everybody = Arm(visits=0, found=0)
    for night in nights:
        seen = visits(night)
        if seen.empty:
            continue
        everybody = _added(everybody, seen)
        for name, model in (("challenger", challenger), ("champion", champion)):
            if model is not None:
                listed = seen["household_id"].isin(tops.of(model, night))
                arms[name] = _added(arms[name], seen.loc[listed])
    if not everybody.visits:
        return None
    return Prospective(
        challenger=arms["challenger"],
        random=everybody,
        champion=arms["champion"] if champion is not None else None,
    )


def months(home: Path, *, since: date, until: date) -> tuple[date, ...]:
    """Return nights with a kept matrix whose months lie within the period and do not overlap."""
    found: list[date] = []
    for night in published_nights(home):
        begins = night >= (found[-1] + timedelta(days=MONTH_DAYS) if found else since)
        ends = night + timedelta(days=MONTH_DAYS) <= until
        if begins and ends and matrix_of(home, night).exists():
            found.append(night)
    return tuple(found)


def visits_by_lot(home: Path, deployment: Deployment, outcome: Outcome) -> Visits:
    """Return what reads the visits of a month from the lake, as the outcome counts them."""
    month = replace(outcome, window_days=MONTH_DAYS, settle_days=0)

    def visits(night: date) -> pd.DataFrame:
        with open_named(DUCKDB, spill=home / "spill") as engine:
            feeds = load_feeds(engine, Lake(home), deployment)
            spine, links = open_spine(engine, feeds, deployment, as_of_dates=(night,))
            closed = night + timedelta(days=MONTH_DAYS)
            labels = label_spine(spine, feeds, links, outcome=month, known_before=closed)
            seen = labels.filter(labels.random_label.notnull())
            found: pd.DataFrame = seen.select("household_id", found="random_label").to_pandas()
        return found

    return visits


def _added(arm: Arm, seen: pd.DataFrame) -> Arm:
    return Arm(visits=arm.visits + len(seen), found=arm.found + int(seen["found"].sum()))
