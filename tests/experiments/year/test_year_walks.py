"""The closed loop on a hand-made world: capacity, separate memories, labels only when known, same dice."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from experiments.district.config import VisitRates
from experiments.year.door import NEED, NEED_HELPED, NO_NEED, NOT_FOUND, REFUSED, Door
from experiments.year.learning import KNOWN_ON, LABEL, RANDOM, WEIGHT, Learning
from experiments.year.lists import ListDay
from experiments.year.plain import ApplicationOnly, DoorToDoor, Ordered, certain
from experiments.year.settings import YearSettings
from experiments.year.truth import true_year
from experiments.year.walker import Walker
from features.registry import Feature
from models.learners.trees import LearnerSettings
from models.ordering import household_hash

HOUSEHOLDS = 200
SETTINGS = YearSettings(
    households=HOUSEHOLDS,
    months=6,
    history_months=8,
    label_months=8,
    visits_per_1000=50,
    retrain_every=1,
)
CAPACITY = SETTINGS.capacity(HOUSEHOLDS)
CERTAIN = VisitRates(
    refused=0, not_found=0, sees_need=1, imagines_need=0, imagines_near_line=0,
    aid_after_visit=1, referral=1,
)  # fmt: skip
SIGNAL = Feature(
    name="signal", unit="yes/no", missing="zero", sources=("bills",), description="Tells need."
)


def world(needy=range(20), months=range(14)):
    """Households 0-19 in hidden hardship in every month, stigma in the middle."""
    recorded = SETTINGS.recorded()
    rows = [
        {"household_id": f"h{one}", "month": date(m.year, m.number, 1), "hidden": True,
         "eligible_schemes": "dibao", "cause": "job_loss"}
        for one in needy for m in recorded if m.index in months
    ]  # fmt: skip
    traits = pd.DataFrame({"household_id": [f"h{one}" for one in range(HOUSEHOLDS)], "stigma": 0.4})
    return true_year(traits, pd.DataFrame(rows), SETTINGS)


def list_day(number=0, covered=(), new_sign=(), signal=range(40)):
    """Every household on the table; ``signal`` is on for the needy and as many others."""
    day = SETTINGS.list_dates[number]
    ids = np.arange(HOUSEHOLDS)
    frame = pd.DataFrame(
        {
            "household_id": [f"h{one}" for one in ids],
            "as_of_date": pd.Timestamp(day),
            "area_id": [f"grid{one % 10}" for one in ids],
            "signal": np.isin(ids, list(signal)).astype(float),
            "entitled": 0.0,
        }
    )
    return ListDay(
        number,
        day,
        frame,
        ids,
        ids,
        np.isin(ids, list(covered)),
        np.isin(ids, list(new_sign)),
        household_hash(frame["household_id"], seed=1, salt=str(day)),
    )


@dataclass
class Fixed:
    """Visits the rows it was given; remembers what it was told."""

    rows: list
    name: str = "fixed"
    told: list = field(default_factory=list)

    def choose(self, today, free, capacity):
        rows = np.array([row for row in self.rows if free[row]], dtype=np.int64)
        return certain(rows, 1)

    def learn(self, today, rows, labels):
        self.told += list(zip(rows.tolist(), labels.tolist(), strict=True))


@dataclass(frozen=True)
class BySignal:
    name: str = "signal"

    def score(self, frame):
        return frame["signal"].to_numpy()


def walker(policy, rates=CERTAIN, seed=1, lived=None):
    lived = lived or world()
    return Walker(policy, lived, Door(lived, rates, seed), SETTINGS, HOUSEHOLDS)


def known_rows(count=60):
    ids = np.arange(count)
    return pd.DataFrame(
        {"household_id": [f"k{one}" for one in ids], "as_of_date": pd.Timestamp(SETTINGS.begins), "signal": (ids % 3 == 0).astype(float),
         LABEL: (ids % 3 == 0).astype(float), WEIGHT: 1.0, KNOWN_ON: pd.Timestamp(SETTINGS.begins)}
    )  # fmt: skip


def engine(**given):
    settings = LearnerSettings(min_rows_per_leaf=1, max_rounds=20, leaves=2, seeds=(1, 2))
    return Learning(
        name="engine", features=[SIGNAL], learner=settings, settings=SETTINGS,
        known=known_rows(), seed=1, **given,
    )  # fmt: skip


@pytest.mark.parametrize(
    "policy", [engine(), engine(explores=False), DoorToDoor(1), Ordered(BySignal())]
)
def test_every_list_is_as_long_as_the_capacity_and_never_longer(policy):
    one = walker(policy)
    for number in range(4):
        one.step(list_day(number), CAPACITY)
    assert one.diary.groupby("list").size().tolist() == [CAPACITY] * 4


def test_a_policy_that_lists_too_many_or_one_twice_is_stopped():
    with pytest.raises(ValueError, match="11 rows"):
        walker(Fixed(list(range(11)))).step(list_day(), CAPACITY)
    with pytest.raises(ValueError, match="1 of them different"):
        walker(Fixed([3, 3])).step(list_day(), CAPACITY)


def test_who_one_policy_helped_is_still_there_to_be_found_by_another():
    lived = world()
    first, second = walker(Fixed([0]), lived=lived), walker(Fixed([0]), lived=lived)
    first.step(list_day(0), CAPACITY)
    second.step(list_day(5), CAPACITY)
    assert first.diary["finding"].tolist() == second.diary["finding"].tolist() == [NEED_HELPED]


def test_the_helped_are_left_in_peace_while_hardship_lasts_and_found_in_a_later_spell():
    lived = world(needy=[0], months=[8, 9, 12, 13])
    one = walker(Fixed([0]), lived=lived)
    free = []
    for number in range(12):
        free.append(bool(one.free(list_day(number, new_sign=[0]))[0]))
        one.step(list_day(number, new_sign=[0]), CAPACITY)
    helped = one.diary[one.diary["finding"] == NEED_HELPED]
    assert len(helped) == 2
    assert helped["spell"].nunique() == 2
    second_list = SETTINGS.list_dates[1]
    assert (second_list - SETTINGS.begins).days < 61
    assert free[:2] == [True, False]


@pytest.mark.parametrize(
    ("days", "new_sign", "free"),
    [(168, [], False), (182, [], True), (28, [5], False), (42, [5], True), (42, [], False)],
)
def test_a_door_that_opened_is_left_in_peace_unless_facts_got_worse(days, new_sign, free):
    lived = world()
    one = walker(Fixed([190]), lived=lived)
    one.step(list_day(0), CAPACITY)
    number, left = divmod(days, SETTINGS.step_days)
    assert left == 0
    new = [190] if new_sign else []
    later = list_day(min(number, len(SETTINGS.list_dates) - 1), new_sign=new)
    later = replace(later, number=number, day=SETTINGS.begins + timedelta(days=days))
    assert bool(one.free(later)[190]) is free


def test_a_door_that_never_opens_is_closed_after_the_last_try():
    shut = CERTAIN.model_copy(update={"not_found": 1.0})
    one = walker(Fixed([0]), rates=shut)
    for number in range(0, 12, 2):
        one.step(list_day(number), CAPACITY)
    assert one.diary["finding"].tolist() == [NOT_FOUND] * SETTINGS.most_tries
    assert one.diary["closed"].tolist() == [False] * (SETTINGS.most_tries - 1) + [True]


def test_covered_households_are_passed_by():
    one = walker(Ordered(BySignal()))
    one.step(list_day(covered=range(35)), CAPACITY)
    assert one.diary["code"].min() >= 35


def test_nobody_goes_out_when_families_have_to_apply():
    one = walker(ApplicationOnly())
    one.step(list_day(), CAPACITY)
    assert one.diary.empty


def test_a_visit_teaches_only_from_the_day_its_report_is_in_the_books():
    learning = engine()
    one = walker(learning)
    one.step(list_day(0), CAPACITY)
    in_books = SETTINGS.step_days + SETTINGS.report_days
    before = list_day(0)
    known = len(known_rows())
    for day, rows in ((in_books - 1, known), (in_books, known + CAPACITY)):
        today = replace(before, number=9, day=SETTINGS.begins + timedelta(days=day))
        assert len(learning.training_rows(today)) == rows


def test_closed_doors_teach_nothing_and_need_is_what_the_visitor_saw():
    fixed = Fixed([0, 190])
    one = walker(fixed)
    one.step(list_day(), CAPACITY)
    assert fixed.told == [(0, 1.0), (190, 0.0)]
    shut = Fixed([0])
    walker(shut, rates=CERTAIN.model_copy(update={"refused": 1.0})).step(list_day(), CAPACITY)
    assert np.isnan(shut.told[0][1])


def test_the_lot_logs_its_propensity_and_the_chances_add_up_to_the_slots():
    learning = engine()
    everybody = np.ones(HOUSEHOLDS, bool)
    slots = 0
    for number in range(8):
        choice = learning.choose(list_day(number), everybody, CAPACITY)
        by_lot = choice.lanes == RANDOM
        slots += int(by_lot.sum())
        pool = HOUSEHOLDS - int((~by_lot).sum())
        assert choice.propensity[~by_lot].tolist() == [1.0] * int((~by_lot).sum())
        assert choice.propensity[by_lot].sum() * pool == pytest.approx(by_lot.sum() ** 2)
        assert (choice.propensity[by_lot] == by_lot.sum() / pool).all()
    assert slots == round(8 * SETTINGS.random_share * CAPACITY)
    plain = engine(explores=False).choose(list_day(), everybody, CAPACITY)
    assert not (plain.lanes == RANDOM).any()


def test_the_urgent_lane_takes_new_signs_first_and_no_more_than_its_share():
    signs = range(100, 120)
    choice = engine().choose(list_day(new_sign=signs), np.ones(HOUSEHOLDS, bool), CAPACITY)
    urgent = choice.rows[choice.lanes == 0]
    assert len(urgent) == round(SETTINGS.urgent_share * CAPACITY)
    assert set(urgent) <= set(signs)
    assert choice.rows[0] == urgent[0]


def test_two_policies_at_the_same_door_for_the_same_list_find_the_same():
    lived, rates = world(), VisitRates()
    rows = list(range(10))
    one, other = (
        walker(Fixed(rows), rates, lived=lived),
        walker(Fixed(rows[::-1]), rates, lived=lived),
    )
    one.step(list_day(), CAPACITY)
    other.step(list_day(), CAPACITY)
    found = [w.diary.set_index("code")["finding"].sort_index() for w in (one, other)]
    assert found[0].tolist() == found[1].tolist()
    again = walker(Fixed(rows), rates, lived=lived)
    again.step(list_day(), CAPACITY)
    assert again.diary.equals(one.diary)
    reseeded = walker(Fixed(list(range(150))), rates, seed=2, lived=lived)
    longer = walker(Fixed(list(range(150))), rates, lived=lived)
    for both in (reseeded, longer):
        both.step(list_day(), 150)
    assert reseeded.diary["finding"].tolist() != longer.diary["finding"].tolist()


def test_doors_err_as_often_as_their_rates_say():
    lived = world(needy=range(100))
    door = Door(lived, VisitRates(), 3)
    ids = pd.Series([f"v{one}" for one in range(20_000)])
    places = np.arange(20_000) % HOUSEHOLDS
    found = door.knock(
        ids, places, list_day=SETTINGS.begins, months=np.zeros(20_000, np.int64),
        helped=np.zeros(20_000, bool),
    )  # fmt: skip
    assert (found == REFUSED).mean() == pytest.approx(0.06 * 0.8, abs=0.006)
    assert (found == NOT_FOUND).mean() == pytest.approx(0.09, abs=0.008)
    met = ~np.isin(found, (REFUSED, NOT_FOUND))
    needy = places < 100
    assert np.isin(found[met & needy], (NEED, NEED_HELPED)).mean() == pytest.approx(0.86, abs=0.01)
    assert (found[met & ~needy] == NO_NEED).mean() == pytest.approx(1 - 0.012, abs=0.004)
    assert not (found[~needy] == NEED_HELPED).any()


def test_an_acute_sign_stays_urgent_until_somebody_opens_or_thirty_days_are_over():
    everybody = np.ones(HOUSEHOLDS, bool)
    for opened, later, urgent in (
        (np.nan, 1, True),
        (0.0, 1, False),
        (np.nan, 2, True),
        (np.nan, 3, False),
    ):
        learning = engine()
        learning.choose(list_day(0, new_sign=[150]), everybody, CAPACITY)
        learning.learn(list_day(0), np.array([150]), np.array([opened]))
        choice = learning.choose(list_day(later), everybody, CAPACITY)
        assert (150 in choice.rows[choice.lanes == 0]) is urgent
