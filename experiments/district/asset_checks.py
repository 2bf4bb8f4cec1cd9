"""Authorised checks of economic status (家庭经济状况核对) of those who applied and signed."""

import numpy as np

from experiments.district.config import Checks, DistrictConfig
from experiments.district.desk import Batch, Desk
from experiments.district.entitlement import TEMPORARY
from experiments.district.feeds import FEEDS
from experiments.district.means import Columns
from experiments.district.months import NO_DAY, Flags, Floats, Ints, Month
from experiments.district.streams import Streams
from experiments.district.world import World

CHECKED = 0.70
"""Of decided applications for monthly aid; the others were decided on papers. Plausible."""
NOT_ANSWERED = 0.04
ASSETS = FEEDS["applications"].code("refusal_reason", "assets")
CODE = FEEDS["asset_checks"].cell("result").code


def report_asset_checks(
    world: World,
    desk: Desk,
    config: DistrictConfig,
    streams: Streams,
    month: Month,
    decided: Batch,
    means: Columns,
) -> None:
    """Hand in the checks behind the applications decided this month, or everybody's each quarter."""
    if config.checks.of_everybody:
        if month.number % 3 == 0:
            _check_everybody(world, desk, month, means)
        return
    if not decided:
        return
    rng = streams.at("asset checks", month.index)
    person = decided["person_id"].astype(np.int64)
    checked = rng.random(len(person)) < CHECKED
    checked &= (decided["scheme"] != TEMPORARY) & (person >= 0)
    rows = np.flatnonzero(checked)
    above = decided["refusal_reason"][rows] == ASSETS
    silent = rng.random(len(rows)) < NOT_ANSWERED
    result = np.select(
        [silent & ~above, above], [CODE("not_answered"), CODE("above_limit")], CODE("within_limit")
    )
    home = decided["home"][rows].astype(np.int64)
    answered = _answers(config.checks, streams.at("answers of checks", month.index), means, home)
    # What lay above the limit was none of the numbers told: a car in another name, gold, a shop.
    odd = above & means["assets_within_limit"][home].astype(np.bool_)
    answered["household_monetary_assets"][odd] = np.nan
    days = np.minimum(decided["decided_on"][rows].astype(np.int64), month.after - 1)
    _report(world, desk, person[rows], result, days, answered, silent & ~above)


def _check_everybody(world: World, desk: Desk, month: Month, means: Columns) -> None:
    homes = np.flatnonzero(world.homes.present)
    within = means["assets_within_limit"][homes].astype(np.bool_)
    result = np.where(within, CODE("within_limit"), CODE("above_limit"))
    days = np.full(len(homes), month.after - 1, np.int64)
    nobody_silent = np.zeros(len(homes), np.bool_)
    _report(world, desk, world.heads()[homes], result, days, _all(means, homes), nobody_silent)


def _all(means: Columns, homes: Ints) -> dict[str, Floats]:
    """What a check would say that is told everything."""
    wanted = {
        "household_income_month": "income_month_at_least",
        "household_monetary_assets": "monetary_assets",
        "household_homes": "homes",
        "household_cars": "cars",
        "household_business_capital": "business_capital",
        "household_spending_year": "necessary_spending_year_at_least",
        "able_supporters": "able_supporters",
    }
    return {name: means[fact][homes].astype(np.float64) for name, fact in wanted.items()}


def _answers(
    knobs: Checks, rng: np.random.Generator, means: Columns, homes: Ints
) -> dict[str, Floats]:
    """The true numbers with what was not found of the income and what nobody answered (nan)."""
    answers, count = _all(means, homes), len(homes)
    side_found = rng.random(count) < knobs.side_income_found
    support_found = rng.random(count) < knobs.support_found
    answers["household_income_month"] = np.round(
        means["income_not_side_month"][homes].astype(np.float64)
        + np.where(side_found, means["side_income_month"][homes].astype(np.float64), 0.0)
        + np.where(support_found, means["family_support_month"][homes].astype(np.float64), 0.0),
        2,
    )
    for name, untold in (
        ("household_income_month", knobs.income_untold),
        ("household_monetary_assets", knobs.money_untold),
        ("household_homes", knobs.homes_untold),
        ("household_cars", knobs.cars_untold),
        ("household_business_capital", knobs.capital_untold),
        ("household_spending_year", knobs.spending_untold),
        ("able_supporters", knobs.kin_untold),
    ):
        answers[name][rng.random(count) < untold] = np.nan
    return answers


def _report(
    world: World,
    desk: Desk,
    persons: Ints,
    result: Ints,
    days: Ints,
    answers: dict[str, Floats],
    silent: Flags,
) -> None:
    """Hand in checks; ``silent`` ones tell no number."""
    numbers = world.ids.take("asset check", len(persons))
    cells: dict[str, np.typing.NDArray[np.generic]] = {}
    for name, told in answers.items():
        told[silent] = np.nan
        whole = name in ("household_homes", "household_cars", "able_supporters")
        cells[name] = np.where(np.isnan(told), NO_DAY, told).astype(np.int64) if whole else told
    desk.report(
        "asset_checks",
        check_id=numbers,
        person_id=persons,
        authorisation_id=numbers,
        result=result,
        event_date=days,
        **cells,
    )
