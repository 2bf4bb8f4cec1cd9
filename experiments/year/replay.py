"""All policies through the same two years, list after list."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from experiments.config import ExperimentConfig
from experiments.year.door import Door
from experiments.year.home import known_path, matrix_path
from experiments.year.learning import KNOWN_ON, LABEL, WEIGHT, Learning
from experiments.year.lists import Lists
from experiments.year.plain import ApplicationOnly, DoorToDoor, LikelyEntitled, Ordered
from experiments.year.settings import YearSettings
from experiments.year.truth import TrueYear, read_truth
from experiments.year.walker import Walker, YearPolicy
from features.registry import Feature
from models.baselines import PointsRule, Policy, RandomOrder, SingleTrigger
from models.rules.rule_book import RuleBook
from models.rules.triggers import load_triggers

ENGINE, NO_EXPLORATION = "engine", "learning_without_exploration"
LEAKING_GROUPS = ("contact_history", "place", "benefit_traces", "data_confidence")
"""Groups no policy may learn from here: they tell of visits the replayed policy did not make, or of its gaps."""
LABELS_OF = ("visit", "self_report")
"""Label sources learned from: somebody was at the door. Admissions by application are not."""


@dataclass(frozen=True)
class Replay:
    """What one seed's replay left behind. ``on_lists``: per list its day, cohort, capacity and new signs."""

    seed: int
    world: TrueYear
    diaries: dict[str, pd.DataFrame]
    on_lists: pd.DataFrame
    signs: pd.DataFrame
    areas: pd.DataFrame


def replay(
    home: Path,
    settings: YearSettings,
    config: ExperimentConfig,
    *,
    seed: int,
    progress: Callable[[str], None],
) -> Replay:
    """Walk every policy through the prepared ``home``.

    Raises:
        NoTruth: the home holds no truth.
    """
    deployment = config.load_deployment()
    book = load_triggers(
        deployment.triggers, features=deployment.features, region=deployment.region
    )
    left_out = tuple(dict.fromkeys((*config.without_groups, *LEAKING_GROUPS)))
    features = config.model_copy(update={"without_groups": left_out}).model_features()
    world = read_truth(home / "truth", settings)
    read = dict.fromkeys(feature.name for feature in features)
    for trigger_id in book.trigger_ids:
        for version in book.versions[trigger_id]:
            read |= dict.fromkeys(version.columns)
    lists = Lists.open(home, settings, world, columns=tuple(read), seed=seed)
    known = known_before(home, settings, features)
    door = Door(world, settings.district(seed).visits, seed)
    walkers = [
        Walker(policy, world, door, settings, lists.households)
        for policy in policies(features, book, config, settings, known, seed=seed)
    ]
    cohorts, signs, areas = [], [], []
    for today in lists:
        capacity = settings.capacity(len(today.frame))
        for walker in walkers:
            walker.step(today, capacity)
        cohorts.append(
            (today.number, today.day, len(today.frame), capacity, int(today.new_sign.sum()))
        )
        struck = today.new_sign & ~today.covered
        signs.append(pd.DataFrame({"list": today.number, "place": today.places[struck]}))
        areas.append(
            pd.DataFrame({"place": today.places, "area_id": today.frame["area_id"].to_numpy()})
        )
        progress(f"{today.day}: {capacity} visits per policy")
    return Replay(
        seed=seed,
        world=world,
        diaries={walker.policy.name: walker.diary for walker in walkers},
        on_lists=pd.DataFrame(cohorts, columns=["list", "day", "households", "capacity", "signs"]),
        signs=pd.concat(signs, ignore_index=True),
        areas=pd.concat(areas, ignore_index=True).drop_duplicates("place", keep="last"),
    )


def policies(
    features: tuple[Feature, ...],
    book: RuleBook,
    config: ExperimentConfig,
    settings: YearSettings,
    known: pd.DataFrame,
    *,
    seed: int,
) -> list[YearPolicy]:
    """Return everybody who walks: the engine, then those it is compared with."""
    orders: list[Policy] = [
        RandomOrder(seed),
        *(SingleTrigger(book, one) for one in book.trigger_ids if book.is_published(one)),
        *(PointsRule(book, rule.rule_id) for rule in book.rules_of_thumb),
        LikelyEntitled(),
    ]
    learning = {ENGINE: True, NO_EXPLORATION: False}
    return [
        *(
            Learning(
                name=name, features=features, learner=config.learner, settings=settings,
                known=known, seed=seed, explores=explores,
            )
            for name, explores in learning.items()
        ),
        ApplicationOnly(),
        DoorToDoor(seed),
        *(Ordered(order) for order in orders),
    ]  # fmt: skip


def known_before(home: Path, settings: YearSettings, features: tuple[Feature, ...]) -> pd.DataFrame:
    """Return the rows learned from on the first day: what the bureau's own visits had found by then."""
    labels = pd.read_parquet(known_path(home))
    labels = labels[labels["label_source"].isin(LABELS_OF)]
    days = pd.to_datetime(labels["as_of_date"])
    frames = []
    for day in settings.label_dates:
        here = labels.loc[days == pd.Timestamp(day), ["household_id", LABEL]]
        columns = ["household_id", "as_of_date", *(feature.name for feature in features)]
        matrix = pd.read_parquet(matrix_path(home, day), columns=columns)
        frames.append(matrix.merge(here, on="household_id"))
    rows = pd.concat(frames, ignore_index=True)
    rows["as_of_date"] = pd.to_datetime(rows["as_of_date"])
    rows[LABEL] = rows[LABEL].astype("float64")
    rows[WEIGHT], rows[KNOWN_ON] = 1.0, pd.Timestamp(settings.begins)
    return rows
