"""How the rules were answered for one household of a kept night, as content for a terminal, a page and the API."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from serving.canonical import Json
from serving.explaining.entitlements import read_matrix
from serving.explaining.words import rule_content
from serving.policy_place import Place
from serving.refusals import ExitCode, Refusal

if TYPE_CHECKING:
    from features.registry import FeatureGroup

PURPOSE = "按已掌握的数据推算，只供核对，不是认定结论，不得用于停发待遇。"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is explained: a household of a kept night."""

    matrix: Path
    household_id: str
    as_of_date: date


def explained(
    asked: Asked, place: Place, *, withheld: Collection[str] = ()
) -> dict[str, Json] | None:
    """Return how every rule is answered; None if the night did not know the household.

    Args:
        asked: whom.
        place: where the rules are asked.
        withheld: names of facts whose values the reader may not see.

    Raises:
        Refusal: the policy figures cannot be used.
    """
    from features.connections import open_engine
    from models.rules.answering import RULE_FACTS, rules_on
    from models.rules.explaining import explain
    from models.rules.facts import facts_of

    in_force = place.in_force(as_of_date=asked.as_of_date)
    with open_engine() as engine:
        matrix = read_matrix(engine, asked.matrix)
        row = engine.create_table(
            "asked", matrix.filter(matrix.household_id == asked.household_id), temp=True
        )
        if row.count().execute() == 0:
            return None
        found = explain(
            facts_of(row, among=RULE_FACTS),
            rules_on(asked.as_of_date),
            in_force,
            as_of_date=asked.as_of_date,
        )
    duties = dict.fromkeys(duty for one in found for duty in one.duties)
    return {
        "household_id": asked.household_id,
        "as_of_date": asked.as_of_date.isoformat(),
        "data_until": (asked.as_of_date - timedelta(days=1)).isoformat(),
        "region": place.region,
        "purpose": PURPOSE,
        "rules": [rule_content(one, withheld=frozenset(withheld)) for one in found],
        "duties": [
            {"text": duty.zh, "document": f"{duty.document} {duty.article}".strip()}
            for duty in duties
        ],
    }


def withheld_facts(groups: "Sequence[FeatureGroup]") -> frozenset[str]:
    """Return the facts whose values no visitor is shown: sensitive ones without words, and what only rules may use."""
    from models.rules.answering import RULE_FACTS

    hidden = {
        feature.name
        for group in groups
        for feature in group.features
        if feature.purpose != "find_need"
        or (group.sensitivity_of(feature) == "S3" and feature.phrase is None)
    }
    return frozenset(fact.name for fact in RULE_FACTS if hidden.intersection(fact.columns))


def known_nights(home: Path) -> list[date]:
    """Return the nights whose matrices are kept, oldest first."""
    return sorted(
        date.fromisoformat(path.stem)
        for path in (home / "matrices").glob("[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9].parquet")
    )


def nearest_with(home: Path, household_id: str, *, to: date) -> date | None:
    """Return the kept night nearest to a date that knew the household; None if none did."""
    import pyarrow.parquet as pq

    for day in sorted(known_nights(home), key=lambda day: abs((day - to).days)):
        path = home / "matrices" / f"{day.isoformat()}.parquet"
        wanted = [("household_id", "==", household_id)]
        if pq.read_table(path, columns=["household_id"], filters=wanted).num_rows:
            return day
    return None


def not_known(home: Path, household_id: str, *, as_of_date: date) -> Refusal:
    """Say that a night did not know a household, and which one did."""
    nearest = nearest_with(home, household_id, to=as_of_date)
    return Refusal(
        ExitCode.NOT_FOUND,
        found=f"the night of {as_of_date} did not know this household.",
        to_do="No kept night did: check the number."
        if nearest is None
        else f"The nearest night that did is {nearest}: ask with --as-of-date {nearest}.",
    )


def no_night(home: Path, *, as_of_date: date) -> Refusal:
    """Say that no night of a date is kept, and which is the nearest."""
    nights = known_nights(home)
    nearest = min(nights, key=lambda day: abs((day - as_of_date).days), default=None)
    return Refusal(
        ExitCode.NOT_FOUND,
        found=f"no night of {as_of_date} is published.",
        to_do="Run `zhaoren nightly` first."
        if nearest is None
        else f"The nearest night is {nearest}: ask with --as-of-date {nearest}.",
    )
