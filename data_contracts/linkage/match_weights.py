"""What a trained model says of a pair, level by level: the numbers behind a chart."""

from collections.abc import Mapping
from math import log2
from typing import Any

from data_contracts.linkage.levels import COMPARISONS, Settings


def weights(settings: Settings) -> list[dict[str, Any]]:
    """Return one record per comparison level: comparison, label, gamma, m, u, weight (log2 of m over u)."""
    records = []
    for comparison in settings["comparisons"]:
        levels = [one for one in comparison["comparison_levels"] if not one.get("is_null_level")]
        for place, level in enumerate(levels):
            m, u = level["m_probability"], level["u_probability"]
            records.append(
                {
                    "comparison": comparison["output_column_name"],
                    "label": level["label_for_charts"],
                    "gamma": len(levels) - 1 - place,
                    "m": m,
                    "u": u,
                    "weight": log2(m / u),
                }
            )
    return records


def prior_weight(settings: Settings) -> float:
    """Return log2 odds that a random account and a random dwelling belong together."""
    prior = settings["probability_two_random_records_match"]
    return log2(prior / (1 - prior))


def waterfall(settings: Settings, gammas: Mapping[str, int]) -> list[tuple[str, str, float]]:
    """Return the steps from the prior to a pair's match weight: comparison, level in words, weight.

    An unknown part (gamma -1) adds nothing and is shown as such. No cell of either record is needed.
    """
    known = {(one["comparison"], one["gamma"]): one for one in weights(settings)}
    steps = [("prior", "any account, any dwelling", prior_weight(settings))]
    for name in COMPARISONS:
        level = known.get((name, gammas[name]))
        steps.append((name, level["label"], level["weight"]) if level else (name, "unknown", 0.0))
    return steps
