"""Judge the built households of a simulated district against the truth: who lives with whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from data_contracts.lake import Lake
from data_contracts.pseudonyms import Keyring
from experiments.district.true_names import true_lives
from features.connections import open_engine
from features.deployment import Deployment
from features.matrix import load_feeds
from features.point_in_time import in_force, newest
from features.visibility import visible_on

Z = 1.959964


@dataclass(frozen=True)
class Share:
    """A share with its 95 % Wilson interval, and of how many."""

    wrong: int
    of: int

    @property
    def value(self) -> float:
        """The share itself; 0 of nobody."""
        return self.wrong / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson score interval: it stays within 0 and 1 and holds for small counts."""
        if not self.of:
            return 0.0, 1.0
        n, p = self.of, self.value
        middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
        half = Z / (1 + Z * Z / n) * float(np.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)))
        return middle - half, middle + half


@dataclass(frozen=True)
class Judgement:
    """How the builder did on one day.

    ``rand`` is the adjusted Rand index over everybody who truly lives in the district that day; who
    was not placed counts as living alone. ``register_rand`` takes the register at face value.
    ``wrong`` is the share of people not in the household that holds most of their true one, by
    hukou; ``register_wrong`` the same for the register; ``by_noise`` the builder's by how the
    register has them.
    """

    people: int
    rand: float
    register_rand: float
    wrong: Mapping[str, Share]
    register_wrong: Mapping[str, Share]
    by_noise: Mapping[str, Share]
    wrong_address: Share
    unplaced: Share
    phantoms: int
    split: int
    merged: int


def judge_households(
    home: Path, truth: Path, deployment: Deployment, keyring: Keyring, *, as_of_date: date
) -> Judgement:
    """Compare the households known on ``as_of_date`` with the true ones of the day before it.

    Raises:
        NoTruth: no ``persons.parquet`` there.
    """
    lives = true_lives(truth, keyring, day=as_of_date - timedelta(days=1))
    with open_engine() as engine:
        feeds = load_feeds(engine, Lake(home), deployment)
        told = in_force(visible_on(feeds["household_members"].facts, as_of_date))
        built = engine.to_pandas(told.filter(told.certain)).drop_duplicates("person_id")
        spells = in_force(visible_on(feeds["residents"].facts, as_of_date))
        register = newest(spells, per=("person_id",), fact_id="residence_id")
        registered = engine.to_pandas(register)
    rows = lives.merge(
        built[["person_id", "household_id", "address_id"]], on="person_id", how="left",
        suffixes=("_true", ""),
    )  # fmt: skip
    rows = rows.merge(
        registered[["person_id", "household_id"]].rename(columns={"household_id": "book"}),
        on="person_id", how="left",
    )  # fmt: skip
    own = _alone(rows, "household_id")
    book = _alone(rows, "book")
    is_wrong = _misplaced(rows["household_id_true"], own)
    book_wrong = _misplaced(rows["household_id_true"], book)
    outside = rows["hukou"] == "elsewhere"
    true_of = rows.groupby(own)["household_id_true"].nunique()
    built_of = own.groupby(rows["household_id_true"]).nunique()
    return Judgement(
        people=len(rows),
        rand=float(adjusted_rand_score(rows["household_id_true"], own)),
        register_rand=float(adjusted_rand_score(rows["household_id_true"], book)),
        wrong=_by_hukou(is_wrong, outside),
        register_wrong=_by_hukou(book_wrong, outside),
        by_noise={
            str(noise): Share(int(is_wrong[mask.index].sum()), len(mask))
            for noise, mask in rows.groupby("registered_as")
        },
        wrong_address=Share(
            int(
                (rows["address_id"].notna() & (rows["address_id"] != rows["address_id_true"])).sum()
            ),
            int(rows["address_id"].notna().sum()),
        ),
        unplaced=Share(int(rows["household_id"].isna().sum()), len(rows)),
        phantoms=int((~built["person_id"].isin(rows["person_id"])).sum()),
        split=int((built_of > 1).sum()),
        merged=int((true_of > 1).sum()),
    )


def _alone(rows: pd.DataFrame, column: str) -> pd.Series:
    """Return the household; who has none lives alone."""
    return rows[column].fillna("alone_" + rows["person_id"])


def _misplaced(true: pd.Series, built: pd.Series) -> pd.Series:
    """Return who is not where most of the true household is, or is where most are of another.

    True and built households are matched one to one, the largest overlaps first.
    """
    overlap = pd.DataFrame({"true": true, "built": built}).groupby(["true", "built"]).size()
    pairs = overlap.rename("people").reset_index()
    pairs = pairs.sort_values(["people", "true", "built"], ascending=[False, True, True])
    matched = []
    while len(pairs):
        best = ~pairs.duplicated("true") & ~pairs.duplicated("built")
        settled = pairs[best]
        matched.append(settled)
        pairs = pairs[~pairs["true"].isin(settled["true"]) & ~pairs["built"].isin(settled["built"])]
    home = pd.concat(matched).set_index("true")["built"]
    return true.map(home) != built


def _by_hukou(wrong: pd.Series, outside: pd.Series) -> dict[str, Share]:
    return {
        "all": Share(int(wrong.sum()), len(wrong)),
        "hukou here": Share(int(wrong[~outside].sum()), int((~outside).sum())),
        "hukou elsewhere": Share(int(wrong[outside].sum()), int(outside.sum())),
    }
