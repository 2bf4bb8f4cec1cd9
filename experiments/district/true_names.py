"""Built households -> the true ones they stand for, so that the truth can answer for them."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from data_contracts.lake import Lake
from data_contracts.pseudonyms import Keyring, keyring_of
from experiments.district.answers import NoTruth
from features.connections import open_engine
from features.deployment import Deployment
from features.matrix import load_feeds
from features.point_in_time import in_force
from features.visibility import visible_on

PERSONS = "persons.parquet"


def true_lives(truth: Path, keyring: Keyring, *, day: date) -> pd.DataFrame:
    """Return ``person_id, household_id, address_id, hukou, registered_as`` of who lives here on a day.

    Raises:
        NoTruth: no ``persons.parquet`` there.
    """
    return _living(_recorded_lives(truth, keyring), day)


def _recorded_lives(truth: Path, keyring: Keyring) -> pd.DataFrame:
    path = truth / PERSONS
    if not path.is_file():
        raise NoTruth(
            f"no {path}: give the truth folder that `zhaoren-lab simulate` wrote beside landing"
        )
    lives = pd.read_parquet(path)
    raw = pa.array(lives["national_id"], pa.string())
    return lives.assign(
        person_id=keyring.pseudonyms("national_id", raw).to_pylist(),
        from_day=pd.to_datetime(lives["from_day"]),
        to_day=pd.to_datetime(lives["to_day"]),
    )


def _living(lives: pd.DataFrame, day: date) -> pd.DataFrame:
    then = pd.Timestamp(day)
    here = lives[(lives["from_day"] <= then) & (lives["to_day"].isna() | (lives["to_day"] > then))]
    return here.drop_duplicates("person_id", keep="last")[
        ["person_id", "household_id", "address_id", "hukou", "registered_as"]
    ].reset_index(drop=True)


def as_truly_named(
    home: Path,
    truth: Path,
    deployment: Deployment,
    rows: pd.DataFrame,
    *,
    dates: Sequence[date],
) -> pd.DataFrame:
    """Return ``rows`` with each ``household_id`` replaced by the true household it stands for.

    That is the true household most of its members of the ``as_of_date`` belong to. A household none
    of whose members is known to the truth keeps its id, as do all where nothing was concluded or the
    truth has no persons.
    """
    keyring = keyring_of(home)
    if keyring is None or "household_members" not in deployment.contracts:
        return rows
    if not (truth / PERSONS).is_file():
        return rows
    named, lives = rows.copy(), _recorded_lives(truth, keyring)
    with open_engine() as engine:
        facts = load_feeds(engine, Lake(home), deployment)["household_members"].facts
        for as_of_date in dates:
            told = in_force(visible_on(facts, as_of_date))
            certain = told.filter(told.certain)
            members = engine.to_pandas(certain.select("person_id", "household_id"))
            names = most_members(members, _living(lives, as_of_date))
            here = pd.to_datetime(named["as_of_date"]) == pd.Timestamp(as_of_date)
            own = named.loc[here, "household_id"]
            named.loc[here, "household_id"] = own.map(names).fillna(own)
    return named


def most_members(members: pd.DataFrame, lives: pd.DataFrame) -> pd.Series:
    """Return true household by built household: the one most members belong to, the first on a tie."""
    both = (
        members[["person_id", "household_id"]]
        .merge(lives[["person_id", "household_id"]], on="person_id", suffixes=("", "_true"))
        .dropna()
    )
    built, names = pd.factorize(both["household_id"])
    true, truths = pd.factorize(both["household_id_true"], sort=True)
    pairs, members_in = np.unique(built * len(truths) + true, return_counts=True)
    built, true = np.divmod(pairs, max(len(truths), 1))
    most_first = np.lexsort((true, -members_in, built))
    _, firsts = np.unique(built[most_first], return_index=True)
    return pd.Series(truths[true[most_first][firsts]], index=names[built[most_first][firsts]])
