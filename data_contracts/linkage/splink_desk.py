"""The only module that talks to Splink: settings, unsupervised training, scoring, and the numbers behind a chart.

Splink compares an account with a dwelling column by column. Each comparison falls into a level; the model knows
how often that level occurs among matches (m) and among random pairs (u), and log2(m/u) is the level's match
weight. u is counted on random pairs, m comes from expectation maximisation; nobody labels anything.

Everything runs in a DuckDB in memory that may not spill to disk: the columns are plain text. Splink's own log
shows SQL and counts, never cells, and is switched off.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from math import log2
from typing import Any

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.comparison_level_library import (
    ArrayIntersectLevel,
    CustomLevel,
    ElseLevel,
    PairwiseStringDistanceFunctionLevel,
)
from splink.comparison_library import CustomComparison

from data_contracts.linkage.levels import COMPARISONS, Level

Settings = dict[str, Any]

ACCOUNTS, DWELLINGS = "accounts", "dwellings"
"""Names of the two sides; Splink puts the alphabetically first on the left."""
MEMORY = "5GB"
RANDOM_PAIRS = 5e6
TRAINING_PAIRS = 2e6
ASSUMED_RECALL = 0.5
"""Share of accounts whose text and holder both agree exactly with their dwelling; only sets the starting prior."""

_SAME_PLACE = "l.place = r.place"
_SAME_DOOR = "l.building = r.building AND l.room = r.room"
_SAME_NAME = "array_length(list_intersect(l.known_names, r.known_names)) > 0"
_TRAINING_BLOCKS = (
    f"{_SAME_PLACE} AND {_SAME_DOOR}",
    f"{_SAME_PLACE} AND {_SAME_NAME}",
    f"{_SAME_DOOR} AND {_SAME_NAME}",
)


def initial_settings(*, seed: int) -> Settings:
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
            block_on("place", "known_names", arrays_to_explode=["known_names"]),
            block_on("road", "known_names", arrays_to_explode=["known_names"]),
            block_on("building", "room", "known_names", arrays_to_explode=["known_names"]),
            block_on("phones", arrays_to_explode=["phones"]),
        ],
        retain_matching_columns=False,
        linker_uid=f"zhaoren{seed}",
    )
    return creator.create_settings_dict("duckdb")


def _level(level: Level) -> Any:
    match level.kind:
        case "sql":
            made = CustomLevel(level.condition, label_for_charts=level.label)
        case "shared":
            made = ArrayIntersectLevel(level.condition)
        case "one_sign_off":
            made = PairwiseStringDistanceFunctionLevel(level.condition, "levenshtein", 1)
        case _:
            made = ElseLevel()
    if level.kind == "sql" and level.m is None:
        return made.configure(is_null_level=True, label_for_charts=level.label)
    return made.configure(
        m_probability=level.m, u_probability=level.u, label_for_charts=level.label
    )


def train(settings: Settings, accounts: pa.Table, dwellings: pa.Table, *, seed: int) -> Settings:
    """Return the settings with m, u and the prior learned from unlabelled records.

    Args:
        settings: from :func:`initial_settings`; levels that never occur keep their starting values.
        accounts: records of accounts (a sample will do), sorted by ``unique_id``.
        dwellings: records of dwellings, sorted by ``unique_id``.
        seed: same seed, same data, same model.
    """
    with _connection(threads=1) as con:
        linker = _linker(con, settings, accounts, dwellings)
        linker.training.estimate_probability_two_random_records_match(
            [f"{_SAME_PLACE} AND {_SAME_DOOR} AND {_SAME_NAME}"], recall=ASSUMED_RECALL
        )
        linker.training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=seed)
        for block in _TRAINING_BLOCKS:
            linker.training.estimate_parameters_using_expectation_maximisation(
                block, max_pairs=TRAINING_PAIRS, record_sample_proportion=0.1
            )
        return _rounded(linker.misc.save_model_to_json())


def score(
    settings: Settings,
    accounts: pa.Table,
    dwellings: pa.Table,
    *,
    least_weight: float,
    threads: int,
) -> pa.Table:
    """Return every compared pair at or above a match weight.

    Returns:
        account_id, address_id, match_weight (log2 odds), and ``gamma_<comparison>`` (level, -1: unknown), sorted.
    """
    with _connection(threads=threads) as con:
        linker = _linker(con, settings, accounts, dwellings)
        found = linker.inference.predict(
            threshold_match_weight=least_weight, warning_mode="never"
        ).physical_name
        gammas = ", ".join(f"gamma_{name}::TINYINT AS gamma_{name}" for name in COMPARISONS)
        return con.execute(
            f"SELECT unique_id_l AS account_id, unique_id_r AS address_id, match_weight, {gammas}"
            f" FROM {found} ORDER BY account_id, address_id"
        ).to_arrow_table()


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


def _linker(
    con: duckdb.DuckDBPyConnection, settings: Settings, accounts: pa.Table, dwellings: pa.Table
) -> Linker:
    logging.getLogger("splink").setLevel(logging.CRITICAL)
    api = DuckDBAPI(connection=con)
    sides = [
        api.register(accounts, dataset_display_name=ACCOUNTS),
        api.register(dwellings, dataset_display_name=DWELLINGS),
    ]
    return Linker(sides, deepcopy(settings), log_level=None, validate_settings=False)


def _connection(*, threads: int) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(
        ":memory:",
        config={
            "temp_directory": "",
            "threads": threads,
            "memory_limit": MEMORY,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        },
    )


def _rounded(settings: Settings) -> Settings:
    """Return settings whose probabilities are written the same way whatever the last bits of a sum were."""
    rounded = deepcopy(settings)
    _round(rounded, "probability_two_random_records_match")
    for level in _levels(rounded["comparisons"]):
        _round(level, "m_probability")
        _round(level, "u_probability")
    return rounded


def _levels(comparisons: Sequence[Settings]) -> Iterable[Settings]:
    for comparison in comparisons:
        yield from comparison["comparison_levels"]


def _round(holder: Settings, name: str) -> None:
    if holder.get(name) is not None:
        holder[name] = float(f"{holder[name]:.8g}")
