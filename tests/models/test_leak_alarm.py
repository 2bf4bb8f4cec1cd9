"""The leak alarm: every kind of planted leak rings and is named, honest but awkward tables stay silent."""

from dataclasses import replace

import numpy as np
import pytest

from experiments.leak_trials.made_up import PLANTS, MadeUp, clean
from models.leaks import alone, findings, night, order, without
from models.leaks.findings import LeakReport
from models.leaks.look import look_for_leaks
from models.leaks.table import LeakTable, halves
from models.resampling import Interval

NAMED = {
    "end date filled in later": (
        "ended_days_ago",
        {findings.FILLED_LATER, findings.EMPTY_AT_NIGHT},
    ),
    "amount linked to the benefit": ("amount", {findings.KNOWS_TOO_MUCH}),
    "rare code of the decision": ("decision", {findings.ONE_OUTCOME}),
    "running number of cases": ("case_number", {findings.RUNNING_ID}),
    "rows in order of cases": ("", {findings.ROW_ORDER}),
    "label with a few mistakes": ("closed", {findings.KNOWS_TOO_MUCH}),
}


def looked(made: MadeUp, **asked: object) -> LeakReport:
    return look_for_leaks(made.table, sides=made.sides, seed=7, most_groups=1, **asked)  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [0, 1])
def test_an_honest_table_is_silent_although_a_column_is_strong_and_one_drifts(number: int) -> None:
    report = looked(clean(number, units=800))
    assert report.leaks == ()
    assert report.verdict == "silent"


@pytest.mark.parametrize("planted", sorted(PLANTS))
def test_a_planted_leak_rings_and_is_named(planted: str) -> None:
    column, kinds = NAMED[planted]
    report = looked(PLANTS[planted](clean(5, units=800), 5))
    rung = {one.kind for one in report.leaks if one.column == column}
    assert rung & kinds, report.leaks
    assert all(one.advice for one in report.leaks)
    if column:
        assert column in report.suspects()


def table(labels: list[float] | np.ndarray, **columns: list[float] | np.ndarray) -> LeakTable:
    return LeakTable(
        matrix=np.column_stack(list(columns.values())).astype(np.float32),
        names=tuple(columns),
        labels=np.asarray(labels, dtype=float),
        units=np.arange(len(labels)),
    )


@pytest.mark.parametrize(("area", "rings"), [(0.899, False), (0.90, True)])
def test_one_column_knows_too_much_from_nine_tenths_on(area: float, rings: bool) -> None:
    told = alone.knowing_too_much({"paid": Interval(area, area - 0.05, area + 0.05)})
    assert bool(told) == rings


def test_a_strong_column_of_a_handful_of_rows_is_not_accused() -> None:
    assert alone.knowing_too_much({"paid": Interval(0.92, 0.78, 1.0)}) == []


@pytest.mark.parametrize(("filled", "rings"), [(49, False), (50, True)])
def test_being_filled_in_rings_where_half_the_positives_more_are_filled(
    filled: int, rings: bool
) -> None:
    ended = np.full(400, np.nan)
    ended[:filled] = 1.0
    labels = np.r_[np.ones(100), np.zeros(300)]
    assert bool(alone.filled_later(table(labels, ended=ended))) == rings


@pytest.mark.parametrize(("rows", "rings"), [(26, False), (27, True)])
def test_a_code_with_one_outcome_rings_where_twenty_others_were_expected(
    rows: int, rings: bool
) -> None:
    labels = np.r_[np.ones(100), np.zeros(300)]
    code = np.r_[np.full(rows, 7.0), np.tile([1.0, 2.0], 200)[rows:]]
    assert bool(alone.one_outcome(table(labels, code=code))) == rings


@pytest.mark.parametrize(("rows", "rings"), [(552, False), (553, True)])
def test_a_code_without_positives_rings_only_where_a_thirtieth_of_them_were_sure_to_come(
    rows: int, rings: bool
) -> None:
    """Five sets are looked at: 30 ln(5 / 0.05) = 138.2 positives must be expected, of one row in four."""
    labels = np.r_[np.zeros(1500), np.ones(500)]
    code = np.r_[np.full(rows, 7.0), np.tile([1.0, 2.0], 1000)[rows:]]
    coded = table(labels, code=code)
    assert bool(alone.one_outcome(coded)) == rings

    # The same rows are less sure where each household has several.
    assert alone.one_outcome(replace(coded, units=np.arange(2000) // 2)) == []
    # And where more values were looked at.
    draw = np.random.default_rng(2)
    more = table(labels, code=code, street=draw.integers(0, 30, 2000).astype(float))
    assert alone.one_outcome(more) == []


def test_an_income_without_hunger_is_no_leak_where_hunger_is_rare() -> None:
    """A bracket with a fifteenth of the usual 2 % has 2 of 30 positives to come, and may have none."""
    labels = (np.arange(20_000) >= 19_600).astype(float)
    bracket = np.where(np.arange(20_000) < 1_500, 8.0, np.arange(20_000) % 7)
    assert alone.one_outcome(table(labels, bracket=bracket)) == []
    # Without an honest reason 30,000 rows would be.
    many = (np.arange(40_000) >= 38_000).astype(float)
    assert alone.one_outcome(table(many, code=(np.arange(40_000) < 30_000).astype(float)))


def test_a_rare_code_rings_by_what_it_says_not_by_being_rare() -> None:
    labels = np.r_[np.ones(100), np.zeros(300)]
    code = np.where(np.arange(400) % 10 == 0, 7.0, np.tile([1.0, 2.0], 200))
    assert alone.one_outcome(table(labels, code=code)) == []


def test_a_file_whose_need_rises_over_the_years_is_not_in_order_of_its_label() -> None:
    draw = np.random.default_rng(3)
    times = np.repeat(np.arange(4), 500)
    labels = (draw.random(2000) < 0.1 + 0.1 * times).astype(float)
    rising = replace(table(labels, x=draw.normal(size=2000)), times=times)
    assert order.row_order(rising) == []
    assert order.row_order(replace(rising, times=None)) != []


def test_an_honest_whole_number_different_in_nearly_every_row_is_no_running_id() -> None:
    draw = np.random.default_rng(4)
    income = np.round(np.exp(10 + draw.normal(size=1000)))
    labels = (draw.random(1000) < 1 / (1 + np.exp(np.log(income) - 9))).astype(float)
    assert order.running_ids(table(labels, income=income)) == []
    place = np.argsort(np.argsort(income)).astype(float)
    assert [one.column for one in order.running_ids(table(labels, number=place))] == ["number"]


@pytest.mark.parametrize(
    ("loss", "everything", "decided", "rings"),
    [
        (0.10, 0.85, False, True),
        (0.099, 0.85, False, False),
        (0.10, 0.849, False, False),
        (0.05, 0.70, True, True),
        (0.049, 0.70, True, False),
    ],
)
def test_what_a_group_may_cost(loss: float, everything: float, decided: bool, rings: bool) -> None:
    told = without.costing_too_much(
        {"benefits": Interval(loss, loss - 0.01, loss + 0.01)},
        Interval(everything, 0.8, 0.9),
        decisions=frozenset({"benefits"} if decided else ()),
        groups=4,
    )
    assert bool(told) == rings


def test_the_ceiling_is_configurable_and_rings_on_both_sides_of_it() -> None:
    assert without.too_good(Interval(0.90, 0.88, 0.92), ceiling=0.91) == []
    assert without.too_good(Interval(0.91, 0.88, 0.92), ceiling=0.91)
    assert without.too_good(Interval(float("nan"), 0, 1), ceiling=0.91) == []


def test_a_column_that_only_begins_late_or_falls_silent_for_everybody_is_no_leak() -> None:
    made = clean(6, units=800)
    silent = made.sides.night.copy()
    silent[:, made.table.names.index("noise_3")] = np.nan
    sides = replace(made.sides, night=silent)
    assert night.empty_at_night(made.table, sides) == []
    told = night.differing(made.table, sides, seed=1)
    assert [(one.level, one.column) for one in told] == [("drift", "noise_3")]


def test_with_too_few_positives_it_says_what_it_could_not_look_at() -> None:
    made = clean(7, units=800)
    positives = np.flatnonzero(made.table.labels)
    kept = np.random.default_rng(1).choice(positives, 49, replace=False)
    few = replace(made.table, labels=np.isin(np.arange(2400), kept).astype(float))
    report = look_for_leaks(few, sides=None, seed=1)
    assert report.verdict == "cannot tell"
    assert "49 of 2400 rows are positive" in report.not_looked_at[0]
    assert report.losses == {}


def test_a_sample_falls_into_both_halves_and_keeps_the_positives() -> None:
    """Samples and halves are drawn by different lots: else a small sample would lie in one half."""
    labels = np.r_[np.ones(50), np.zeros(1950)]
    big = table(labels, x=np.arange(2000.0))
    for some in (big.sampled(most=200, seed=7), big.with_all_positives(most=200, seed=7)):
        assert 120 <= len(some.labels) <= 280
        assert 0.3 < halves(some.units, seed=7).mean() < 0.7
    assert big.with_all_positives(most=200, seed=7).positives == 50


def test_a_fitted_half_ranks_what_one_column_knows() -> None:
    draw = np.random.default_rng(11)
    debt = draw.normal(size=4000)
    labels = (draw.random(4000) < 1 / (1 + np.exp(3 - 1.5 * debt))).astype(float)
    some = table(labels, debt=debt, noise=draw.normal(size=4000))
    kept = some.with_all_positives(most=1500, seed=7)
    found = without.drop_and_rescore(kept, {"debt": ("debt",), "noise": ("noise",)}, seed=7)
    alone_area = alone.areas_alone(some, seed=7)["debt"].value
    assert found.everything.value > alone_area - 0.05
    assert found.losses["debt"].low > 0.15
    assert found.losses["noise"].high < 0.05
