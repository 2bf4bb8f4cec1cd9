"""Who is missed, in one call: every answer there is, every group, the gate's verdicts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from models.clustered import share, share_interval
from models.fairness.proxies import Proxy, proxies
from models.fairness.rates import Gap, GroupRates, Question, all_named, gaps, group_rates, named
from models.ordering import Floats, ranks
from models.resampling import Codes, Interval
from models.top_of_list import Capacity

Origin = Literal["truth", "by_lot", "observed"]
ORIGINS: Mapping[Origin, str] = {
    "truth": "truth of the simulated district: not evidence about people",
    "by_lot": "random slice, weighted by its propensities: unbiased, few",
    "observed": "whom somebody reached: staff chose whom to visit, so the missed of the unvisited are not in it",
}
LABELS: Mapping[Origin, tuple[str, str | None]] = {
    "truth": ("truth", None),
    "by_lot": ("random_label", "random_propensity"),
    "observed": ("label", None),
}
_NAN = Interval(float("nan"), float("nan"), float("nan"))


@dataclass(frozen=True, kw_only=True)
class Unreached:
    """``visited``: households of a group somebody went to in the label window; ``share``: where nobody was met."""

    column: str
    group: str
    visited: int
    share: Interval


@dataclass(frozen=True, kw_only=True)
class FairnessReport:
    """Everything about who is missed; whether it is acceptable is the promotion gate's to say.

    ``rates`` and ``gaps`` by origin of the answer, the most trustworthy first. ``unreached`` and ``proxies`` need no
    answer. ``notes``: sentences on groups of whom nothing can be said, and on what is not known.
    """

    capacity: Capacity
    rates: Mapping[Origin, tuple[GroupRates, ...]]
    gaps: Mapping[Origin, tuple[Gap, ...]]
    everybody: Mapping[Origin, GroupRates]
    proxies: tuple[Proxy, ...]
    unreached: tuple[Unreached, ...]
    notes: tuple[str, ...]

    @property
    def origin(self) -> Origin:
        """The most trustworthy origin there is."""
        return next(iter(self.rates))

    def table(self) -> pd.DataFrame:
        """Return one row per answer and group, small cells shown: hide them before the table leaves the lab."""
        met = {(one.column, one.group): one for one in self.unreached}
        tested = {(one.column, one.group): one for one in self.proxies}
        lines = []
        for origin, rates in self.rates.items():
            for one in (self.everybody[origin], *rates):
                key = (one.column, one.group)
                line: dict[str, object] = {
                    "answer": origin, "column": one.column, "group": one.group, "households": one.households,
                    "rows": one.rows, "positives": one.positives, "negatives": one.negatives,
                    "told": "cannot tell" if one.missed is None else "told",
                }  # fmt: skip
                line |= _spread("base_rate", one.base_rate) | _spread("visited", one.visited)
                line |= _spread("visited_apart", one.visited_apart)
                line |= _spread("missed", one.missed) | _spread("missed_apart", one.missed_apart)
                line |= _spread("visited_without_need", one.visited_without_need)
                line["visited_households"] = met[key].visited if key in met else 0
                line |= _spread("unreached", met[key].share if key in met else None)
                line |= _spread("proxy_auc", tested[key].area if key in tested else None)
                line["proxy_verdict"] = tested[key].verdict if key in tested else ""
                lines.append(line)
        return pd.DataFrame(lines)


EVERYBODY = "everybody"


def who_is_missed(
    rows: pd.DataFrame, scores: Floats, groups: pd.DataFrame, *, capacity: Capacity, seed: int
) -> FairnessReport:
    """Return who is missed among ``rows`` if each date's list is cut at ``capacity``.

    Args:
        rows: ``household_id``, ``as_of_date`` and the columns of at least one of :data:`LABELS`; ``label_source`` too,
            if the unreached are to be counted.
        scores: one per row, higher is visited sooner.
        groups: one column per question, in row order; null is unknown and a group of its own.
        capacity: how many of each date are visited.
        seed: of the order of ties.

    Raises:
        ValueError: ``rows`` holds no known answer at all, or ``groups`` has another length.
    """
    if len(groups) != len(rows):
        raise ValueError(f"{len(groups)} rows of groups for {len(rows)} rows")
    groups = all_named(groups)
    visited = within(rows, scores, capacity, seed=seed)
    units = np.asarray(pd.factorize(rows["household_id"])[0], dtype=np.intp)
    rates: dict[Origin, tuple[GroupRates, ...]] = {}
    apart: dict[Origin, tuple[Gap, ...]] = {}
    everybody: dict[Origin, GroupRates] = {}
    all_rows = pd.DataFrame({EVERYBODY: np.full(len(rows), EVERYBODY)})
    for origin in LABELS:
        question = _question(rows, visited, units, origin)
        if question is None:
            continue
        found = group_rates(question, groups)
        rates[origin] = tuple(found)
        apart[origin] = tuple(gaps(question, groups, found))
        everybody[origin] = group_rates(question, all_rows)[0]
    if not rates:
        raise ValueError(
            f"no row of {len(rows)} has a known answer: nobody can say who was missed; judge on dates"
            " whose label windows hold visits, or give the truth of a simulated district"
        )
    return FairnessReport(
        capacity=capacity,
        rates=rates,
        gaps=apart,
        everybody=everybody,
        proxies=tuple(proxies(scores, groups, units)),
        unreached=tuple(_unreached(rows, groups, units)),
        notes=tuple(_notes(groups, next(iter(rates.values())))),
    )


def within(rows: pd.DataFrame, scores: Floats, capacity: Capacity, *, seed: int) -> Floats:
    """Return 1 where a row is within capacity on its date, ties in the order every list uses."""
    places = ranks(rows, scores, seed=seed)
    sizes = rows.groupby("as_of_date")["household_id"].transform("size").to_numpy()
    visits = {size: capacity.of(int(size)) for size in np.unique(sizes)}
    return np.asarray(places <= np.vectorize(visits.__getitem__)(sizes), dtype=np.float64)


def _question(rows: pd.DataFrame, visited: Floats, units: Codes, origin: Origin) -> Question | None:
    label, propensity = LABELS[origin]
    if label not in rows or not rows[label].notna().any():
        return None
    labels = rows[label].to_numpy(dtype=np.float64, na_value=np.nan)
    weights = np.ones(len(rows))
    if propensity is not None:
        weights = np.nan_to_num(1 / rows[propensity].to_numpy(dtype=np.float64, na_value=np.nan))
    return Question(labels, visited, weights, units)


def _unreached(rows: pd.DataFrame, groups: pd.DataFrame, units: Codes) -> list[Unreached]:
    if "label_source" not in rows:
        return []
    source = rows["label_source"].astype("object")
    tried = source.isin(["unreached", "visit", "self_report"]).to_numpy(dtype=np.float64)
    alone = np.asarray(source == "unreached", dtype=np.float64)
    found = []
    every = groups.assign(**{EVERYBODY: EVERYBODY})
    for name in every.columns:
        members = named(every[name])
        for group in sorted(members.categories):
            among = np.where(members == group, tried, 0.0)
            told = share_interval(share(alone, among=among), units, among=among)
            found.append(
                Unreached(
                    column=str(name),
                    group=group,
                    visited=len(np.unique(units[among > 0])),
                    share=told,
                )
            )
    return found


def _notes(groups: pd.DataFrame, rates: tuple[GroupRates, ...]) -> list[str]:
    found = []
    for name in groups.columns:
        different = named(groups[name]).categories
        if len(different) == 1:
            found.append(
                f"{name}: everybody is {different[0]!r}; there is nobody to compare with, so leave the column out or name"
                " one that differs"
            )
    return found + [one.advice for one in rates if one.households == 1]


def _spread(name: str, found: Interval | None) -> dict[str, object]:
    one = _NAN if found is None else found
    return {name: one.value, f"{name}_low": one.low, f"{name}_high": one.high}
