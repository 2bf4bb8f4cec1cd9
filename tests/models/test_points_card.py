"""A rule of thumb as a model: the same points, from any operator, on both sides of every threshold."""

from datetime import date
from math import log
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.learners.reading import read_model
from models.points_card import ODDS_PER_POINT, NoPoints, points_card, uncalibrated
from models.rules.rule_book import RuleBook
from models.rules.triggers import load_triggers
from tests.models.made_up import FEATURES, households

DAY = date(2024, 3, 1)
TRIGGERS = """
triggers:
  - {id: spends, feature: spend_365d, op: ">=", value: 3000.7, from: 2024-01-01, source: s, title_zh: 花}
  - {id: spends_more, feature: spend_365d, op: ">", value: 9000, from: 2024-01-01, source: s, title_zh: 花}
  - {id: owes, feature: arrears_90d, op: "==", value: 2, from: 2024-01-01, source: s, title_zh: 欠}
  - {id: earns_little, feature: wage_90d, op: "<=", value: 2000, from: 2024-01-01, source: s, title_zh: 少}
  - {id: earns_less, feature: wage_90d, op: "<", value: 1500.3, from: 2024-01-01, source: s, title_zh: 少}
  - {id: lost_job, feature: job_lost, op: "==", value: true, from: 2024-01-01, source: s, title_zh: 失}
  - {id: rents, feature: tenure, op: in, value: [private, shared], from: 2024-01-01, source: s, title_zh: 租}
rules_of_thumb:
  - id: office
    title: What an office would add up
    points:
      - {trigger: spends, points: 2}
      - {trigger: spends_more, points: 3}
      - {trigger: owes, points: 1}
      - {trigger: earns_little, points: 2}
      - {trigger: earns_less, points: 1}
      - {trigger: lost_job, points: 4}
      - {trigger: rents, points: 1}
"""


@pytest.fixture
def rules(tmp_path: Path) -> RuleBook:
    path = tmp_path / "triggers.yaml"
    path.write_text(TRIGGERS, "utf-8")
    return load_triggers(path, features=FEATURES, region="cn.default")


def test_it_adds_up_the_same_points_as_the_rule(rules: RuleBook) -> None:
    rows = households(500, seed=3)
    card = points_card(rules, "office", features=FEATURES, households=rows, as_of_date=DAY)
    other = households(800, seed=4)

    points = (card.log_odds(other) - card.intercept) / log(ODDS_PER_POINT)

    assert np.allclose(points, rules.score_rule(other, "office"))
    assert len(set(np.round(points))) > 8


@pytest.mark.parametrize(
    ("feature", "value", "points"),
    [
        ("spend_365d", 3000.6, 0),
        ("spend_365d", 3000.7, 2),
        ("spend_365d", 9000.0, 2),
        ("spend_365d", 9000.01, 5),
        ("arrears_90d", 1, 0),
        ("arrears_90d", 2, 1),
        ("arrears_90d", 3, 0),
        ("wage_90d", 2000.01, 0),
        ("wage_90d", 2000.0, 2),
        ("wage_90d", 1500.4, 2),
        ("wage_90d", 1500.2, 3),
        ("job_lost", False, 0),
        ("job_lost", True, 4),
        ("tenure", "private", 1),
        ("tenure", "shared", 1),
        ("tenure", "owned", 0),
    ],
)
def test_both_sides_of_every_threshold(
    rules: RuleBook, feature: str, value: object, points: int
) -> None:
    rows = households(200, seed=3)
    card = points_card(rules, "office", features=FEATURES, households=rows, as_of_date=DAY)
    unknown = pd.DataFrame({name: [None] for name in card.encoding.names}, dtype="object")

    one = unknown.assign(**{feature: [value]})

    assert card.log_odds(unknown)[0] == card.intercept
    found = (card.log_odds(one)[0] - card.intercept) / log(ODDS_PER_POINT)
    assert found == pytest.approx(points)


def test_it_is_read_again_from_its_text_and_explains_itself(rules: RuleBook) -> None:
    rows = households(300, seed=3)
    card = points_card(rules, "office", features=FEATURES, households=rows, as_of_date=DAY)

    again = read_model("scorecard", card.encoding, card.texts())

    assert np.array_equal(again.log_odds(rows), card.log_odds(rows))
    assert np.allclose(card.contributions(rows).sum(axis=1), card.log_odds(rows))
    assert uncalibrated().apply(card.predict(rows)) == pytest.approx(card.predict(rows))
    assert uncalibrated().rows == 0


def test_an_unknown_rule_is_refused(rules: RuleBook) -> None:
    with pytest.raises(NoPoints, match=r"no rule of thumb 'offce'; there are \['office'\]"):
        points_card(rules, "offce", features=FEATURES, households=households(10), as_of_date=DAY)
