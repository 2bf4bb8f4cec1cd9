"""What one policy's two years were worth: found, how soon, how often in vain, where, at whose cost.

Days are counted from the first day of the month in which hidden hardship began: the truth is monthly, so a
day within the month is not known and delays are overstated by up to a month. ``told`` counts from the
first list on which an acute sign of the household was new in its hardship: no list could name it before.
"""

from dataclasses import asdict, dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from experiments.year.door import NEED, NEED_HELPED, NOT_FOUND, REFUSED
from experiments.year.replay import Replay
from experiments.year.settings import YearSettings
from experiments.year.truth import NOBODY
from experiments.year.walker import LANES

NEVER = float("inf")
SOON, LATER = 15, 30
"""Days within which a shock should be answered."""
SIGN_AFTER_DAYS = 90
"""An acute sign belongs to a shock if it is new within so many days of the beginning of its hardship."""
RANKED_BY_RULE = ("urgent", "ranked")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Outcomes:
    """One policy, one seed. Shares are of 1; days may be infinite; NaN where there was nothing to count.

    ``found``: distinct households in hidden hardship in whom a visit saw need. ``fired_*``: only visits the
    policy's rule asked for, without places left over. ``shocks``: spells of hidden hardship that began with
    a shock, at least 30 days before the end; ``named`` those with an acute sign on a list, ``told`` of
    these where all new signs of that list fitted the urgent lane. ``visited_*``: somebody answered the door within so many days.
    ``found_again``: confirmed in need again in the same spell after no help came. ``no_need_refused``:
    refused visits to families not in need. ``never_visited``: households in hidden hardship for three
    months or more whom nobody met while it lasted. ``closed_in_need``: closed as unreachable while in
    need. ``spread``: half the sum over grids of |share of visits - share of hidden hardship|.
    """

    policy: str
    seed: int
    visits: int
    found: int
    found_per_1000: float
    fired_visits: int
    fired_found_per_1000: float
    shocks: int
    visited_15: float
    visited_30: float
    median_days: float
    p90_days: float
    named: int
    named_visited_30: float
    told: int
    told_visited_15: float
    told_visited_30: float
    told_median_days: float
    told_p90_days: float
    found_again: int
    no_need_refused: int
    hidden_spells: int
    never_visited: int
    closed_in_need: int
    spread: float
    found_by_month: tuple[int, ...] = field(repr=False)
    days: tuple[float, ...] = field(repr=False)
    named_days: tuple[float, ...] = field(repr=False)

    def flat(self) -> dict[str, float | int | str]:
        """Return the single numbers, without the series."""
        series = ("found_by_month", "days", "named_days")
        return {name: value for name, value in asdict(self).items() if name not in series}


def measure(replayed: Replay, settings: YearSettings) -> list[Outcomes]:
    """Return the outcomes of every policy of a replay."""
    shocks = knowable_shocks(replayed, settings)
    need = _need_by_area(replayed)
    return [
        _one(name, diary, replayed, shocks, need, settings)
        for name, diary in replayed.diaries.items()
    ]


def knowable_shocks(replayed: Replay, settings: YearSettings) -> pd.DataFrame:
    """Return the shocks with ``begins`` and ``told`` (days from the first list), NaN where no list could tell.

    ``allowed``: capacity allowed to visit every household with a new acute sign on that list.
    """
    spells = replayed.world.spells
    starts = np.array(
        [(day - settings.begins).days for day in replayed.world.first_days], dtype=np.float64
    )
    horizon = (settings.ends - settings.begins).days
    shocks = spells[spells["acute"]].copy()
    shocks["begins"] = starts[shocks["start"].to_numpy(dtype=np.int64)]
    shocks = shocks[shocks["begins"] + LATER <= horizon]
    signs = replayed.signs.assign(day=replayed.signs["list"] * settings.step_days)
    both = shocks[["spell", "place", "begins"]].merge(signs, on="place")
    gap = both["day"] - both["begins"]
    both = both[(gap >= 0) & (gap <= SIGN_AFTER_DAYS)]
    first = both.sort_values("day").drop_duplicates("spell").set_index("spell")
    shocks["told"] = shocks["spell"].map(first["day"]).astype("float64")
    lists = replayed.on_lists.set_index("list")
    fits = lists["signs"] <= np.round(settings.urgent_share * lists["capacity"])
    shocks["allowed"] = shocks["spell"].map(first["list"]).map(fits).fillna(False).astype(bool)
    shocks.loc[shocks["told"] + LATER > horizon, "told"] = np.nan
    return shocks.reset_index(drop=True)


def days_to_visit(diary: pd.DataFrame, shocks: pd.DataFrame, *, since: str) -> Floats:
    """Return per shock the days from ``since`` to the first visit in its spell that met somebody.

    Visits while help of one's own lasts count as well. Infinite where nobody came; zero where somebody
    had met the family earlier in the same spell.
    """
    met = diary[~diary["finding"].isin((NOT_FOUND, REFUSED)) & (diary["spell"] != NOBODY)]
    first = met.groupby("spell")["day"].min()
    waited = shocks["spell"].map(first).astype("float64") - shocks[since]
    days: Floats = np.maximum(waited.fillna(NEVER).to_numpy(dtype=np.float64), 0.0)
    return days


def _one(
    name: str,
    diary: pd.DataFrame,
    replayed: Replay,
    shocks: pd.DataFrame,
    need: "pd.Series[float]",
    settings: YearSettings,
) -> Outcomes:
    hidden = (diary["spell"] != NOBODY) & ~diary["already_helped"].astype(bool)
    confirmed = diary[diary["finding"].isin((NEED, NEED_HELPED)) & hidden]
    first = confirmed.drop_duplicates("place")
    asked = diary["lane"].isin([LANES.index(lane) for lane in RANKED_BY_RULE])
    fired = confirmed[asked.reindex(confirmed.index)].drop_duplicates("place")
    named = shocks[shocks["told"].notna()]
    told = named[named["allowed"]]
    days = days_to_visit(diary, shocks, since="begins")
    named_days = days_to_visit(diary, named, since="told")
    told_days = days_to_visit(diary, told, since="told")
    lasting = replayed.world.spells
    lasting = lasting[lasting["hidden_months"] >= 3]
    refused = (diary["finding"] == REFUSED) & (diary["spell"] == NOBODY)
    met = set(diary.loc[~diary["finding"].isin((NOT_FOUND, REFUSED)), "spell"]) - {NOBODY}
    months = replayed.world.months_after(first["day"].to_numpy(dtype=np.int64))
    by_month = np.bincount(months, minlength=settings.months)[: settings.months]
    return Outcomes(
        policy=name,
        seed=replayed.seed,
        visits=len(diary),
        found=len(first),
        found_per_1000=_per_1000(len(first), len(diary)),
        fired_visits=int(asked.sum()),
        fired_found_per_1000=_per_1000(len(fired), int(asked.sum())),
        shocks=len(shocks),
        visited_15=_within(days, SOON),
        visited_30=_within(days, LATER),
        median_days=_quantile(days, 0.5),
        p90_days=_quantile(days, 0.9),
        named=len(named),
        named_visited_30=_within(named_days, LATER),
        told=len(told),
        told_visited_15=_within(told_days, SOON),
        told_visited_30=_within(told_days, LATER),
        told_median_days=_quantile(told_days, 0.5),
        told_p90_days=_quantile(told_days, 0.9),
        found_again=_found_again(confirmed),
        no_need_refused=int(refused.sum()),
        hidden_spells=len(lasting),
        never_visited=int((~lasting["spell"].isin(met)).sum()),
        closed_in_need=int((diary["closed"].astype(bool) & (diary["spell"] != NOBODY)).sum()),
        spread=_spread(diary, need),
        found_by_month=tuple(int(count) for count in by_month),
        days=tuple(float(one) for one in days),
        named_days=tuple(float(one) for one in named_days),
    )


def _found_again(confirmed: pd.DataFrame) -> int:
    """Confirmations of a spell after one that brought no help, up to and with the one that did."""
    return int((confirmed.groupby("spell").size() - 1).clip(lower=0).sum()) if len(confirmed) else 0


def _need_by_area(replayed: Replay) -> "pd.Series[float]":
    """Share of the months of hidden hardship that each grid has."""
    hidden = replayed.world.hidden.sum(axis=1)
    areas = replayed.areas[replayed.areas["place"] != NOBODY]
    months = pd.Series(hidden[areas["place"].to_numpy()], index=areas["area_id"].to_numpy())
    total = months.groupby(level=0).sum().astype("float64")
    return total / max(total.sum(), 1.0)


def _spread(diary: pd.DataFrame, need: "pd.Series[float]") -> float:
    """0: visits lie over grids as need does; 1: nowhere the same. NaN without visits."""
    if diary.empty:
        return float("nan")
    visits = diary["area_id"].value_counts(normalize=True)
    both = pd.concat([visits, need], axis=1, keys=["visits", "need"]).fillna(0.0)
    return float((both["visits"] - both["need"]).abs().sum() / 2)


def _per_1000(found: int, visits: int) -> float:
    return 1000 * found / visits if visits else float("nan")


def _within(days: Floats, most: int) -> float:
    return float((days <= most).mean()) if len(days) else float("nan")


def _quantile(days: Floats, share: float) -> float:
    """Return an order statistic: between a number and never there is nothing to interpolate."""
    if not len(days):
        return float("nan")
    return float(np.sort(days)[min(int(np.ceil(share * len(days))) - 1, len(days) - 1)])
