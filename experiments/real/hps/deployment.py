"""The survey as two deployments of the engine: one per hardship, for each has its own cohort."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import ibis
import ibis.expr.types as ir

from experiments.real.hps.deliver import CONTRACTS
from experiments.real.hps.outcomes import FOOD_ENOUGH, PAYMENT_NOT_MISSED
from features.deployment import Deployment, Feeds
from features.point_in_time import ENTITY
from features.registry import KEYS
from features.visibility import visible


def _not_in_hardship(
    feed: str, column: str, answers: Sequence[int]
) -> Callable[[Feeds, ir.Table], ir.Table]:
    """Return the cohort of households whose interview of yesterday's wave gave one of ``answers``."""

    def cohort(feeds: Feeds, dates: ir.Table) -> ir.Table:
        told = visible(feeds[feed].facts, dates)
        yesterday = told.as_of_date - ibis.interval(days=1)
        return (
            told.filter(told.event_date >= yesterday, told[column].isin(answers))
            .select(*KEYS)
            .distinct()
        )

    return cohort


def links(spine: ir.Table, feeds: Feeds) -> dict[str, ir.Table]:
    """Return the state of each household. It is part of the household's id, so there is only one."""
    people = visible(feeds["hps_people"].facts, spine.select("as_of_date").distinct())
    states = people.select(*KEYS, **{ENTITY: "state_id"}).semi_join(spine, list(KEYS))
    return {"state": states.distinct()}


def area(spine: ir.Table, feeds: Feeds, links: Mapping[str, ir.Table]) -> ir.Table:
    """Return each household's state: the smallest area the survey publishes for everybody."""
    return links["state"].select(*KEYS, area_id=ENTITY)


def _deployment(name: str, cohort: Callable[[Feeds, ir.Table], ir.Table]) -> Deployment:
    return Deployment(
        name=name,
        region="us",
        contracts_folder=CONTRACTS,
        groups_package="experiments.real.hps.groups",
        cohort=cohort,
        links=links,
        area=area,
        triggers=Path(__file__).parent / "triggers.yaml",
    )


FOOD = _deployment("hps_food", _not_in_hardship("hps_food", "curfoodsuf", FOOD_ENOUGH))
HOUSING = _deployment(
    "hps_housing", _not_in_hardship("hps_housing", "mortlmth", PAYMENT_NOT_MISSED)
)
