"""Made-up households whose need is known to follow from a few columns; everything seeded."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from features.registry import Feature


def feature(name: str, **given: object) -> Feature:
    """Declare a feature with what a test does not care about filled in."""
    filled = {"unit": "yuan", "missing": "unknown", "description": "made up", **given}
    return Feature(name=name, **filled)


FEATURES = (
    feature("spend_365d", monotone=1),
    feature("arrears_90d", dtype="integer", monotone=1, unit="months"),
    feature("wage_90d", monotone=-1),
    feature("job_lost", dtype="boolean", monotone=1, unit="yes/no"),
    feature("tenure", dtype="category", unit="class"),
    feature("noise", unit="share"),
)


def households(
    number: int, *, dates: Sequence[date] = (date(2024, 1, 1),), seed: int = 0
) -> pd.DataFrame:
    """Return one labelled row per household and date; a tenth of most values is unknown."""
    generator = np.random.default_rng(seed)
    frames = []
    for day in dates:
        unknown = generator.random((4, number)) < 0.1
        frame = pd.DataFrame(
            {
                "household_id": [f"h{place}" for place in range(number)],
                "as_of_date": pd.Timestamp(day),
                "area_id": [f"g{place % 10}" for place in range(number)],
                "spend_365d": generator.lognormal(7, 1.5, number),
                "arrears_90d": generator.poisson(0.3, number),
                "wage_90d": generator.lognormal(8, 0.5, number),
                "job_lost": pd.array(generator.random(number) < 0.15, dtype="boolean"),
                "tenure": pd.array(generator.choice(["owned", "private", "public"], number)),
                "noise": generator.normal(size=number),
            }
        )
        log_odds = (
            -3.0
            + 0.6 * np.log(frame["spend_365d"] / 1000)
            + 0.8 * frame["arrears_90d"]
            - 0.5 * np.log(frame["wage_90d"] / 3000)
            + 1.2 * frame["job_lost"].astype(float)
            + 0.7 * (frame["tenure"] == "private").astype(float)
        )
        chance = 1 / (1 + np.exp(-log_odds))
        frame["label"] = (generator.random(number) < chance).astype(float)
        for place, name in enumerate(("spend_365d", "wage_90d", "job_lost", "tenure")):
            frame.loc[unknown[place], name] = None
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)
