from datetime import date

import pandas as pd
import pytest

from features.registry import FeatureGroup
from models.reasons import Explanation, FeedState, explain, format_value
from models.rules.triggers import RuleBook, Trigger
from tests.models.made_up import feature
from tests.tables import table

MEDICAL = FeatureGroup(
    name="medical",
    title="Medical",
    sensitivity="S3",
    sources=("settlements",),
    evidence=("last_bill_on",),
    build=lambda view: view.spine,
    features=(
        feature(
            "spend_365d", phrase="近一年自付医疗费{value}元", dated_by="last_bill_on", monotone=1
        ),
        feature("stays_365d", dtype="integer", unit="stays", phrase="近一年住院{value}次"),
        feature("burden_365d", unit="share", phrase="自付医疗费占收入的{value}"),
    ),
)
WORK = FeatureGroup(
    name="work",
    title="Work",
    sensitivity="S3",
    sources=("insurance",),
    build=lambda view: view.spine,
    features=(
        feature(
            "wage_90d",
            phrase="最近三个月人均工资{value}元",
            phrase_unknown="没有工资记录",
            worrying="low",
        ),
        feature("lost_job", dtype="boolean", unit="yes/no", phrase="近期失业"),
        feature("tenure", dtype="category", unit="class", phrase="住房性质为{value}"),
        feature("unspoken"),
    ),
)
# Even steps from 0 to 2000, but most households spend nothing on stays.
QUANTILES = {
    "spend_365d": [100.0 * step for step in range(21)],
    "stays_365d": [0.0] * 18 + [1.0, 1.0, 3.0],
    "burden_365d": [0.05 * step for step in range(21)],
    "wage_90d": [500.0 * step for step in range(21)],
    "unspoken": [float(step) for step in range(21)],
}
RULES = RuleBook(
    {
        "high_spend": (
            Trigger(
                trigger_id="high_spend",
                feature="spend_365d",
                op=">=",
                value=1000,
                valid_from=date(2020, 1, 1),
                source="a notice",
                title_zh="近一年自付医疗费超过1000元",
            ),
        )
    },
    (),
)
FEEDS = {
    "settlements": FeedState("医保", date(2024, 5, 31)),
    "insurance": FeedState("人社", date(2024, 4, 30)),
}


def one(
    *, values: dict[str, object], pushed: dict[str, float], feeds: dict[str, FeedState] = FEEDS
) -> Explanation:
    """Explain one household on 2024-07-01; what is not given is unknown and pushes nothing."""
    names = [known.name for group in (MEDICAL, WORK) for known in group.features]
    row = {name: values.get(name) for name in [*names, "last_bill_on"]}
    rows = pd.DataFrame([{"household_id": "h1", "as_of_date": date(2024, 7, 1), **row}])
    contributions = pd.DataFrame(
        [{name: pushed.get(name, 0.0) for name in names}], index=pd.Index(["h1"])
    )
    [found] = explain(
        rows,
        contributions,
        groups=(MEDICAL, WORK),
        quantiles=QUANTILES,
        rules=RULES,
        feeds=feeds,
    )
    return found


def test_themes_take_turns_and_three_are_said() -> None:
    found = one(
        values={
            "spend_365d": 1900.0,
            "stays_365d": 2,
            "burden_365d": 0.95,
            "lost_job": True,
            "last_bill_on": date(2024, 5, 3),
        },
        pushed={"spend_365d": 0.9, "stays_365d": 0.8, "burden_365d": 0.7, "lost_job": 0.1},
    )

    assert [reason.text for reason in found.reasons] == [
        "近一年自付医疗费1900元",
        "近期失业",
        "近一年住院2次",
    ]


def test_a_reason_is_dated_by_its_event_or_by_how_far_the_data_reach() -> None:
    found = one(
        values={"spend_365d": 1900.0, "lost_job": True, "last_bill_on": date(2024, 5, 3)},
        pushed={"spend_365d": 0.9, "lost_job": 0.1},
    )

    spend, job = found.reasons
    assert (spend.on, spend.dated, spend.departments) == (date(2024, 5, 3), "event", ("医保",))
    assert (job.on, job.dated, job.departments) == (date(2024, 4, 30), "data_until", ("人社",))


def test_what_lowered_the_score_or_is_usual_is_not_said() -> None:
    found = one(
        values={"spend_365d": 900.0, "stays_365d": 0, "wage_90d": 9900.0, "lost_job": False},
        pushed={"spend_365d": 0.9, "stays_365d": 0.9, "wage_90d": 0.9, "lost_job": 0.9},
    )
    assert found.reasons == ()

    pushed_down = one(values={"lost_job": True}, pushed={"lost_job": -0.1})
    assert pushed_down.reasons == ()


def test_a_low_wage_is_a_reason_and_a_high_one_is_not() -> None:
    [low] = one(values={"wage_90d": 800.0}, pushed={"wage_90d": 0.2}).reasons
    assert low.text == "最近三个月人均工资800元"
    assert one(values={"wage_90d": 9000.0}, pushed={"wage_90d": 0.2}).reasons == ()


def test_a_rule_speaks_up_when_the_model_has_too_little_to_say() -> None:
    found = one(
        values={"spend_365d": 1100.0, "lost_job": True},
        pushed={"spend_365d": -0.2, "lost_job": 0.3},
    )

    assert [(reason.origin, reason.text) for reason in found.reasons] == [
        ("model", "近期失业"),
        ("rule", "近一年自付医疗费超过1000元"),
    ]


def test_a_rule_does_not_repeat_a_feature_already_named() -> None:
    found = one(values={"spend_365d": 1900.0}, pushed={"spend_365d": 0.9})

    assert [reason.origin for reason in found.reasons] == ["model"]


def test_what_has_no_sentence_or_only_a_code_is_never_shown() -> None:
    found = one(
        values={"unspoken": 19.0, "tenure": "public_rental"}, pushed={"unspoken": 2, "tenure": 2}
    )
    assert found.reasons == ()

    [spoken] = one(values={"tenure": "公租房"}, pushed={"tenure": 2}).reasons
    assert spoken.text == "住房性质为公租房"


def test_the_unknown_that_moved_the_score_most_is_the_uncertainty() -> None:
    found = one(values={}, pushed={"wage_90d": -0.5, "spend_365d": 0.9})

    assert (found.uncertainty.text, found.uncertainty.feature) == (
        "没有工资记录，请当面了解",
        "wage_90d",
    )


def test_a_silent_feed_is_named_with_its_department_and_date() -> None:
    silent = {**FEEDS, "insurance": FeedState("人社", date(2024, 1, 31), is_silent=True)}

    found = one(values={}, pushed={"wage_90d": -0.5}, feeds=silent)

    assert found.uncertainty.feed == "insurance"
    assert found.uncertainty.text == "人社数据2024年1月31日后没有更新，相关情况不明，请当面了解"


def test_with_everything_known_the_reach_of_the_data_is_the_uncertainty() -> None:
    everything = {
        "spend_365d": 1.0,
        "stays_365d": 0,
        "burden_365d": 0.1,
        "wage_90d": 9000.0,
        "lost_job": False,
        "tenure": "owned",
        "unspoken": 1.0,
    }

    found = one(values=everything, pushed={})

    assert found.uncertainty.text == "部分数据只到2024年4月30日，之后的变化请当面核实"


def test_every_household_gets_its_own_contributions() -> None:
    rows = table("""
        household_id | as_of_date | spend_365d | lost_job | last_bill_on
        -------------+------------+------------+----------+-------------
        h1           | 2024-07-01 | 1900.5     | false    | 2024-05-03
        h2           | 2024-07-01 | 1900.5     | true     | ?
        """)
    contributions = table("""
        household_id | spend_365d | lost_job
        -------------+------------+---------
        h2           | -0.5       | 0.5
        h1           | 0.5        | -0.5
        """).set_index("household_id")

    found = explain(
        rows,
        contributions,
        groups=(MEDICAL, WORK),
        quantiles=QUANTILES,
        rules=RuleBook({}, ()),
        feeds=FEEDS,
    )

    assert [one.household_id for one in found] == ["h1", "h2"]
    assert [[reason.feature for reason in one.reasons] for one in found] == [
        ["spend_365d"],
        ["lost_job"],
    ]


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        (12345.6, "yuan", "12346"),
        (99.95, "m2", "100.0"),
        (12.34, "m2", "12.3"),
        (3, "members", "3"),
        (3.0, "members", "3"),
        (0.354, "share", "35%"),
        (-0.4, "share", "-40%"),
        ("public_rental", "class", None),
        ("公租房", "class", "公租房"),
    ],
)
def test_values_are_written_as_people_read_them(
    value: object, unit: str, written: str | None
) -> None:
    assert format_value(value, unit=unit) == written
