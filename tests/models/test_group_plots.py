"""The curves of model groups show the figures they are drawn from, best first."""

import pandas as pd

from models.plots.model_groups import distance_from_best, regret_of_rules
from models.regret import RANDOM, rule_regret, standard_rules

NAMED = {"outcome": "unmet need", "origin": "simulated district"}


def _figures() -> pd.DataFrame:
    days = pd.date_range("2025-01-01", periods=3, freq="MS")
    means = {"b_second": 0.3, "a_best": 0.4, **{f"c{n}": 0.1 for n in range(6)}}
    lines = [
        (group, day, mean + 0.01 * place, 0.5)
        for group, mean in means.items()
        for place, day in enumerate(days)
    ]
    return pd.DataFrame(lines, columns=["model_group", "as_of_date", "precision", "recall"])


def test_the_nearest_groups_are_named_and_the_rest_stay_grey() -> None:
    figure = distance_from_best(_figures(), metric="precision", **NAMED)

    [axes] = figure.axes
    named = [text.get_text() for text in axes.get_legend().get_texts()]
    assert named[:2] == ["a_best", "b_second"]
    assert len(named) == 6
    assert len(axes.lines) == 8
    best = next(line for line in axes.lines if line.get_label() == "a_best")
    assert set(best.get_ydata()) == {1.0}
    assert "simulated district" in axes.get_title(loc="left")


def test_every_rule_has_its_line_and_the_lot_is_grey() -> None:
    rules = standard_rules(metric="precision", other_metric="recall", seed=1)
    choices = rule_regret(_figures(), rules, metric="precision", known_after_days=0)

    figure = regret_of_rules(choices, metric="precision", **NAMED)

    [axes] = figure.axes
    assert {line.get_label() for line in axes.lines} == set(rules)
    drawn = next(line for line in axes.lines if line.get_label() == "best_average_value")
    assert list(drawn.get_ydata()) == [0, 0]
    assert axes.lines[0].get_label() == RANDOM
