"""Evidence -> who lives in which home, and which people of one home are one household.

First every person gets a home: own evidence of an address counts by its weight, and the evidence of
close relatives carries over, but never stronger than the tie it comes over nor than it was. Then the
people of one home are joined where a tie between them is sure enough; what hangs together is a
household. Everything is arrays: a million households take minutes, not hours.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from features.coliving.weights import Weights

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

INDEPENDENT = ("tenure", "school")
"""Evidence that carries to relatives: a registration is the same evidence for the whole book."""
EARLIER = "earlier"
"""What the engine concluded the night before settles a tie; it is no reason to be surer."""
HOME_KINDS = ("register", "tenure", "school", "form")
TIE_KINDS = ("register", "spouse", "mother", "guardian", "medical", "tenure")
FAMILY = 1 << len(HOME_KINDS)
STEPS = 2
"""From person to person, e.g. tenant to spouse to the spouse's child."""


@dataclass(frozen=True)
class Partition:
    """Who lives where and with whom.

    ``placed``: one row per person: ``person_id, address_id, group`` (number of the household),
    ``confidence`` (0-1, of home and household together), ``since``, ``evidence``. ``doubtful``: the
    same columns for a second household a person may live in, with the probability as ``confidence``.
    """

    placed: pd.DataFrame
    doubtful: pd.DataFrame


def partition(
    homes: pd.DataFrame,
    empty: pd.Series,
    links: pd.DataFrame,
    *,
    tenants: pd.DataFrame,
    weights: Weights,
) -> Partition:
    """Return the households of one night.

    Args:
        homes: ``person_id, address_id, kind, log_odds, since``.
        empty: ids of homes where every meter stands still.
        links: ``person_a, person_b, kind, log_odds, pull``; nobody who is gone.
        tenants: ``person_id, address_id`` of who owns or rents which home.
        weights: log-odds in force.
    """
    named = [homes["person_id"], links["person_a"], links["person_b"]]
    person = pd.Index(np.sort(pd.concat(named).unique()))
    a, b = (
        person.get_indexer(pd.Index(links["person_a"])),
        person.get_indexer(pd.Index(links["person_b"])),
    )
    chances = _chances(homes, empty, person, a, b, links["pull"].to_numpy(np.float64), weights)
    best = chances.drop_duplicates("person", keep="first").set_index("person").sort_index()
    best = best.reindex(range(len(person)))
    # Who no evidence places anywhere shares a home with nobody, and is left out at the end.
    home = best["address_id"].factorize()[0]
    nowhere = best["address_id"].isna().to_numpy()
    home = np.where(nowhere, -1 - np.arange(len(person)), home)
    persons = person.to_numpy(object)

    ties = pd.DataFrame({"a": a, "b": b, "kind": links["kind"], "log_odds": links["log_odds"]})
    ties["today"] = ties["log_odds"].where(ties["kind"] != EARLIER, 0.0)
    pairs = ties.groupby(["a", "b"], as_index=False)[["log_odds", "today"]].sum()
    held_together = _sigmoid(pairs["log_odds"].to_numpy() + weights["same_home"])
    pairs["chance"] = _sigmoid(pairs["today"].to_numpy() + weights["same_home"])
    is_sure = (held_together >= weights["certain_from"]) & (home[pairs["a"]] == home[pairs["b"]])
    sure = pairs[is_sure]
    group = _components(sure["a"].to_numpy(), sure["b"].to_numpy(), len(persons))
    guests = _guests(best, group, person, tenants, weights)
    if len(guests):
        sure = pd.concat([sure, guests])
        group = _components(sure["a"].to_numpy(), sure["b"].to_numpy(), len(persons))

    strongest = np.ones(len(persons))
    ended = pd.concat([sure.set_index("a")["chance"], sure.set_index("b")["chance"]])
    by_person = ended.groupby(level=0).max()
    strongest[by_person.index] = by_person.to_numpy()
    placed = best.assign(
        person_id=persons,
        group=group,
        confidence=_steps(best["chance"].to_numpy() * strongest),
        evidence=_named(best["code"], ties, home, len(persons)),
    )
    placed = placed[~nowhere]
    doubtful = _doubtful(chances, best, pairs, group, home, weights)
    columns = ["person_id", "address_id", "group", "confidence", "since", "evidence"]
    return Partition(
        placed[columns].reset_index(drop=True),
        doubtful.assign(person_id=persons[doubtful["person"]])[columns],
    )


def _chances(
    homes: pd.DataFrame,
    empty: pd.Series,
    person: pd.Index,
    a: Ints,
    b: Ints,
    pull: Floats,
    weights: Weights,
) -> pd.DataFrame:
    """Return ``person, address_id, chance, since, code``, each person's likeliest home first."""
    rows = homes.assign(person=person.get_indexer(pd.Index(homes["person_id"])))
    rows = rows.sort_values(["person", "address_id", "kind"])
    rows["today"] = rows["log_odds"].where(rows["kind"] != EARLIER, 0.0)
    rows["code"] = _codes(rows["kind"], HOME_KINDS)
    own = rows.groupby(["person", "address_id"], as_index=False).agg(
        log_odds=("log_odds", "sum"),
        today=("today", "sum"),
        since=("since", "min"),
        code=("code", "sum"),
    )
    carried = _carried(rows[rows["kind"].isin(INDEPENDENT)], a, b, pull, weights)
    both = own.merge(carried, on=["person", "address_id"], how="outer", suffixes=("", "_near"))
    near = both["since"].isna()
    both["since"] = both["since"].fillna(both["since_near"])
    # Who has evidence of an own home needs no relative to say where it is.
    both["own"] = both["own"].fillna(0.0)
    independent = both.groupby("person")["own"].transform("max")
    gained = (both["reach"].fillna(0.0) - independent).clip(lower=0.0)
    gained += weights["nobody_home"] * both["address_id"].isin(empty)
    by_family = near | (gained > 0)
    both["code"] = both["code"].fillna(0).astype("int64") + by_family * FAMILY
    both["score"] = both["log_odds"].fillna(0.0) + gained
    both["today"] = both["today"].fillna(0.0) + gained
    both = both.sort_values(
        ["person", "score", "since", "address_id"], ascending=[True, False, False, True]
    )
    both["odds"] = np.exp(both["today"] - both.groupby("person")["today"].transform("max"))
    both["chance"] = both["odds"] / both.groupby("person")["odds"].transform("sum")
    return both[["person", "address_id", "chance", "since", "code"]]


def _carried(
    independent: pd.DataFrame, a: Ints, b: Ints, pull: Floats, weights: Weights
) -> pd.DataFrame:
    """Return how strongly own and relatives' independent evidence speaks for each home."""
    grouped = independent.groupby(["person", "address_id"], as_index=False)
    reach = grouped.agg(reach=("log_odds", "sum"), since=("since", "min"))
    own = reach.rename(columns={"reach": "own"}).drop(columns="since")
    ways = pd.DataFrame(
        {
            "person": np.concatenate([a, b]),
            "other": np.concatenate([b, a]),
            "pull": np.concatenate([pull, pull]),
        }
    )
    ways = ways[ways["pull"] > 0]
    ways = ways.groupby(["person", "other"], as_index=False).agg(pull=("pull", "max"))
    for _ in range(STEPS):
        told = ways.merge(reach.rename(columns={"person": "other"}), on="other")
        told["reach"] = np.minimum(told["pull"], weights["pull_kept_per_step"] * told["reach"])
        every = pd.concat([reach, told[reach.columns]])
        every = every.sort_values(
            ["person", "address_id", "reach", "since"], ascending=[True, True, False, True]
        )
        reach = every.drop_duplicates(["person", "address_id"])
    return reach.merge(own, on=["person", "address_id"], how="left")


def _components(a: Ints, b: Ints, count: int) -> Ints:
    """Number the households: what hangs together has one number."""
    graph = coo_matrix((np.ones(len(a), np.int8), (a, b)), shape=(count, count))
    numbers: Ints = connected_components(graph, directed=False)[1].astype(np.int64)
    return numbers


def _guests(
    best: pd.DataFrame, group: Ints, person: pd.Index, tenants: pd.DataFrame, weights: Weights
) -> pd.DataFrame:
    """Tie those who neither own nor rent the home they live in to the one household that does."""
    chance = float(_sigmoid(np.array([weights["lives_with_holder"]]))[0])
    if chance < weights["certain_from"]:
        return pd.DataFrame({"a": [], "b": [], "chance": []}).astype({"a": "int64", "b": "int64"})
    holders = pd.MultiIndex.from_frame(tenants[["person_id", "address_id"]])
    held = pd.MultiIndex.from_arrays([person, best["address_id"]]).isin(holders)
    rows = pd.DataFrame(
        {"address_id": best["address_id"].to_numpy(), "group": group, "held": held,
         "one": np.arange(len(group))}
    )  # fmt: skip
    groups = rows.groupby(["address_id", "group"], as_index=False).agg(
        held=("held", "max"), one=("one", "min")
    )
    hosts = groups[groups["held"]].drop_duplicates("address_id", keep=False)
    pairs = groups[~groups["held"]].merge(hosts, on="address_id", suffixes=("", "_host"))
    return pd.DataFrame({"a": pairs["one"], "b": pairs["one_host"], "chance": chance})


def _doubtful(
    chances: pd.DataFrame,
    best: pd.DataFrame,
    pairs: pd.DataFrame,
    group: Ints,
    home: Ints,
    weights: Weights,
) -> pd.DataFrame:
    """Return second households: another home with relatives in it, or a weak tie in the same one."""
    place = best["address_id"].to_numpy()
    both_ways = pd.concat(
        [
            pairs[["a", "b", "chance"]],
            pairs.rename(columns={"a": "b", "b": "a"})[["a", "b", "chance"]],
        ]
    )
    both_ways = both_ways.assign(address_id=place[both_ways["b"]])
    second = chances[chances["chance"] >= weights["doubtful_from"]]
    second = second.merge(
        both_ways.rename(columns={"a": "person", "chance": "tie"}), on=["person", "address_id"]
    )
    second["chance"] *= second["tie"]
    elsewhere = second[home[second["person"]] != home[second["b"]]]
    inside = both_ways[home[both_ways["a"]] == home[both_ways["b"]]].rename(columns={"a": "person"})
    inside = inside[group[inside["person"]] != group[inside["b"]]]
    inside = inside.assign(since=best["since"].to_numpy()[inside["person"]], code=0)
    columns = ["person", "b", "address_id", "chance", "since", "code"]
    found = pd.concat([elsewhere[columns], inside[columns]])
    found = found[found["chance"] >= weights["doubtful_from"]]
    found = found.assign(group=group[found["b"].to_numpy(np.int64)])
    found = found.sort_values(["person", "chance", "group"], ascending=[True, False, True])
    found = pd.DataFrame(found.drop_duplicates("person"))
    words = _words(found["code"].astype("int64"), (*HOME_KINDS, "family"), ",")
    found["confidence"] = _steps(found["chance"].to_numpy(np.float64))
    found["evidence"] = "maybe=" + words
    return found


def _named(codes: pd.Series, ties: pd.DataFrame, home: Ints, count: int) -> pd.Series:
    """Return the evidence of each person in words: of the home, then of the ties at home."""
    near = ties[home[ties["a"]] == home[ties["b"]]]
    ends = pd.concat(
        [near[["a", "kind"]], near.rename(columns={"b": "a", "a": "b"})[["a", "kind"]]]
    )
    ends = ends.drop_duplicates()
    ends["code"] = _codes(ends["kind"], TIE_KINDS)
    ties_at_home = ends.groupby("a")["code"].sum().reindex(range(count), fill_value=0)
    at_home = _words(codes.fillna(0).astype("int64"), (*HOME_KINDS, "family"), ",")
    told: pd.Series = "home=" + at_home + ";with=" + _words(ties_at_home, TIE_KINDS, ",").to_numpy()
    return told


def _codes(kinds: pd.Series, known: tuple[str, ...]) -> pd.Series:
    """Return one bit per kind; what is only of the night before has none."""
    bits = {kind: 1 << place for place, kind in enumerate(known)} | {EARLIER: 0}
    return kinds.map(bits).astype("int64")


def _words(codes: pd.Series, known: tuple[str, ...], between: str) -> pd.Series:
    """Return the kinds of each sum of bits, joined."""
    said = {
        code: between.join(kind for place, kind in enumerate(known) if code >> place & 1)
        for code in codes.unique()
    }
    return codes.map(said).astype("str")


def _sigmoid(log_odds: Floats) -> Floats:
    odds: Floats = 1.0 / (1.0 + np.exp(-log_odds))
    return odds


def _steps(chance: Floats) -> Floats:
    """Round to steps of 0.05: a night's small change of a weight is no news."""
    rounded: Floats = np.round(np.round(chance * 20) / 20, 2)
    return rounded
