"""A ranked list of a deployment without grids or staff: the top of a date, with reasons."""

from datetime import date
from pathlib import Path

import pandas as pd

from data_contracts.odcs import Contract
from experiments.backtest import Backtest
from experiments.fitting import LEARNED
from models.artefact import Artefact
from models.ordering import best_first, household_hash
from models.reasons import FeedState, explain
from models.rules.triggers import load_triggers


def write_ranked_list(backtest: Backtest, artefact: Artefact, *, out: Path) -> pd.DataFrame:
    """Write the list of the last test date, cut to the headline capacity, as CSV.

    Returns:
        ``rank, household_id, area_id, band, reason_1 .. reason_3, uncertainty``; no scores.
    """
    config, deployment = backtest.config, backtest.config.load_deployment()
    last = backtest.judged[-1]
    day = last.rows["as_of_date"].max()
    here = (last.rows["as_of_date"] == day).to_numpy()
    rows = last.rows.loc[here].reset_index(drop=True)
    scores = last.scores[LEARNED][here]
    order = best_first(scores, household_hash(rows["household_id"], seed=config.seed))
    visits = backtest.capacities[0].of(len(rows))
    top, probabilities = rows.iloc[order[:visits]], scores[order[:visits]]
    contributions = last.fitted.model.contributions(top)
    contributions.index = pd.Index(top["household_id"])
    explanations = explain(
        top,
        contributions,
        groups=deployment.groups,
        quantiles=artefact.quantiles,
        rules=load_triggers(
            deployment.triggers, features=deployment.features, region=deployment.region
        ),
        feeds=_feeds(config.load_deployment().contracts, until=pd.Timestamp(day).date()),
    )
    lines = [
        {
            "rank": rank,
            "household_id": told.household_id,
            "area_id": area,
            "band": artefact.band_of(probability),
            **{
                f"reason_{place}": told.reasons[place - 1].text
                if place <= len(told.reasons)
                else ""
                for place in (1, 2, 3)
            },
            "uncertainty": told.uncertainty.text,
        }
        for rank, (told, area, probability) in enumerate(
            zip(explanations, top["area_id"], probabilities, strict=True), start=1
        )
    ]
    listed = pd.DataFrame(lines)
    out.parent.mkdir(parents=True, exist_ok=True)
    listed.to_csv(out, index=False)
    return listed


def _feeds(contracts: dict[str, Contract], *, until: date) -> dict[str, FeedState]:
    return {feed: FeedState(contract.department, until) for feed, contract in contracts.items()}
