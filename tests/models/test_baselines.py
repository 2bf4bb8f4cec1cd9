from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.baselines import AREA_PRIOR_ROWS, AreaMean, RandomOrder, baselines
from models.ordering import ranks
from models.rules.triggers import TriggerError, load_triggers
from tests.models.made_up import FEATURES, households
from tests.tables import table

RULES = """
triggers:
  - {id: high_spend, feature: spend_365d, op: ">=", value: 1000, order_by: spend_365d,
     from: 2020-01-01, source: "a notice", title_zh: 近一年自付医疗费超过1000元}
  - {id: high_spend, feature: spend_365d, op: ">=", value: 500, order_by: spend_365d,
     from: 2024-04-01, source: "its revision", title_zh: 近一年自付医疗费超过500元}
  - {id: low_wage, feature: wage_90d, op: "<", value: 2000, order_by: -wage_90d,
     from: 2020-01-01, source: "a notice", title_zh: 工资低于2000元}
  - {id: lost_job, feature: job_lost, op: "==", value: true,
     from: 2020-01-01, source: "a notice", title_zh: 近期失业}
  - {id: rents, feature: tenure, op: in, value: [private, public],
     from: 2020-01-01, source: "a notice", title_zh: 租房居住}
  - {id: elsewhere, feature: noise, op: ">", value: 0, region: far_away,
     from: 2020-01-01, source: "a notice", title_zh: 外地规则}
rules_of_thumb:
  - {id: office, title: What the office adds up, points: [
      {trigger: high_spend, points: 2}, {trigger: lost_job, points: 1}]}
"""

ROWS = table("""
    household_id | as_of_date | spend_365d | wage_90d | job_lost | tenure  | noise
    -------------+------------+------------+----------+----------+---------+------
    over         | 2024-03-31 | 1000.0     | 1999.5   | true     | private | 1.5
    under        | 2024-03-31 | 999.5      | 2000.0   | false    | owned   | 1.5
    unknown      | 2024-03-31 | ?          | ?        | ?        | ?       | ?
    after_change | 2024-04-01 | 999.5      | 100.5    | false    | public  | 1.5
    """)


@pytest.fixture
def rules_file(tmp_path: Path) -> Path:
    path = tmp_path / "triggers.yaml"
    path.write_text(RULES, "utf-8")
    return path


def test_triggers_fire_on_the_boundary_as_of_the_rows_own_date(rules_file: Path) -> None:
    rules = load_triggers(rules_file, features=FEATURES, region="here")

    fired = rules.fired(ROWS).set_index(ROWS["household_id"])

    assert list(fired) == ["high_spend", "low_wage", "lost_job", "rents"]
    assert fired["high_spend"].tolist() == [True, False, False, True]
    assert fired["low_wage"].tolist() == [True, False, False, True]
    assert fired["lost_job"].tolist() == [True, False, False, False]
    assert fired["rents"].tolist() == [True, False, False, True]


def test_unknown_is_never_fired_under_any_operator(tmp_path: Path) -> None:
    lines = [
        f"  - {{id: t{place}, feature: spend_365d, op: '{op}', value: 0, from: 2020-01-01,"
        " source: s, title_zh: t}"
        for place, op in enumerate((">=", ">", "<=", "<", "=="))
    ]
    path = tmp_path / "triggers.yaml"
    path.write_text("triggers:\n" + "\n".join(lines), "utf-8")
    rules = load_triggers(path, features=FEATURES, region="here")

    fired = rules.fired(ROWS)

    assert not fired.iloc[2].any()
    assert fired.iloc[0].tolist() == [True, True, False, False, False]


def test_fired_come_first_ordered_and_the_rest_are_tied(rules_file: Path) -> None:
    rules = load_triggers(rules_file, features=FEATURES, region="here")
    rows = table("""
        household_id | as_of_date | spend_365d | wage_90d
        -------------+------------+------------+---------
        small        | 2024-01-01 | 1000.5     | 1500.5
        large        | 2024-01-01 | 90000.5    | 500.5
        larger       | 2024-01-01 | 90001.5    | 9000.5
        not_fired    | 2024-01-01 | 900.5      | 9000.5
        unknown      | 2024-01-01 | ?          | ?
        """)

    by_spend = rules.score_trigger(rows, "high_spend")
    by_wage = rules.score_trigger(rows, "low_wage")

    assert by_spend[2] > by_spend[1] > by_spend[0] >= 1
    assert by_spend[3] == by_spend[4] == 0
    assert by_wage[1] > by_wage[0] >= 1


def test_signals_of_our_own_are_not_named_as_published_triggers(tmp_path: Path) -> None:
    path = tmp_path / "triggers.yaml"
    path.write_text(
        """
triggers:
  - {id: theirs, feature: noise, op: ">", value: 1, from: 2020-01-01, source: s, title_zh: t}
  - {id: ours, feature: noise, op: ">", value: 2, from: 2020-01-01, source: s, title_zh: t,
     published: false}
""",
        "utf-8",
    )
    rules = load_triggers(path, features=FEATURES, region="here")

    names = [policy.name for policy in baselines(households(50), rules=rules, seed=1)]

    assert names == ["random", "area_mean", "trigger:theirs", "signal:ours"]


def test_points_add_up(rules_file: Path) -> None:
    rules = load_triggers(rules_file, features=FEATURES, region="here")

    assert rules.score_rule(ROWS, "office").tolist() == [3, 0, 0, 2]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("feature: spendd_365d, op: '>', value: 1", "did you mean 'spend_365d'"),
        ("feature: spend_365d, op: '=>', value: 1", "unknown op"),
        ("feature: spend_365d, op: '>', value: many", "needs op '=='"),
        ("feature: tenure, op: '>', value: 1", "does not fit tenure"),
        ("feature: spend_365d, op: in, value: [a]", "needs a list of values and a category"),
        ("feature: spend_365d, op: '>', value: 1, ordr_by: noise", "unknown key"),
        ("feature: spend_365d, op: '>', value: 1, order_by: tenure", "order by the category"),
    ],
)
def test_a_trigger_that_cannot_be_vouched_for_is_refused(
    tmp_path: Path, line: str, complaint: str
) -> None:
    path = tmp_path / "triggers.yaml"
    path.write_text(
        f"triggers: [{{id: t, {line}, from: 2020-01-01, source: s, title_zh: t}}]", "utf-8"
    )
    with pytest.raises(TriggerError, match=complaint):
        load_triggers(path, features=FEATURES, region="here")


def test_a_trigger_without_source_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "triggers.yaml"
    path.write_text(
        "triggers: [{id: t, feature: noise, op: '>', value: 1, from: 2020-01-01, title_zh: t}]",
        "utf-8",
    )
    with pytest.raises(TriggerError, match="'source'"):
        load_triggers(path, features=FEATURES, region="here")


def test_area_mean_knows_training_rows_only() -> None:
    train = pd.DataFrame(
        {"area_id": ["g1"] * 100 + ["g2"] * 100, "label": [1.0] * 50 + [0.0] * 150}
    )
    test = pd.DataFrame({"area_id": ["g1", "g2", "new", None], "label": [0.0, 1.0, 1.0, 1.0]})

    scores = AreaMean.fit(train).score(test)

    overall = 0.25
    assert scores[0] == (50 + AREA_PRIOR_ROWS * overall) / (100 + AREA_PRIOR_ROWS)
    assert scores[1] == AREA_PRIOR_ROWS * overall / (100 + AREA_PRIOR_ROWS)
    assert scores[2] == scores[3] == overall
    relabelled = test.assign(label=1 - test["label"])
    assert np.array_equal(AreaMean.fit(train).score(relabelled), scores)


def test_area_mean_leaves_unknown_labels_out() -> None:
    train = pd.DataFrame({"area_id": ["g1", "g1", "g2"], "label": [1.0, np.nan, 0.0]})

    assert AreaMean.fit(train).overall == 0.5


def test_random_order_is_drawn_anew_on_every_date_and_repeats_with_its_seed() -> None:
    rows = households(500, dates=[date(2024, 1, 1), date(2024, 2, 1)])

    scores = RandomOrder(1).score(rows)

    assert np.array_equal(scores, RandomOrder(1).score(rows))
    assert abs(np.corrcoef(scores[:500], scores[500:])[0, 1]) < 0.15
    assert abs(scores.mean() - 0.5) < 0.05


def test_no_policy_cares_about_the_order_of_rows(rules_file: Path) -> None:
    rules = load_triggers(rules_file, features=FEATURES, region="here")
    train, rows = households(500, seed=1), households(500, seed=2)
    shuffled = rows.sample(frac=1, random_state=3)

    for policy in baselines(train, rules=rules, seed=4):
        scores = pd.Series(policy.score(rows), index=rows["household_id"])
        again = pd.Series(policy.score(shuffled), index=shuffled["household_id"])
        pd.testing.assert_series_equal(again.loc[scores.index], scores, check_exact=True)
        ranked = pd.Series(ranks(rows, policy.score(rows), seed=5), index=rows["household_id"])
        again = pd.Series(
            ranks(shuffled, policy.score(shuffled), seed=5), index=shuffled["household_id"]
        )
        pd.testing.assert_series_equal(again.loc[ranked.index], ranked)
