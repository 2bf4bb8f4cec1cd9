"""The rule ladder as a policy: likely entitled on what is on record, and not receiving."""

from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from data_contracts.engines import Engine
from experiments.ladder_judge import DISTRICT_FIGURES
from features import parameters
from models.rules.answering import HELD_BY, values_of
from models.rules.facts import FACTS, facts_of
from models.rules.judging import MEETS, judge
from models.rules.ladder import ladder

DISTANCE = "edge_distance_percent"
"""Income on record less the line of the edge of dibao, percent of that line; below the line is negative."""


def entitled_scores(engine: Engine, matrix: Path, *, as_of_date: date) -> pd.DataFrame:
    """Return ``household_id`` and ``entitled``: 0 where the rules see no claim.

    1 to 2 below the income line of the edge of dibao, more the further below; 2 more where a whole rule of
    the ladder is met. Assets are seldom known before somebody applies, so most stop at the first.
    """
    facts = facts_of(engine.read_parquet(str(matrix)), among=FACTS)
    in_force = parameters.at(region="cn.default", as_of_date=as_of_date)
    figures = values_of(in_force.with_changes(DISTRICT_FIGURES))
    told: pd.DataFrame = engine.to_pandas(
        judge(
            facts,
            ladder(as_of_date=as_of_date),
            parameters=figures,
            as_of_date=as_of_date,
        )
    )
    scores = below_the_line(told[DISTANCE]) + 2.0 * (told[list(HELD_BY)] == MEETS).any(axis=1)
    return pd.DataFrame({"household_id": told["household_id"], "entitled": scores})


def below_the_line(distance_percent: pd.Series) -> npt.NDArray[np.float64]:
    """Return 0 on or above the line or unknown, else 1 to 2, largest for no income at all."""
    below = np.clip(-distance_percent.to_numpy(dtype=np.float64, na_value=np.nan), 0, 100)
    return np.where(np.nan_to_num(below) > 0, 1 + np.nan_to_num(below) / 100, 0.0)
