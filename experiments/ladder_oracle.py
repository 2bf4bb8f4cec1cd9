"""The relief ladder a second time, in plain Python from the documents: one household in, yes, no or unknown out.

Nothing here is taken from ``models.rules``: a rule and this page agree only if both read the document alike. Sums
are decimals, so what lies exactly on a line does. Everything about the household is known; a figure nobody found is
None, and what hangs on it is then unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

FORCE_57 = date(2021, 7, 1)
"""民发〔2021〕57号 art. 42 and 民发〔2021〕43号: in force from this day."""
FORCE_RIGID = date(2025, 1, 1)
"""刚性支出困难家庭认定办法 art. 14."""
FORCE_LAW = date(2026, 7, 1)
"""社会救助法 art. 78."""
TIERS = ("tekun", "dibao", "dibao_alone", "edge", "rigid", "relapse", "urgent")


@dataclass(frozen=True, kw_only=True)
class Means:
    """A household as it truly is. Sums in yuan: ``income`` and ``basic_pension`` a month, ``spending`` a year.

    ``check`` is the word of an authorised check on the assets, None without one. ``special_difficulty`` None: the truth
    does not hold it.
    """

    members: int
    hukou_here: int
    able_16_17: int
    able_18_59: int
    able_supporters: int
    severely_disabled: int
    gravely_ill: int
    special_difficulty: bool | None
    income: Decimal
    basic_pension: Decimal
    money: Decimal
    homes: int
    cars: int
    capital: Decimal
    check: bool | None
    spending: Decimal
    rural: bool
    sudden_events: int


Figures = Mapping[str, Decimal | None]


def tiers(means: Means, figures: Figures, *, as_of_date: date) -> dict[str, bool | None]:
    """Return for each of :data:`TIERS` whether the household is within it; None where a figure is not known."""
    standard = figures["dibao.standard"]
    if means.rural and figures["dibao.standard.rural"] is not None:
        standard = figures["dibao.standard.rural"]
    line = figures["edge.line"] or _product(standard, figures["edge.multiple"])
    modest = _assets(means, "dibao", standard, figures)
    modest_for_edge = _assets(means, "edge", standard, figures)
    here = means.hukou_here > 0
    poor = _below(means.income, standard, means.members)
    at_edge = _all(here, _below(means.income, line, means.members), modest_for_edge)
    found = {
        # 43号 art. 4: nobody able to work, no means of living, nobody able to support.
        "tekun": _all(
            here,
            _nobody_able(means, figures["tekun.minor_under"]),
            # art. 6: the basic pension of residents does not count.
            _below(means.income - means.basic_pension, standard, means.members),
            modest,
            means.able_supporters == 0,
        ),
        # 57号 art. 4.
        "dibao": _all(here, poor, modest),
        # 57号 art. 8; from 2026-07-01 社会救助法 art. 21 adds the specially hard up.
        "dibao_alone": _all(at_edge, _may_enter_alone(means, as_of_date)),
        "edge": at_edge,
        "rigid": _all(
            here,
            _below(means.income * 12, figures["rigid.income_line"], means.members),
            modest_for_edge,
            _spends_above(means, figures["rigid.spending_ratio"]),
        )
        if as_of_date >= FORCE_RIGID
        else False,
        # 中农组发〔2021〕7号: country people below the line of the year.
        "relapse": _all(
            means.rural, _below(means.income * 12, figures["relapse.income_line"], means.members)
        ),
        # 国发〔2014〕47号: what happened counts, not the means.
        "urgent": means.sudden_events > 0,
    }
    return found if as_of_date >= FORCE_57 else dict.fromkeys(TIERS, False)


def _all(*conditions: bool | None) -> bool | None:
    if any(one is False for one in conditions):
        return False
    return None if any(one is None for one in conditions) else True


def _product(*factors: Decimal | int | None) -> Decimal | None:
    product = Decimal(1)
    for one in factors:
        if one is None:
            return None
        product *= one
    return product


def _below(income: Decimal, line: Decimal | None, members: int) -> bool | None:
    """Per head below the line: the household's sum against as many lines, so nothing is divided."""
    return None if line is None else income < line * members


def _nobody_able(means: Means, minors_under: Decimal | None) -> bool | None:
    if means.able_18_59 > 0:
        return False
    if means.able_16_17 == 0:
        return True
    # A minor is no worker: under 16 by 43号 art. 5, under 18 by the Law art. 16.
    return None if minors_under is None else minors_under >= 18


def _may_enter_alone(means: Means, as_of_date: date) -> bool | None:
    if means.severely_disabled > 0 or means.gravely_ill > 0:
        return True
    return means.special_difficulty if as_of_date >= FORCE_LAW else False


def _spends_above(means: Means, ratio: Decimal | None) -> bool | None:
    # Who has no income at all is counted with a yuan a month, so that any spending is above.
    year = max(means.income, Decimal(1)) * 12
    return None if ratio is None else means.spending > ratio * year


def _assets(means: Means, tier: str, standard: Decimal | None, figures: Figures) -> bool | None:
    if means.check:
        return True
    money = _product(standard, figures[f"{tier}.monetary_assets_multiple"], 12, means.members)
    homes, cars = figures[f"{tier}.homes_max"], figures[f"{tier}.cars_max"]
    capital = figures[f"{tier}.business_capital_max"]
    return _all(
        None if money is None else means.money < money,
        None if homes is None else means.homes <= homes,
        None if cars is None else means.cars <= cars,
        None if capital is None else means.capital < capital,
    )
