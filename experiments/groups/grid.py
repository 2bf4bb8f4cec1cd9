"""A grid: learners times feature sets over one base experiment, written out before anything runs.

Everything that can be wrong is looked for first, and told at once, each by name: an unknown key, learner
setting, feature group or column, a combination that leaves no feature, dates that leave no split.
"""

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from experiments.assembled import walk_plan
from experiments.config import ConfigError, ExperimentConfig, load_config
from experiments.groups.recipe import BASELINES, Recipe, digest_of
from experiments.groups.subsets import Condition, complaints_about
from models.learners.settings import LIGHTGBM
from models.splits import SplitError, TimeSplit

Strategy = Literal["all", "leave_one_out", "leave_one_in", "all_combinations"]

MOST_RECIPES = 64


class Grid(BaseModel):
    """What is combined with what.

    ``base`` names the experiment whose dates, outcome and cohort all recipes share: a YAML file, relative to the
    grid's, or a shipped name. ``learners``: per name what differs from the base's learner; another ``kind``
    starts from that kind's defaults. ``feature_groups`` puts feature groups together under one name;
    without it each group the base gives its model stands alone. ``feature_sets``: ``all``; ``leave_one_out``
    (all but one name); ``leave_one_in`` (one name only); ``all_combinations`` (every non-empty set of
    names). Groups not named stay in all sets but ``leave_one_in`` and ``all_combinations``.
    ``subsets`` are populations to be judged on their own, beside total, onset and entry.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    base: str
    learners: dict[str, dict[str, Any]] = Field(default={"base": {}}, min_length=1)
    feature_groups: dict[str, tuple[str, ...]] | None = None
    feature_sets: tuple[Strategy, ...] = Field(default=("all",), min_length=1)
    subsets: dict[str, Condition] = {}
    metric: Literal["precision", "recall"] = "precision"
    min_train_dates: int = Field(default=2, ge=1)


class ExpandedGrid(BaseModel):
    """A grid that has been checked: its recipes, the baselines last, and the splits they share."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    grid: Grid
    base: ExperimentConfig
    recipes: tuple[Recipe, ...]
    splits: tuple[TimeSplit, ...]

    @property
    def identity(self) -> str:
        """Twelve hex digits: the grid, the base experiment and every recipe."""
        return digest_of(
            {
                "grid": self.grid.model_dump(mode="json"),
                "base": self.base.identity,
                "groups": [recipe.key for recipe in self.recipes],
            }
        )[:12]


def load_grid(path: Path) -> Grid:
    """Read one grid file.

    Raises:
        ConfigError: the file is missing, is not YAML, lacks a key or has one too many.
    """
    if not path.is_file():
        raise ConfigError(f"no grid file {path}")
    try:
        return Grid.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: {error}") from error


def base_of(grid: Grid, *, beside: Path, shipped: Path) -> ExperimentConfig:
    """Read the base experiment, beside the grid file or among the shipped ones."""
    if grid.base.endswith(".yaml"):
        return load_config(beside / grid.base)
    return load_config(shipped / f"{grid.base}.yaml")


def expand(grid: Grid, base: ExperimentConfig, *, source: str) -> ExpandedGrid:
    """Write a grid out as recipes and splits; nothing is fitted or read but declarations.

    Equal recipes under two names are kept once, under the first name.

    Args:
        grid: what is combined.
        base: the experiment it rests on.
        source: version of code and feature definitions.

    Raises:
        ConfigError: with every complaint there is, one per line.
    """
    complaints: list[str] = []
    sets = _feature_sets(grid, base, complaints)
    recipes: dict[str, Recipe] = {}
    for (learner, changes), (feature_set, without) in itertools.product(
        grid.learners.items(), sets.items()
    ):
        name = f"{learner}/{feature_set}"
        try:
            config = _changed(base, changes, without)
        except ValidationError as error:
            told = "; ".join(f"{_place(one)}: {one['msg']}" for one in error.errors())
            complaints.append(f"learners.{learner}: {told}")
            break
        if not config.model_features():
            complaints.append(f"feature set {feature_set} leaves no feature to learn from")
            continue
        recipe = Recipe(name, config, source)
        recipes.setdefault(recipe.key, recipe)
    complaints += complaints_about(grid.subsets, base.load_deployment())
    splits = _splits(grid, base, complaints)
    if len(recipes) > MOST_RECIPES:
        complaints.append(
            f"{len(recipes)} recipes, at most {MOST_RECIPES} are run at once: name fewer feature_groups, or use"
            " leave_one_out instead of all_combinations"
        )
    if complaints:
        told = "\n".join(f"- {complaint}" for complaint in dict.fromkeys(complaints))
        raise ConfigError(f"grid {grid.name} cannot be run:\n{told}")
    every = (*recipes.values(), Recipe(BASELINES, base, source))
    return ExpandedGrid(grid=grid, base=base, recipes=every, splits=splits)


def _changed(
    base: ExperimentConfig, changes: Mapping[str, Any], without: frozenset[str]
) -> ExperimentConfig:
    said = base.model_dump(mode="json")
    learner = said["learner"]
    # Trees are written without their kind.
    kind = learner.get("kind", LIGHTGBM)
    if changes.get("kind", kind) != kind:
        learner = {}
    said["learner"] = {**learner, **changes}
    said["without_groups"] = sorted({*base.without_groups, *without})
    return ExperimentConfig.model_validate(said)


def _feature_sets(
    grid: Grid, base: ExperimentConfig, complaints: list[str]
) -> dict[str, frozenset[str]]:
    """Return the feature groups left out, per named feature set."""
    there = [
        group.name for group in base.load_deployment().groups
        if group.name not in base.without_groups
    ]  # fmt: skip
    named = (
        {name: (name,) for name in there} if grid.feature_groups is None else grid.feature_groups
    )
    for name, members in named.items():
        strange = sorted(set(members) - set(there))
        if strange:
            complaints.append(
                f"feature_groups.{name}: no feature group {strange}; there are {there}"
            )
        if not members:
            complaints.append(f"feature_groups.{name} is empty: name at least one feature group")
    sets: dict[str, frozenset[str]] = {}

    def only(*names: str) -> frozenset[str]:
        return frozenset(there) - {member for name in names for member in named[name]}

    for strategy in dict.fromkeys(grid.feature_sets):
        if strategy == "all":
            sets["all"] = frozenset()
        elif strategy == "leave_one_out":
            sets |= {f"without_{name}": frozenset(members) for name, members in named.items()}
        elif strategy == "leave_one_in":
            sets |= {f"only_{name}": only(name) for name in named}
        elif 2 ** len(named) - 1 > MOST_RECIPES:
            complaints.append(
                f"all_combinations of {len(named)} feature_groups are {2 ** len(named) - 1} sets, at most"
                f" {MOST_RECIPES} are run at once: name fewer, each of several groups"
            )
        else:
            for size in range(1, len(named) + 1):
                for names in itertools.combinations(named, size):
                    sets["+".join(names)] = only(*names)
    return sets


def _splits(grid: Grid, base: ExperimentConfig, complaints: list[str]) -> tuple[TimeSplit, ...]:
    try:
        return walk_plan(base, min_train_dates=grid.min_train_dates)
    except SplitError as error:
        complaints.append(f"dates of {base.name}: {error}")
        return ()


def _place(error: Mapping[str, Any]) -> str:
    return ".".join(str(part) for part in error["loc"])
