from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from models import plots
from models.artefact import Band
from models.curves import precision_curve
from models.evaluation import evaluate
from models.learners.trees import LearnedModel
from models.splits import given_split
from models.top_of_list import Capacity
from tests.models.made_up import households

WORDS = {"outcome": "unmet_need_180d", "origin": "simulated district"}


@pytest.fixture(scope="module")
def figures(model: LearnedModel) -> dict[str, Figure]:
    rows = households(1000, seed=3)
    scores = {"model": model.predict(rows), "random": np.linspace(0, 1, 1000)}
    evaluation = evaluate(
        rows,
        scores,
        capacities=[Capacity(share=0.05)],
        seed=1,
        draws=20,
        probabilities=["model"],
    )
    curves = {
        name: precision_curve(rows, values, shares=[0.01, 0.05, 0.2, 1])
        for name, values in scores.items()
    }
    base_rate = evaluation.base_rate
    split = given_split(
        train_dates=[date(2024, 1, 1), date(2024, 2, 1)],
        test_dates=[date(2024, 9, 1)],
        label_window_days=180,
    )
    return {
        "precision": plots.precision_at_capacity(
            curves, capacity_share=0.05, base_rate=base_rate, **WORDS
        ),
        "policies": plots.policies(evaluation, capacity="5%", **WORDS),
        "calibration": plots.calibration({"model": evaluation["model"].reliability}, **WORDS),
        "gain": plots.gain(curves, base_rate=base_rate, **WORDS),
        "features": plots.top_features(model.gains(), model.contributions(rows.head(50)), **WORDS),
        "scores": plots.score_distribution(
            scores["model"], rows["label"], bands=[Band("high", 0.3), Band("low", 0.0)], **WORDS
        ),
        "splits": plots.split_plan([split], **WORDS),
    }


def test_every_figure_says_what_to_read_and_where_data_come_from(
    figures: dict[str, Figure], tmp_path: Path
) -> None:
    for name, figure in figures.items():
        assert len(figure.get_suptitle()) > 20, name
        assert figure.axes[0].get_title(loc="left") == "unmet_need_180d, simulated district", name
        figure.savefig(tmp_path / f"{name}.png")
        assert (tmp_path / f"{name}.png").stat().st_size > 5000


def test_the_curve_of_precision_is_the_one_computed(
    figures: dict[str, Figure], model: LearnedModel
) -> None:
    rows = households(1000, seed=3)
    curve = precision_curve(rows, model.predict(rows), shares=[0.01, 0.05, 0.2, 1])

    drawn = figures["precision"].axes[0].lines[0]

    assert np.allclose(drawn.get_xydata(), curve[["share", "precision"]])


def test_policies_are_drawn_with_the_best_on_top(figures: dict[str, Figure]) -> None:
    axes = figures["policies"].axes[0]

    assert [label.get_text() for label in axes.get_yticklabels()] == ["random", "model"]


def test_between_decades_shares_are_percentages_too() -> None:
    drift = pd.DataFrame(
        {
            "as_of_date": pd.to_datetime(["2025-11-01", "2025-12-01"]),
            **{name: [value, value] for name, value in _LEVELS.items()},
        }
    )
    figure = plots.score_drift(drift, outcome="need", origin="made up")
    figure.canvas.draw()

    axis = figure.axes[0].yaxis
    told = [
        label.get_text() for label in (*axis.get_majorticklabels(), *axis.get_minorticklabels())
    ]
    assert any(told)
    assert all(text.endswith("%") for text in told if text)


_LEVELS = {"mean": 0.06, "q50": 0.03, "q90": 0.16, "q99": 0.41, "observed": 0.06, "psi": 0.0}
