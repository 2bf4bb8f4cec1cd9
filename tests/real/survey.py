"""Made-up waves of the survey: a few interviews drawn on a whiteboard, written as the publisher would."""

import tempfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import pandas as pd

from data_contracts.gate import pass_gate
from experiments.history import build_history
from experiments.real.hps.deliver import STATE_TABLES, as_of_date, contracts, deliver
from features.deployment import Deployment
from features.labels import Outcome
from tests.tables import table

NOT_REACHED = -88
AFTER_THE_SURVEY = date(2020, 8, 1)

_QUESTIONS = sorted(
    {
        column.upper()
        for contract in contracts().values()
        if contract.feed != STATE_TABLES
        for column in contract.column_names
    }
    - {"INTERVIEW_ID", "HOUSEHOLD_ID", "EVENT_DATE", "STATE_ID", "BIRTH_YEAR"}
)


def interviews(text: str) -> pd.DataFrame:
    """Return drawn interviews under the publisher's names; what is not drawn was not reached.

    The columns ``scram``, ``week``, ``born``, ``state`` and ``weight`` stand for SCRAM, WEEK, TBIRTH_YEAR,
    EST_ST and PWEIGHT; every other one is a question.
    """
    drawn = table(text).rename(columns={"born": "tbirth_year", "state": "est_st"})
    drawn = drawn.rename(columns={"weight": "pweight"}).rename(columns=str.upper)
    defaults = {question: NOT_REACHED for question in _QUESTIONS if question not in drawn}
    return drawn.assign(**{"PWEIGHT": 1.0, **{name: drawn[name] for name in drawn}, **defaults})


def publish(folder: Path, told: pd.DataFrame) -> Path:
    """Write one ``weekNN.parquet`` per wave."""
    folder.mkdir(parents=True, exist_ok=True)
    for week, rows in told.groupby("WEEK"):
        rows.to_parquet(folder / f"week{week:02d}.parquet", index=False)
    return folder


def home_with(folder: Path, told: pd.DataFrame) -> Path:
    """Return a home whose lake holds these interviews, come in through landing folder and gate."""
    home = Path(tempfile.mkdtemp(dir=folder))
    deliver(publish(home / "published", told), home / "landing")
    judged = pass_gate(
        home,
        contracts(),
        before=datetime.combine(AFTER_THE_SURVEY, datetime.min.time()),
        progress=lambda _: None,
        keyring=None,
    )
    assert judged
    assert all(judgement.verdict == "accepted" for judgement in judged), judged
    return home


def rows_of(
    home: Path, deployment: Deployment, outcome: Outcome, *, waves: Sequence[int]
) -> pd.DataFrame:
    """Return features and labels as the engine builds them, by household and wave."""
    dates = {as_of_date(wave): wave for wave in waves}
    history = build_history(
        home,
        deployment=deployment,
        outcome=outcome,
        dates=list(dates),
    )
    waves_of = history["as_of_date"].dt.date.map(dates)
    return history.assign(wave=waves_of).set_index(["household_id", "wave"]).sort_index()
