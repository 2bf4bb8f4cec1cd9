"""Each rule on a table small enough to work by hand, where more is better and where less is."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.regret import (
    FEW_CHOICES,
    RANDOM,
    choose,
    distance_curve,
    group_table,
    rule_regret,
    rule_table,
    standard_rules,
)
from models.selection_rules import (
    FiguresError,
    best_average_two_metrics,
    best_average_value,
    best_avg_recency_weight,
    best_avg_var_penalized,
    best_current_value,
    distances,
    figures,
    lowest_metric_variance,
    most_frequent_best_dist,
    random_model_group,
    recency_weights,
)
from tests.tables import table

# Means: rising .40, falling .42, even .39, wild .43.  Latest: .60, .22, .39, .13.
PAST = table("""
    model_group | as_of_date | precision | recall
    ------------+------------+-----------+-------
    rising      | 2025-01-01 | 0.20      | 0.10
    rising      | 2025-02-01 | 0.40      | 0.10
    rising      | 2025-03-01 | 0.60      | 0.10
    falling     | 2025-01-01 | 0.60      | 0.10
    falling     | 2025-02-01 | 0.44      | 0.10
    falling     | 2025-03-01 | 0.22      | 0.10
    even        | 2025-01-01 | 0.39      | 0.30
    even        | 2025-02-01 | 0.39      | 0.30
    even        | 2025-03-01 | 0.39      | 0.30
    wild        | 2025-01-01 | 0.26      | 0.00
    wild        | 2025-02-01 | 0.90      | 0.00
    wild        | 2025-03-01 | 0.13      | 0.00
    """)


def test_the_best_month_is_the_latest_one() -> None:
    assert best_current_value(PAST, metric="precision") == "rising"
    assert best_current_value(PAST, metric="precision", higher_is_better=False) == "wild"


def test_the_best_average() -> None:
    assert best_average_value(PAST, metric="precision") == "wild"
    assert best_average_value(PAST, metric="precision", higher_is_better=False) == "even"


def test_the_most_even_group_is_found_however_good_it_is() -> None:
    assert lowest_metric_variance(PAST, metric="precision") == "even"


def test_near_the_best_counts_dates_up_to_and_including_the_distance() -> None:
    # Behind the best of each date: rising .40 .50 .00, falling .00 .46 .38, even .21 .51 .21, wild .34 .00 .47
    assert most_frequent_best_dist(PAST, metric="precision", within=0.22) == "even"
    assert most_frequent_best_dist(PAST, metric="precision", within=0.46) == "falling"
    # Lowest first: behind rising .00 .01 .47, falling .40 .05 .09, even .19 .00 .26, wild .06 .51 .00
    low = most_frequent_best_dist(PAST, metric="precision", within=0.1, higher_is_better=False)
    assert low == "falling"


def test_two_metrics_are_averaged_with_their_weights() -> None:
    both = {"metric": "precision", "other_metric": "recall"}
    # .5: rising .25, falling .26, even .345, wild .215; at 1 only precision counts.
    assert best_average_two_metrics(PAST, **both, weight=0.5) == "even"
    assert best_average_two_metrics(PAST, **both, weight=1) == "wild"
    assert best_average_two_metrics(PAST, **both, weight=0.5, higher_is_better=False) == "wild"


def test_a_group_is_fined_for_varying_more_than_the_steadiest() -> None:
    # sd: rising .2000, falling .1908, even 0, wild .4115. Fined by .1: .380, .401, .390, .389.
    assert best_avg_var_penalized(PAST, metric="precision", penalty=0.1) == "falling"
    assert best_avg_var_penalized(PAST, metric="precision", penalty=0) == "wild"
    # Lower is better: the fine makes it worse, so upward: .42 .439 .39 .471
    low = best_avg_var_penalized(PAST, metric="precision", penalty=0.1, higher_is_better=False)
    assert low == "even"


def test_recent_dates_weigh_more() -> None:
    # Weights 1, 1 + 4 * 31/59 = 3.1017, 5: rising .4879, falling .3363, even .39, wild .4056.
    assert best_avg_recency_weight(PAST, metric="precision", newest_weight=5) == "rising"
    assert best_avg_recency_weight(PAST, metric="precision", newest_weight=1) == "wild"
    low = best_avg_recency_weight(PAST, metric="precision", newest_weight=5, higher_is_better=False)
    assert low == "falling"


def test_weights_grow_with_the_days_passed() -> None:
    days = [pd.Timestamp(day) for day in ("2025-01-01", "2025-01-11", "2025-01-21")]

    assert recency_weights(days, newest_weight=4, decay="linear").tolist() == [1, 2.5, 4]
    assert recency_weights(days, newest_weight=4, decay="exponential").tolist() == [1, 2, 4]
    assert recency_weights(days[:1], newest_weight=4, decay="exponential").tolist() == [1]


def test_the_lot_is_seeded_new_on_every_date_and_reaches_every_group() -> None:
    drawn = {random_model_group(PAST, metric="precision", seed=seed) for seed in range(60)}

    assert drawn == {"rising", "falling", "even", "wild"}
    assert len({random_model_group(PAST, metric="precision", seed=3) for _ in range(3)}) == 1
    days = pd.date_range("2025-01-01", periods=30)
    later = [PAST.assign(as_of_date=[day] * 12).drop_duplicates("model_group") for day in days]
    assert len({random_model_group(one, metric="precision", seed=3) for one in later}) > 1


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        (PAST.iloc[:0], "no figures"),
        (PAST.rename(columns={"precision": "auc"}), r"no column \['precision'\]"),
        (PAST.iloc[1:], "rising has no precision on 2025-01-01"),
        (pd.concat([PAST, PAST.iloc[[4]]]), "falling has two figures on 2025-02-01"),
    ],
)
def test_figures_that_cannot_be_compared_are_refused(broken: pd.DataFrame, complaint: str) -> None:
    with pytest.raises(FiguresError, match=complaint):
        best_average_value(broken, metric="precision")


def test_parameters_out_of_range_are_refused() -> None:
    with pytest.raises(FiguresError, match="never negative"):
        most_frequent_best_dist(PAST, metric="precision", within=-0.1)
    with pytest.raises(FiguresError, match="between 0 and 1"):
        best_average_two_metrics(PAST, metric="precision", other_metric="recall", weight=1.1)
    with pytest.raises(FiguresError, match="reward"):
        best_avg_var_penalized(PAST, metric="precision", penalty=-1)
    with pytest.raises(FiguresError, match="above 0"):
        best_avg_recency_weight(PAST, metric="precision", newest_weight=0)


def test_how_good_and_how_stable_each_group_was() -> None:
    lines = group_table(PAST, metric="precision", within=0.22).set_index("model_group")

    assert list(lines.index) == ["wild", "falling", "rising", "even"]
    even = lines.loc["even"]
    assert even["mean_regret"] == pytest.approx((0.21 + 0.51 + 0.21) / 3)
    assert (even["worst_regret"], even["sd"]) == pytest.approx((0.51, 0))
    assert (even["near_best"], even["times_best"]) == (pytest.approx(2 / 3), 0)
    assert lines.loc["rising", "times_best"] == 1


def test_the_curve_counts_dates_within_each_distance() -> None:
    curve = distance_curve(PAST, metric="precision", distances_up_to=[0, 0.3, 0.6])

    assert curve["even"].tolist() == pytest.approx([0, 2 / 3, 1])
    assert curve["rising"].tolist() == pytest.approx([1 / 3, 1 / 3, 1])


def test_a_rule_is_judged_on_the_date_after_what_it_saw() -> None:
    rules = {"best_current_value": standard_rules(metric="precision", other_metric=None, seed=1)["best_current_value"]}  # fmt: skip

    found = rule_regret(PAST, rules, metric="precision", known_after_days=0)

    # January's best, falling, is .46 behind in February; February's best, wild, .47 in March.
    assert found["model_group"].tolist() == ["falling", "wild"]
    assert found["regret"].tolist() == pytest.approx([0.46, 0.47])
    assert found["dates_seen"].tolist() == [1, 2]


def test_a_rule_sees_no_date_whose_labels_were_still_open() -> None:
    rules = standard_rules(metric="precision", other_metric="recall", seed=1)

    # 59 days from January to March, 28 from February.
    closed = rule_regret(PAST, rules, metric="precision", known_after_days=59)
    open_still = rule_regret(PAST, rules, metric="precision", known_after_days=60)

    assert set(closed["as_of_date"]) == {pd.Timestamp("2025-03-01")}
    assert set(closed["dates_seen"]) == {1}
    assert open_still.empty


def test_the_lot_is_judged_by_what_it_costs_on_average() -> None:
    rules = standard_rules(metric="precision", other_metric=None, seed=1)
    choices = rule_regret(PAST, rules, metric="precision", known_after_days=0)
    behind = distances(figures(PAST, "precision"))

    ranked = rule_table(choices, behind).set_index("rule")

    february, march = (0.5 + 0.46 + 0.51 + 0) / 4, (0 + 0.38 + 0.21 + 0.47) / 4
    assert ranked.loc[RANDOM, "mean_regret"] == pytest.approx((february + march) / 2)


def _long(values: dict[str, list[float]]) -> pd.DataFrame:
    days = pd.date_range("2025-01-01", periods=len(next(iter(values.values()))), freq="MS")
    lines = [
        (group, day, value, value)
        for group, figures_ in values.items()
        for day, value in zip(days, figures_, strict=True)
    ]
    return pd.DataFrame(lines, columns=["model_group", "as_of_date", "precision", "recall"])


def test_the_group_is_chosen_by_the_rule_that_lasted_and_not_by_the_best_month() -> None:
    # Two groups take turns at the top, so last month's best is always wrong; a third is nearly best always.
    up, down = [0.6, 0.2] * 4, [0.2, 0.6] * 4
    turns = _long({"odd": up, "even": down, "steady": [0.55] * 8})
    rules = standard_rules(metric="precision", other_metric="recall", seed=1)

    choice = choose(turns, rules, metric="precision", known_after_days=0)

    assert choice.firm
    assert choice.model_group == "steady"
    assert best_current_value(turns, metric="precision") == "even"
    regrets = choice.rules.set_index("rule")["mean_regret"]
    assert regrets["best_current_value"] == pytest.approx(0.4)
    assert regrets[choice.rule] == pytest.approx(regrets.min())
    assert choice.rule != RANDOM


def test_with_few_choices_no_rule_is_said_to_be_better() -> None:
    rules = standard_rules(metric="precision", other_metric=None, seed=1)
    short = _long({"a": [0.5] * FEW_CHOICES, "b": [0.4] * FEW_CHOICES})
    enough = _long({"a": [0.5] * (FEW_CHOICES + 1), "b": [0.4] * (FEW_CHOICES + 1)})

    choice = choose(short, rules, metric="precision", known_after_days=0)

    assert (choice.rule, choice.model_group, choice.firm) == ("best_average_value", "a", False)
    assert choose(enough, rules, metric="precision", known_after_days=0).firm


values_of_groups = st.integers(1, 3).flatmap(
    lambda dates: st.dictionaries(
        st.sampled_from("abcde"),
        st.lists(st.integers(0, 20).map(lambda n: n / 20), min_size=dates, max_size=dates),
        min_size=1,
        max_size=4,
    )
)


@settings(max_examples=8, deadline=None)
@given(values_of_groups, st.randoms(use_true_random=False), st.booleans())
def test_regret_is_never_negative_and_the_order_of_rows_changes_nothing(
    values: dict[str, list[float]], random: object, up: bool
) -> None:
    past = _long(values)
    rules = standard_rules(metric="precision", other_metric="recall", seed=1, higher_is_better=up)
    shuffled = past.sample(frac=1, random_state=random.randrange(2**31))  # type: ignore[attr-defined]

    behind = distances(figures(past, "precision"), higher_is_better=up)
    assert (behind.to_numpy() >= 0).all()
    assert (behind.min(axis="columns") == 0).all()
    assert {name: rule(past) for name, rule in rules.items()} == {
        name: rule(shuffled) for name, rule in rules.items()
    }
    mine = rule_regret(past, rules, metric="precision", known_after_days=0, higher_is_better=up)
    theirs = rule_regret(
        shuffled, rules, metric="precision", known_after_days=0, higher_is_better=up
    )
    pd.testing.assert_frame_equal(mine, theirs)
    assert (mine["regret"] >= 0).all()
