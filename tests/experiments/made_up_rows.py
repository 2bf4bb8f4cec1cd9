"""A small experiment on made-up rows: what several tests of runs, trainings and grids learn from."""

from datetime import date

import numpy as np
import pandas as pd

from experiments.assembled import TRUTH
from experiments.config import ExperimentConfig
from experiments.fitting import add_training_labels
from features.district import DISTRICT
from models.news import news_subsets
from models.rules.triggers import RuleBook, load_triggers

KEPT = ("utilities", "composition")
DATES = [date(2024, month, 1) for month in (1, 2, 3, 10, 11)]
CONFIG = ExperimentConfig.model_validate(
    {
        "name": "made_up",
        "title": "Made up",
        "origin": "simulated district",
        "deployment": "features.district:DISTRICT",
        "outcome": "features.outcomes.unmet_need:UNMET_NEED_180D",
        "train_dates": DATES[:3],
        "test_dates": DATES[3:],
        "without_groups": [group.name for group in DISTRICT.groups if group.name not in KEPT],
        "capacity_shares": [0.1],
        "learner": {"max_rounds": 8, "min_rows_per_leaf": 20},
    }
)


def rows(
    config: ExperimentConfig = CONFIG, *, households: int = 200, seed: int = 5
) -> pd.DataFrame:
    """Random values of every declared feature; need follows from unpaid bills."""
    generator = np.random.default_rng(seed)
    frames = []
    for day in DATES:
        columns: dict[str, object] = {
            "household_id": [f"h{number:03d}" for number in range(households)],
            "as_of_date": pd.Timestamp(day),
            "area_id": [f"g{number % 4}" for number in range(households)],
        }
        for feature in DISTRICT.features:
            drawn = generator.random(households)
            if feature.dtype == "category":
                columns[feature.name] = pd.array(np.where(drawn < 0.5, "a", "b"), dtype="str")
            elif feature.dtype == "boolean":
                columns[feature.name] = pd.array(drawn < 0.1, dtype="boolean")
            else:
                columns[feature.name] = np.round(10 * drawn)
        frame = pd.DataFrame(columns)
        frame["utility_unpaid_amount"] = np.maximum(0, generator.normal(0, 300, households))
        need = generator.random(households) < 0.03 + 0.8 * (frame["utility_unpaid_amount"] > 300)
        frame["label"] = need.astype(float)
        frame["label_source"] = "visit"
        frame["random_label"] = frame["label"].where(frame.index % 10 == 0)
        frame["random_propensity"] = 0.1
        frame[TRUTH] = frame["label"]
        frames.append(frame)
    history = pd.concat(frames, ignore_index=True)
    news = news_subsets(history, known_after_days=config.load_outcome().closed_after_days)
    return add_training_labels(pd.concat([history, news], axis="columns"), config)


def few_rules() -> RuleBook:
    every = load_triggers(DISTRICT.triggers, features=DISTRICT.features, region=DISTRICT.region)
    return RuleBook(dict(list(every.versions.items())[:3]), ())
