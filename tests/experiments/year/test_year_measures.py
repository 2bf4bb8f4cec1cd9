"""Figures of the closed loop: days on both sides of 15 and 30, what is counted once, ratios over seeds."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from experiments.year.door import NEED, NEED_HELPED, NO_NEED, NOT_FOUND, REFUSED
from experiments.year.measures import NEVER, Outcomes, days_to_visit, knowable_shocks, measure
from experiments.year.replay import ENGINE, Replay
from experiments.year.settings import YearSettings
from experiments.year.signs import ACUTE, NewSigns
from experiments.year.summary import NUMBERS, Summary
from experiments.year.truth import true_year

SETTINGS = YearSettings(
    households=200, months=6, history_months=8, label_months=8, urgent_share=0.5
)
MONTHS = SETTINGS.recorded()


def world(spells):
    """``spells``: (household, first recorded month, last, cause), all hidden."""
    rows = [
        {"household_id": f"h{one}", "month": date(m.year, m.number, 1), "hidden": True,
         "eligible_schemes": None, "cause": cause}
        for one, first, last, cause in spells for m in MONTHS[first : last + 1]
    ]  # fmt: skip
    traits = pd.DataFrame({"household_id": [f"h{one}" for one in range(10)], "stigma": 0.4})
    return true_year(traits, pd.DataFrame(rows), SETTINGS)


def visit(lived, place, day, finding, **given):
    month = lived.months_after(np.array([day]))[0]
    spell = lived.spell_of[place, month] if lived.hidden[place, month] else -1
    return {
        "list": 0, "day": day, "code": place, "place": place, "area_id": "g1", "lane": 1, "propensity": 1.0,
        "finding": finding, "spell": spell, "already_helped": False, "closed": False, **given,
    }  # fmt: skip


def replayed(lived, visits, signs=(), capacity=10, counts=(0,) * 12):
    lists = pd.DataFrame(
        {"list": range(12), "day": SETTINGS.list_dates[:12], "households": 200, "capacity": capacity,
         "signs": counts}
    )  # fmt: skip
    return Replay(
        seed=1, world=lived, diaries={ENGINE: pd.DataFrame(visits)}, on_lists=lists,
        signs=pd.DataFrame(list(signs), columns=["list", "place"]),
        areas=pd.DataFrame({"place": range(10), "area_id": ["g1"] * 5 + ["g2"] * 5}),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("day", "within_15", "within_30"), [(15, 1, 1), (16, 0, 1), (30, 0, 1), (31, 0, 0)]
)
def test_days_are_counted_from_the_first_of_the_month_up_to_and_with_the_15th_and_30th(
    day, within_15, within_30
):
    lived = world([(0, 8, 12, "job_loss")])
    one = measure(replayed(lived, [visit(lived, 0, day, NO_NEED)]), SETTINGS)[0]
    assert (one.shocks, one.visited_15, one.visited_30) == (1, within_15, within_30)
    assert one.median_days == day


@pytest.mark.parametrize("finding", [REFUSED, NOT_FOUND])
def test_a_door_that_stayed_shut_is_no_visit(finding):
    lived = world([(0, 8, 12, "job_loss")])
    one = measure(replayed(lived, [visit(lived, 0, 3, finding)]), SETTINGS)[0]
    assert one.visited_30 == 0
    assert one.median_days == NEVER
    assert one.never_visited == 1


def test_a_spell_from_before_or_one_that_crept_is_no_shock():
    lived = world([(0, 7, 12, "job_loss"), (1, 9, 12, "long_poverty"), (2, 9, 12, "major_illness")])
    assert knowable_shocks(replayed(lived, [visit(lived, 0, 1, NO_NEED)]), SETTINGS)[
        "place"
    ].tolist() == [2]


@pytest.mark.parametrize(("signs", "allowed"), [(5, True), (6, False)])
def test_capacity_allows_while_new_signs_fit_the_urgent_lane(signs, allowed):
    lived = world([(0, 8, 12, "job_loss")])
    counts = (0, 0, signs, *(0,) * 9)
    shocks = knowable_shocks(
        replayed(lived, [visit(lived, 0, 1, NO_NEED)], signs=[(2, 0)], counts=counts), SETTINGS
    )
    assert shocks["told"].tolist() == [28]
    assert shocks["allowed"].tolist() == [allowed]
    one = measure(
        replayed(lived, [visit(lived, 0, 30, NO_NEED)], signs=[(2, 0)], counts=counts), SETTINGS
    )[0]
    assert (one.named, one.named_visited_30, one.told) == (1, 1, int(allowed))


def test_a_sign_before_the_hardship_or_months_later_belongs_to_no_shock():
    lived = world([(0, 8, 13, "job_loss"), (1, 9, 13, "job_loss"), (2, 8, 13, "job_loss")])
    shocks = knowable_shocks(
        replayed(lived, [visit(lived, 0, 1, NO_NEED)], signs=[(7, 0), (0, 1), (6, 2)]), SETTINGS
    )
    told = shocks.set_index("place")["told"]
    assert np.isnan(told[0])
    assert np.isnan(told[1])
    assert told[2] == 84


def test_a_household_is_found_once_and_only_if_it_truly_was_in_hidden_hardship():
    lived = world([(0, 8, 9, "job_loss"), (1, 8, 13, "job_loss")])
    visits = [
        visit(lived, 0, 5, NEED), visit(lived, 0, 40, NEED_HELPED), visit(lived, 0, 90, NEED),
        visit(lived, 5, 6, NEED), visit(lived, 1, 7, NO_NEED),
    ]  # fmt: skip
    one = measure(replayed(lived, visits), SETTINGS)[0]
    assert one.found == 1
    assert one.found_per_1000 == pytest.approx(200)
    assert one.found_again == 1
    assert one.found_by_month == (1, 0, 0, 0, 0, 0)


def test_harm_counts_refusals_of_families_not_in_need_and_needs_closed_as_unreachable():
    lived = world([(0, 8, 12, "job_loss")])
    visits = [
        visit(lived, 0, 3, REFUSED), visit(lived, 5, 4, REFUSED), visit(lived, 6, 5, NOT_FOUND),
        visit(lived, 0, 33, NOT_FOUND, closed=True), visit(lived, 7, 34, NOT_FOUND, closed=True),
    ]  # fmt: skip
    one = measure(replayed(lived, visits), SETTINGS)[0]
    assert (one.no_need_refused, one.closed_in_need) == (1, 1)


def test_spread_is_nought_where_visits_lie_as_need_does_and_one_where_they_never_meet():
    lived = world([(0, 8, 12, "job_loss")])
    assert measure(replayed(lived, [visit(lived, 0, 3, NO_NEED)]), SETTINGS)[0].spread == 0
    elsewhere = [visit(lived, 6, 3, NO_NEED, area_id="g2")]
    assert measure(replayed(lived, elsewhere), SETTINGS)[0].spread == 1


def test_an_earlier_visit_in_the_same_spell_counts_as_at_once():
    lived = world([(0, 8, 12, "job_loss")])
    shocks = pd.DataFrame({"spell": [lived.spell_of[0, 0]], "told": [28.0]})
    diary = pd.DataFrame([visit(lived, 0, 10, NO_NEED)])
    assert days_to_visit(diary, shocks, since="told").tolist() == [0.0]


def outcome(policy, seed, found_per_1000, named_visited_30=0.8):
    numbers = dict.fromkeys(NUMBERS, 1.0) | {
        "found_per_1000": found_per_1000, "named_visited_30": named_visited_30,
    }  # fmt: skip
    return Outcomes(
        policy=policy, seed=seed, found_by_month=(1,), days=(), named_days=(), **numbers
    )


def test_the_engine_is_held_against_the_best_rival_of_each_seed():
    summary = Summary(
        (outcome(ENGINE, 1, 300), outcome(ENGINE, 2, 300), outcome("trigger:a", 1, 100),
         outcome("trigger:a", 2, 50), outcome("trigger:b", 1, 50), outcome("trigger:b", 2, 100))
    )  # fmt: skip
    ratio = summary.engine_over(summary.triggers)
    assert (ratio.value, ratio.low) == (pytest.approx(3), pytest.approx(3))
    assert summary.bars()[0].is_met


@pytest.mark.parametrize(
    ("engine", "met"), [((199, 199), False), ((201, 201), True), ((380, 110), False)]
)
def test_the_bar_asks_for_twice_as_many_and_an_interval_above_one(engine, met):
    summary = Summary(
        tuple(outcome(ENGINE, seed, one) for seed, one in enumerate(engine))
        + tuple(outcome("trigger:a", seed, 100) for seed in range(2))
    )
    assert summary.bars()[0].is_met is met
    assert summary.bars()[0].answer == ("met" if met else "not met")


def test_one_seed_cannot_tell():
    summary = Summary((outcome(ENGINE, 1, 900), outcome("trigger:a", 1, 1)))
    assert {bar.answer for bar in summary.bars()} == {"cannot tell from one seed"}


@pytest.mark.parametrize(("now", "new"), [(14_999, False), (15_000, True)])
def test_a_sign_is_new_where_it_was_not_there_on_the_list_before(now, new):
    def frame(amount):
        values = {sign.feature: [0.0] for sign in ACUTE} | {"med_self_paid_90d": [amount]}
        return pd.DataFrame({"household_id": ["h1"], **values})

    signs = NewSigns()
    assert signs.of(frame(0.0)).tolist() == [False]
    assert signs.of(frame(now)).tolist() == [new]
    assert signs.of(frame(now + 5_000)).tolist() == [not new]
    assert signs.of(frame(None)).tolist() == [False]
