"""Who is missed: plain counts, both sides of the 96, paired gaps, hidden cells, and what to do with a group of one."""

import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import MetricFrame, false_negative_rate, false_positive_rate

from features.groups.composition import GROUP as COMPOSITION
from features.groups.disability import GROUP as DISABILITY
from features.matrix_contract import MatrixRefused
from models.fairness.desk import group_metrics, visited_shares
from models.fairness.groups import ATTRIBUTES, Attribute, NobodyToCompare, as_named, groups_of
from models.fairness.plot import missed_by_group
from models.fairness.proxies import proxies
from models.fairness.rates import UNKNOWN, Question, gaps, group_rates
from models.fairness.report import who_is_missed
from models.fairness.small_cells import HIDDEN, hidden
from models.resampling import wilson
from models.top_of_list import Capacity


def made_up(
    rows: int = 2000, *, unfair: float = 0.0
) -> tuple[pd.DataFrame, np.ndarray, pd.DataFrame]:
    draw = np.random.default_rng(12)
    need = (draw.random(rows) < 0.2).astype(float)
    group = draw.choice(["here", "elsewhere"], rows)
    scores = need + draw.normal(size=rows) - unfair * (group == "elsewhere")
    frame = pd.DataFrame(
        {
            "household_id": [f"h{number}" for number in range(rows)],
            "as_of_date": pd.Timestamp("2026-01-01"),
            "truth": need,
            "label": need,
            "label_source": np.where(draw.random(rows) < 0.3, "unreached", "visit"),
        }
    )
    return frame, scores, pd.DataFrame({"hukou": group})


def question(labels: np.ndarray, visited: np.ndarray) -> Question:
    return Question(labels, visited, np.ones(len(labels)), np.arange(len(labels)))


def test_every_rate_is_what_plain_counting_gives() -> None:
    frame, scores, groups = made_up()
    report = who_is_missed(frame, scores, groups, capacity=Capacity(share=0.1), seed=1)
    visited = scores >= np.sort(scores)[-200]
    need = frame["truth"].to_numpy() == 1
    for one in report.rates["truth"]:
        here = (groups["hukou"] == one.group).to_numpy()
        assert (one.rows, one.positives) == (here.sum(), (here & need).sum())
        assert one.visited.value == pytest.approx(visited[here].mean())
        assert one.missed is not None
        missed = (here & need & ~visited).sum()
        plain = wilson(missed, of=(here & need).sum())
        assert one.missed.value == pytest.approx(plain.value)
        assert (one.missed.low, one.missed.high) == (
            pytest.approx(plain.low),
            pytest.approx(plain.high),
        )
        assert one.visited_without_need is not None
        assert one.visited_without_need.value == pytest.approx(
            (here & ~need & visited).sum() / (here & ~need).sum()
        )
        met = (frame["label_source"] == "unreached").to_numpy()[here].mean()
        told = next(other for other in report.unreached if other.group == one.group)
        assert told.share.value == pytest.approx(met)


@pytest.mark.parametrize(("positives", "told"), [(95, False), (96, True)])
def test_a_share_missed_is_told_from_96_households_in_need_on(positives: int, told: bool) -> None:
    labels = np.r_[np.ones(positives), np.zeros(100)]
    groups = pd.DataFrame({"street": ["a"] * len(labels)})
    (one,) = group_rates(question(labels, np.zeros(len(labels))), groups)
    assert (one.missed is not None) == told
    assert (one.advice == "") == told
    if not told:
        assert "1 fewer than it takes" in one.advice


def test_a_household_judged_on_two_dates_is_one_household_in_need() -> None:
    labels = np.ones(96)
    twice = Question(labels, np.zeros(96), np.ones(96), np.repeat(np.arange(48), 2))
    (one,) = group_rates(twice, pd.DataFrame({"street": ["a"] * 96}))
    assert (one.positives, one.missed) == (48, None)


def test_unequal_propensities_are_undone() -> None:
    labels, visited = np.ones(200), np.r_[np.ones(100), np.zeros(100)]
    weights = np.r_[np.full(100, 1.0), np.full(100, 3.0)]
    groups = pd.DataFrame({"street": ["a"] * 200})
    (one,) = group_rates(Question(labels, visited, weights, np.arange(200)), groups)
    assert one.missed is not None
    assert one.missed.value == pytest.approx(0.75)


def test_a_gap_that_is_there_is_more_than_noise_and_one_that_is_not_may_be_noise() -> None:
    for unfair, words in ((2.0, "more than noise"), (0.0, "this may be noise")):
        frame, scores, groups = made_up(unfair=unfair)
        report = who_is_missed(frame, scores, groups, capacity=Capacity(share=0.1), seed=1)
        (gap,) = report.gaps["truth"]
        assert words in gap.sentence
        worst = next(one for one in report.rates["truth"] if one.group == gap.worst)
        assert worst.missed_apart is not None
        assert (worst.missed_apart.low > 0) == (unfair > 0)


def test_those_nobody_could_place_are_a_group_and_a_group_of_one_gets_a_sentence() -> None:
    frame, scores, groups = made_up()
    groups.loc[:4, "hukou"] = None
    groups["street"] = ["lonely"] + ["full"] * (len(groups) - 1)
    report = who_is_missed(frame, scores, groups, capacity=Capacity(share=0.1), seed=1)
    assert UNKNOWN in [one.group for one in report.rates["truth"]]
    assert any("is one household" in note and "join it" in note for note in report.notes)


def test_a_question_everybody_answers_alike_says_so() -> None:
    frame, scores, groups = made_up()
    report = who_is_missed(
        frame, scores, groups.assign(hukou="here"), capacity=Capacity(share=0.1), seed=1
    )
    assert any("nobody to compare with" in note for note in report.notes)
    assert "cannot tell" in report.gaps["truth"][0].sentence


def test_without_any_answer_it_refuses_and_says_what_to_give() -> None:
    frame, scores, groups = made_up()
    unknown = frame.drop(columns=["truth", "label"])
    with pytest.raises(ValueError, match="give the truth of a simulated district"):
        who_is_missed(unknown, scores, groups, capacity=Capacity(share=0.1), seed=1)


def test_a_score_that_stands_for_a_group_fails_and_a_small_group_cannot_be_told() -> None:
    draw = np.random.default_rng(9)
    group = np.array(["a"] * 200 + ["b"] * 95 + ["c"] * 96)
    scores = draw.normal(size=391) + 2.0 * (group == "c")
    found = {one.group: one for one in proxies(scores, pd.DataFrame({"x": group}), np.arange(391))}
    assert [found[name].verdict for name in "abc"] == ["fail", "cannot tell", "fail"]
    flat = proxies(draw.normal(size=391), pd.DataFrame({"x": group}), np.arange(391))
    assert {one.verdict for one in flat} == {"pass", "cannot tell"}


def test_small_cells_are_hidden_and_so_is_what_would_give_them_away() -> None:
    frame, scores, groups = made_up()
    groups["street"] = np.repeat(["nine", "ten", "next", "rest"], [9, 10, 100, 1881])
    report = who_is_missed(frame, scores, groups, capacity=Capacity(share=0.1), seed=1)
    shown = (
        hidden(report.table()).query("answer == 'truth' and column == 'street'").set_index("group")
    )
    assert list(shown.loc[["nine", "ten"], "households"]) == [HIDDEN, HIDDEN]
    assert shown.loc["next", "households"] == 100
    assert shown.loc["nine", ["visited", "missed", "proxy_auc"]].isna().all()
    assert shown.loc["rest", "missed"] is not None
    figure = missed_by_group(report, origin="truth", outcome="made up")
    assert "street: nine" in [text.get_text() for text in figure.axes[0].get_yticklabels()]


def test_groups_come_from_declared_features_and_nothing_else() -> None:
    rows = pd.DataFrame(
        {
            "area_id": ["g1", "g2", None],
            "household_head_age": pd.array([34, 35, None], dtype="Int64"),
            "household_head_sex": ["f", None, "m"],
            "household_members_hukou_elsewhere": [0, 1, 2],
            "household_size": [1, 2, 5],
            "disability_members": [0, 1, 0],
        }
    )
    found = groups_of(rows, [COMPOSITION, DISABILITY], streets={"g1": "North", "g2": "South"})
    assert list(
        found["age_of_head"].astype("object").where(found["age_of_head"].notna(), None)
    ) == ["under 35", "35-59", None]
    assert list(found["hukou"]) == [
        "all registered here",
        "somebody registered elsewhere",
        "somebody registered elsewhere",
    ]
    assert list(found["household_size"]) == ["1", "2", "5 or more"]
    assert list(found["street"].dropna()) == ["North", "South"]
    assert "thin_file" not in found
    with pytest.raises(NobodyToCompare, match="no groups to report on"):
        groups_of(rows.drop(columns="area_id"), [], streets=None)


def test_a_feature_declared_for_rules_is_refused_as_a_group() -> None:
    from features.groups.rule_facts import GROUP

    feature = next(one.name for one in GROUP.features if one.purpose == "decide_rules")
    rows = pd.DataFrame({feature: [1, 2]})
    with pytest.raises(MatrixRefused, match="a report on groups"):
        groups_of(rows, [GROUP], streets=None, attributes=[Attribute("x", feature, as_named)])


def test_every_question_of_the_district_has_a_declared_feature() -> None:
    from features.district import DISTRICT

    known = {feature.name for feature in DISTRICT.features}
    assert [one.name for one in ATTRIBUTES if one.feature not in known] == []


def test_gaps_need_two_groups_that_can_be_told() -> None:
    labels = np.r_[np.ones(96), np.ones(10)]
    groups = pd.DataFrame({"street": ["a"] * 96 + ["b"] * 10})
    asked = question(labels, np.zeros(106))
    (gap,) = gaps(asked, groups, group_rates(asked, groups))
    assert gap.missed is None
    assert "cannot tell" in gap.sentence


def test_rates_of_cells_are_those_fairlearn_gives_of_every_row() -> None:
    drawn = np.random.default_rng(5)
    labels, visited = (drawn.random(400) < 0.3) * 1.0, (drawn.random(400) < 0.2) * 1.0
    groups = drawn.choice(["a", "b", "c"], 400)
    weights = 1 / drawn.choice([0.01, 0.2, 1.0], 400)
    rows = MetricFrame(
        metrics={"missed": false_negative_rate, "visited_without_need": false_positive_rate},
        y_true=labels.astype(int),
        y_pred=visited.astype(int),
        sensitive_features=groups,
        sample_params={
            name: {"sample_weight": weights} for name in ("missed", "visited_without_need")
        },
    ).by_group

    found = group_metrics(labels, visited, groups, weights=weights)

    for name in rows.columns:
        assert found[name].to_dict() == pytest.approx(rows[name].to_dict(), abs=1e-12)
    assert visited_shares(visited, groups) == pytest.approx(
        {name: visited[groups == name].mean() for name in "abc"}, abs=1e-15
    )
