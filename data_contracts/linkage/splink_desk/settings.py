"""What Splink compares, untrained: comparisons with their starting values, blocking, the prior of a deployment."""

from collections.abc import Iterable, Sequence
from typing import Any

from splink import SettingsCreator, block_on
from splink.comparison_level_library import (
    And,
    ArrayIntersectLevel,
    CustomLevel,
    ElseLevel,
)
from splink.comparison_library import CustomComparison

from data_contracts.linkage.levels import COMPARISONS, Level, Settings

COVERED = 0.95
"""Assumed share of accounts that supply a dwelling we know at all; only sets the prior, 0.95 / dwellings."""


def initial_settings(*, dialect: str = "duckdb") -> Settings:
    """Return the untrained model: comparisons with their starting values, and what is compared at all."""
    creator = SettingsCreator(
        link_type="link_only",
        comparisons=[
            CustomComparison(
                comparison_levels=[_level(level) for level in levels],
                output_column_name=name,
            )
            for name, levels in COMPARISONS.items()
        ],
        blocking_rules_to_generate_predictions=[
            block_on("place", "building", "room"),
            block_on("road_no", "room"),
            block_on("road_no", "house"),
            block_on("place", "known_names", arrays_to_explode=["known_names"]),
            block_on("road", "known_names", arrays_to_explode=["known_names"]),
            block_on("building", "room", "known_names", arrays_to_explode=["known_names"]),
            block_on("phones", arrays_to_explode=["phones"]),
        ],
        linker_uid="zhaoren",
    )
    return creator.create_settings_dict(dialect)


def prior_of(settings: Settings, *, dwellings: int) -> Settings:
    """Return settings with the prior of a deployment: an account supplies one of so many dwellings."""
    return settings | {"probability_two_random_records_match": digits(COVERED / dwellings)}


def _level(level: Level) -> Any:
    match level.kind:
        case "sql":
            made: Any = CustomLevel(
                level.condition, label_for_charts=level.label, base_dialect_str="duckdb"
            )
        case "shared":
            made = And(*map(ArrayIntersectLevel, level.condition.split(",")))
        case _:
            made = ElseLevel()
    if level.kind == "sql" and level.m is None:
        return made.configure(is_null_level=True, label_for_charts=level.label)
    return made.configure(
        m_probability=level.m, u_probability=level.u, label_for_charts=level.label
    )


def every_level(comparisons: Sequence[Settings]) -> Iterable[Settings]:
    """Yield the levels of all comparisons, in their order."""
    for comparison in comparisons:
        yield from comparison["comparison_levels"]


def digits(probability: float) -> float:
    """Return a probability to six digits, whatever the last bits of a sum were."""
    return float(f"{probability:.6g}")
