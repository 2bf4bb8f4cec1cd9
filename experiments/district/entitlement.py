"""What the rules would grant a household if it asked: the ladder, on what is recorded."""

import numpy as np

from experiments.district.config import DistrictConfig
from experiments.district.hardship import Budget, standard
from experiments.district.months import Floats, Ints, Month
from experiments.district.people import HUKOU_ELSEWHERE
from experiments.district.world import World

DIBAO, TEKUN, EDGE, RIGID, TEMPORARY = range(5)
"""Covering schemes, in the order of ``feeds.SCHEMES``."""
TEKUN_OVER_DIBAO = 1.5
EDGE_AMOUNT = 180.0
"""Yuan a month: what heating, rent and medical aid for 低边 families come to, roughly."""


def entitlement(
    world: World, config: DistrictConfig, month: Month, latent: Budget
) -> tuple[Ints, Floats]:
    """The best scheme each household is entitled to (-1: none) and its monthly amount."""
    people, homes = world.people, world.homes
    line = standard(config, month)
    members = np.maximum(latent.members, 1.0)
    per_head = latent.recorded_income / members
    assets_fit = homes.buffer < 24 * line * members
    age = world.ages(month.first)
    able = (
        (age >= 16) & (age < 60) & ~((people.disability_grade > 0) & (people.disability_grade <= 2))
    )
    nobody_able = world.per_home(able.astype(np.float64)) == 0
    head = np.maximum(world.heads(), 0)
    elsewhere = people.hukou[head] == HUKOU_ELSEWHERE
    severe = (people.disability_grade > 0) & (people.disability_grade <= 2)
    any_severe = world.per_home((severe | (people.major_months > 0)).astype(np.float64)) > 0

    support = homes.family_support / members
    low = assets_fit & (per_head < line)
    tekun = low & nobody_able & (support < 200) & (per_head < 0.6 * line)
    edge_line = config.published.edge_multiple * line
    near = assets_fit & (per_head < edge_line)
    ratio = latent.rigid / np.maximum(latent.recorded_income, 1.0)
    rigid = (
        assets_fit
        & (per_head < config.published.disposable_income_year / 12)
        & (ratio > config.published.rigid_ratio)
    )
    fresh = (month.index - homes.shock_month <= 3) & homes.in_hardship
    scheme = np.select(
        [elsewhere & fresh, elsewhere, tekun, low | (near & any_severe), near, rigid, fresh],
        [TEMPORARY, -1, TEKUN, DIBAO, EDGE, RIGID, TEMPORARY],
        -1,
    ).astype(np.int64)
    gap = np.maximum(line * members - latent.recorded_income, 0.25 * line * members)
    amount = np.select(
        [scheme == TEKUN, scheme == DIBAO, scheme == EDGE, scheme == RIGID, scheme == TEMPORARY],
        [TEKUN_OVER_DIBAO * line * members, gap, EDGE_AMOUNT, EDGE_AMOUNT, line * members],
        0.0,
    )
    return scheme, np.round(amount)
