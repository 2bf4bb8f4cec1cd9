"""The truth: a household's latent budget, and the spells in which it does not hold.

Income (with what no register sees) less what cannot be avoided is compared with a line for the
mouths to feed. A shortfall eats the buffer; hardship is a shortfall with nothing left. What
departments record plays no part in it.
"""

from dataclasses import dataclass

import numpy as np

from experiments.district.config import DistrictConfig
from experiments.district.months import Flags, Floats, Month
from experiments.district.world import CAUSES, World

CHILD_AGE = 14
OTHER_ADULT, CHILD_WEIGHT = 0.75, 0.60
CARE_COST = 700.0
"""Yuan a month for a severely disabled member (diapers, rehabilitation, a helper's hours)."""
KIN_PAYS_OF_CARE = 0.6
"""Kin who support a household take over most of its medical bills as well."""
CAUSE_MEMORY_MONTHS = 18
WELL_MONTHS_TO_RECOVER = 2
BUFFER_MONTHS_TO_RECOVER = 2.0
"""A spell also ends when so many months of necessary spending lie by again."""


@dataclass(frozen=True)
class Budget:
    """The latent month of every household, in yuan."""

    income: Floats
    recorded_income: Floats
    burden: Floats
    rigid: Floats
    need: Floats
    members: Floats


def standard(config: DistrictConfig, month: Month) -> float:
    """The 低保 standard in force in ``month`` (yuan per person)."""
    later = (month.year, month.number) >= (2025, 7)
    return config.published.dibao_standard_later if later else config.published.dibao_standard


def budget(world: World, config: DistrictConfig, month: Month) -> Budget:
    """Add up the month; benefits are left out, need is measured before help."""
    people, homes = world.people, world.homes
    age = world.ages(month.first)
    child = age < CHILD_AGE
    adults = world.per_home((~child).astype(np.float64))
    children = world.per_home(child.astype(np.float64))
    weight = np.maximum(adults + children > 0, 0) * (
        np.where(adults > 0, 1 + OTHER_ADULT * (adults - 1), 0) + CHILD_WEIGHT * children
    )
    pension = np.where(people.pension_kind >= 0, people.pension, 0.0)
    recorded = world.per_home(people.wage + pension)
    severe = (people.disability_grade > 0) & (people.disability_grade <= 2)
    care = CARE_COST * world.per_home(severe.astype(np.float64))
    care += world.per_home(np.where(people.major_months > 0, people.major_cost, 0.0))
    self_paid = world.per_home(people.self_paid_month)
    homes.medical_smooth[:] = 0.72 * homes.medical_smooth + 0.28 * self_paid
    kin_pays = np.where(homes.family_support > 0, KIN_PAYS_OF_CARE * homes.medical_smooth, 0.0)
    rigid = homes.rent + homes.medical_smooth + care
    return Budget(
        income=recorded + homes.side_income + homes.family_support + kin_pays,
        recorded_income=recorded + 0.4 * homes.side_income,
        burden=rigid + 0.8 * homes.mortgage + homes.debt_service,
        rigid=rigid,
        need=weight * config.mechanism.line_over_standard * standard(config, month),
        members=adults + children,
    )


def hardship_month(world: World, config: DistrictConfig, month: Month, latent: Budget) -> Flags:
    """Move every household's buffer and spell one month on; return who recovered."""
    homes, knobs = world.homes, config.mechanism
    left = latent.income - latent.burden
    need = np.maximum(latent.need, 1.0)
    homes.pressure[:] = left / need
    helped = np.where(homes.scheme >= 0, homes.benefit_amount, 0.0)
    balance = left + helped - need
    homes.buffer += np.where(balance < 0, balance, 0.30 * balance)
    short = np.maximum(-homes.buffer, 0.0)
    homes.debt_service += np.where(homes.scheme < 0, 0.012 * np.minimum(short, 4000), 0.0)
    homes.buffer[:] = np.clip(homes.buffer, 0.0, 48 * need)

    begins = homes.present & ~homes.in_hardship & (homes.pressure < 1.0) & (homes.buffer <= 0)
    well = homes.pressure >= 1.0 + knobs.recovery_margin
    homes.well_months[:] = np.where(well, homes.well_months + 1, 0)
    holds = (homes.buffer >= BUFFER_MONTHS_TO_RECOVER * need) & (homes.scheme < 0)
    recovers = (homes.well_months >= WELL_MONTHS_TO_RECOVER) | holds
    ends = homes.in_hardship & (recovers | ~homes.present)
    recent = month.index - homes.shock_month <= CAUSE_MEMORY_MONTHS
    cause = np.where(recent, homes.shock, CAUSES.index("long_poverty"))
    homes.cause[begins] = cause[begins]
    homes.in_hardship[begins] = True
    homes.in_hardship[ends] = False
    homes.spell_months[:] = np.where(homes.in_hardship, homes.spell_months + 1, 0)
    recovered: Flags = ends & homes.present
    return recovered
