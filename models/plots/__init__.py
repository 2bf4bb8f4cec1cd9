"""Figures people look at: each says in its title what to read, and in its subtitle where data come from."""

from models.plots.at_capacity import gain, policies, precision_and_recall, precision_at_capacity
from models.plots.influence import ablation, beeswarm, top_features
from models.plots.plan import split_plan
from models.plots.probabilities import calibration, score_distribution, score_drift
from models.plots.worth import capacity_value, yields

__all__ = [
    "ablation",
    "beeswarm",
    "calibration",
    "capacity_value",
    "gain",
    "policies",
    "precision_and_recall",
    "precision_at_capacity",
    "score_distribution",
    "score_drift",
    "split_plan",
    "top_features",
    "yields",
]
