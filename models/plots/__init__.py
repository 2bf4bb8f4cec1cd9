"""Figures people look at: each says in its title what to read, and in its subtitle where data come from."""

from models.plots.at_capacity import gain, policies, precision_at_capacity
from models.plots.influence import top_features
from models.plots.plan import split_plan
from models.plots.probabilities import calibration, score_distribution

__all__ = [
    "calibration",
    "gain",
    "policies",
    "precision_at_capacity",
    "score_distribution",
    "split_plan",
    "top_features",
]
