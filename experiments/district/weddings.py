"""Marriages in force when sharing begins, delivered once by the register."""

import numpy as np

from experiments.district.desk import Desk
from experiments.district.months import Ints
from experiments.district.people import HEAD, MARRIED, SPOUSE
from experiments.district.register import report_event
from experiments.district.streams import Streams
from experiments.district.world import World

ON_RECORD, ON_RECORD_OUTSIDERS = 0.90, 0.45
"""Marriages the district holds a record of: older paper books and weddings elsewhere are missing;
plausible."""


def report_marriages_in_force(world: World, desk: Desk, streams: Streams, *, day: int) -> None:
    """Hand in a marriage event of both spouses for the couples on record."""
    rng = streams.at("weddings")
    husbands, wives = couples(world)
    outsiders = world.people.hukou[husbands] == 2
    on_record = rng.random(len(husbands)) < np.where(outsiders, ON_RECORD_OUTSIDERS, ON_RECORD)
    age = np.minimum(world.ages(day)[husbands], world.ages(day)[wives])
    years = np.maximum(age - rng.normal(26, 4, len(husbands)), 0.2)
    adult = np.maximum(world.people.birth[husbands], world.people.birth[wives]) + 20 * 366
    days = np.minimum(np.maximum(day - (years * 365.25).astype(np.int64), adult), day - 1)
    husbands, wives, days = husbands[on_record], wives[on_record], days[on_record]
    both = np.concatenate([husbands, wives])
    others = np.concatenate([wives, husbands])
    report_event(world, desk, both, np.concatenate([days, days]), "marriage", others)


def couples(world: World) -> tuple[Ints, Ints]:
    """Head and spouse of every household that has both, as person rows."""
    people = world.people
    married = people.present & (people.marital == MARRIED)
    head = np.full(len(world.homes), -1, np.int64)
    spouse = head.copy()
    for relation, found in ((HEAD, head), (SPOUSE, spouse)):
        rows = np.flatnonzero(married & (people.relation == relation))
        found[people.household[rows]] = rows
    both = np.flatnonzero((head >= 0) & (spouse >= 0))
    return head[both], spouse[both]
