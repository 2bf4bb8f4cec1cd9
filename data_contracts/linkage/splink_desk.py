"""The only module that talks to Splink: settings, unsupervised training, scoring, and the numbers behind a chart.

Splink compares an account with a dwelling column by column. Each comparison falls into a level; the model knows
how often that level occurs among matches (m) and among random pairs (u), and log2(m/u) is the level's match
weight. u is counted on random pairs, m comes from expectation maximisation; nobody labels anything.

Everything runs in a DuckDB in memory that may not spill to disk: the columns are plain text. Splink's own log
shows SQL and counts, never cells, and is switched off.
"""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import deepcopy
from math import log2
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.comparison_level_library import (
    And,
    ArrayIntersectLevel,
    CustomLevel,
    ElseLevel,
)
from splink.comparison_library import CustomComparison

from data_contracts.linkage.levels import COMPARISONS, ELSEWHERE, Level, Settings

ACCOUNTS, DWELLINGS = "accounts", "dwellings"
"""Names of the two sides; Splink puts the alphabetically first on the left."""
MEMORY = "5GB"
ACCOUNTS_AT_ONCE = 200_000
NEIGHBOURS = 4_000
RANDOM_PAIRS = 2e6
TRAINING_PAIRS = 2e6
COVERED = 0.95
"""Assumed share of accounts that supply a dwelling we know at all; only sets the prior, 0.95 / dwellings."""
DOOR_IS_RIGHT = 0.99
"""Assumed share of true pairs among pairs whose whole door agrees: no two flats have one, but clerks slip."""
KNOWN_ELSEWHERE = 0.25
"""Assumed odds that a holder found at a dwelling is found there without the account supplying it."""
RAREST_SLIP = 0.002
"""Least m of any level: a model that has never seen a slip must not conclude that there are none."""

RAREST_CHANCE = 1e-5
"""Least u: the wrong door of the right compound gets written down now and then, whatever the data show."""

_WHOLE_DOOR = (
    "l.place = r.place AND l.building = r.building AND l.room = r.room"
    " AND l.unit IS NOT DISTINCT FROM r.unit"
)
_SAME_FLAT_NUMBER = CustomComparison(
    output_column_name="flat_number",
    comparison_levels=[
        CustomLevel("room_l IS NULL OR room_r IS NULL").configure(is_null_level=True),
        CustomLevel("room_l = room_r AND building_l IS NOT DISTINCT FROM building_r").configure(
            m_probability=0.9, u_probability=0.005
        ),
        ElseLevel().configure(m_probability=0.1, u_probability=0.995),
    ],
)
"""Learned beside ``where`` only: tells namesakes who are strangers from the holder's own dwelling."""


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
    return settings | {"probability_two_random_records_match": _digits(COVERED / dwellings)}


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


def train(settings: Settings, accounts: pa.Table, dwellings: pa.Table, *, seed: int) -> Settings:
    """Return the settings with u, m and the prior learned from unlabelled records.

    u is counted on random pairs; that of ``door`` on random pairs out of some whole compounds, since it says how
    doors agree among neighbours. m comes from three sessions of expectation maximisation, each on pairs
    selected by something it does not learn: ``where`` on namesakes (mostly strangers), ``holder``
    on pairs whose whole door agrees, ``door`` on pairs of one compound.

    Args:
        settings: from :func:`initial_settings`; levels that never occur keep their starting values.
        accounts: records of accounts (a sample will do), sorted by ``unique_id``.
        dwellings: records of dwellings, sorted by ``unique_id``.
        seed: same seed, same data, same model.
    """
    counted = _counted(settings, accounts, dwellings, seed=seed)
    near = _counted(settings, *_some_compounds(accounts, dwellings), seed=seed)
    learned = {**counted, "door": _among_neighbours(counted["door"], near["door"])}
    learned |= _learned(
        settings,
        [learned["where"], _SAME_FLAT_NUMBER.create_comparison_dict("duckdb")],
        _one_row_per_name(accounts),
        _one_row_per_name(dwellings),
        "l.one_name = r.one_name",
        prior=0.01,
    )
    learned |= _learned(
        settings,
        [learned["holder"]],
        accounts,
        dwellings,
        _WHOLE_DOOR,
        prior=DOOR_IS_RIGHT,
        fix_prior=True,
    )
    learned |= _learned(
        settings,
        [learned["door"], learned["holder"]],
        _with_gate(accounts),
        _with_gate(dwellings),
        "l.gate = r.gate",
        prior=0.005,
        keep=("door",),
    )
    _keep_elsewhere(learned["door"], counted["door"])
    trained = settings | {"comparisons": [learned[name] for name in COMPARISONS]}
    return _rounded(_within_reason(prior_of(trained, dwellings=dwellings.num_rows)))


def _counted(
    settings: Settings, accounts: pa.Table, dwellings: pa.Table, *, seed: int
) -> dict[str, Settings]:
    """Return the comparisons with u counted on random pairs."""
    with _connection(threads=1) as con:
        linker = _linker(con, settings, accounts, dwellings)
        linker.training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=seed)
        return _by_name(linker.misc.save_model_to_json())


def _keep_elsewhere(learned: Settings, counted: Settings) -> None:
    """Put back m of the levels outside one compound: pairs of one compound cannot teach them."""
    levels = zip(
        COMPARISONS["door"], learned["comparison_levels"], counted["comparison_levels"], strict=True
    )
    for level, one, other in levels:
        if level.code in ELSEWHERE:
            one["m_probability"] = other["m_probability"]


def _within_reason(settings: Settings) -> Settings:
    """Return settings in which nothing that was never counted is impossible, and no person proves a dwelling.

    A holder may be known at a dwelling the account does not supply: the landlord's own home, the one moved to. So
    for one true pair at any level of ``holder`` there is at least a quarter of a false one.
    """
    bounded = deepcopy(settings)
    per_pair = bounded["probability_two_random_records_match"] * KNOWN_ELSEWHERE
    for name, comparison in _by_name(bounded).items():
        for level in comparison["comparison_levels"]:
            if level.get("is_null_level"):
                continue
            m = max(level["m_probability"], RAREST_SLIP)
            least = max(RAREST_CHANCE, m * per_pair) if name == "holder" else RAREST_CHANCE
            level |= {"m_probability": m, "u_probability": max(level["u_probability"], least)}
    return bounded


def _some_compounds(accounts: pa.Table, dwellings: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Return the records of as many whole compounds as hold some thousand dwellings."""
    accounts, dwellings = _with_gate(accounts), _with_gate(dwellings)
    gates = dwellings["gate"].drop_null().unique().sort()
    step = max(1, dwellings.num_rows // NEIGHBOURS)
    some = gates.take(pa.array(range(0, len(gates), step)))
    return (
        accounts.filter(pc.is_in(accounts["gate"], some)),
        dwellings.filter(pc.is_in(dwellings["gate"], some)),
    )


def _among_neighbours(anywhere: Settings, near: Settings) -> Settings:
    """Return comparison ``door`` with u of its levels within one compound as shares of all pairs there.

    A whole door that agrees is a true pair even among random ones, so it cannot be counted: its u is the least.
    """
    door = deepcopy(anywhere)
    here = [
        place
        for place, level in enumerate(COMPARISONS["door"])
        if level.m is not None and level.code not in ELSEWHERE
    ]
    levels, counts = door["comparison_levels"], near["comparison_levels"]
    together = sum(counts[place]["u_probability"] for place in here[1:])
    for place in here[1:]:
        levels[place]["u_probability"] = counts[place]["u_probability"] / together
    levels[here[0]]["u_probability"] = RAREST_CHANCE
    return door


def _by_name(settings: Settings) -> dict[str, Settings]:
    return {one["output_column_name"]: one for one in settings["comparisons"]}


def _learned(
    settings: Settings,
    comparisons: Sequence[Settings],
    accounts: pa.Table,
    dwellings: pa.Table,
    block: str,
    *,
    prior: float,
    fix_prior: bool = False,
    keep: Collection[str] = tuple(COMPARISONS),
) -> dict[str, Settings]:
    """Return comparisons with what expectation maximisation learned on the pairs of one block."""
    session = settings | {
        "comparisons": list(comparisons),
        "probability_two_random_records_match": prior,
    }
    with _connection(threads=1) as con:
        linker = _linker(con, session, accounts, dwellings)
        linker.training.estimate_parameters_using_expectation_maximisation(
            block,
            max_pairs=TRAINING_PAIRS,
            record_sample_proportion=0.1,
            fix_probability_two_random_records_match=fix_prior,
        )
        found = _by_name(linker.misc.save_model_to_json())
    return {name: one for name, one in found.items() if name in keep}


def _with_gate(records: pa.Table) -> pa.Table:
    """Return records with ``gate``: the compound, or road and number where there is none."""
    return records.append_column("gate", pc.coalesce(records["place"], records["road_no"]))


def _one_row_per_name(records: pa.Table) -> pa.Table:
    """Return records repeated for each known name, in ``one_name``, with ids of their own."""
    with duckdb.connect(":memory:", config={"temp_directory": ""}) as con:
        con.register("records", records)
        return con.sql(
            "SELECT * REPLACE (unique_id || '|' || one_name AS unique_id) FROM"
            " (SELECT *, unnest(known_names) AS one_name FROM records) ORDER BY unique_id"
        ).to_arrow_table()


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
    gammas = ", ".join(f"p.gamma_{name}::TINYINT AS gamma_{name}" for name in COMPARISONS)
    portions = max(1, -(-accounts.num_rows // ACCOUNTS_AT_ONCE))
    found = []
    with _connection(threads=threads) as con:
        linker = _linker(con, settings, accounts, dwellings)
        for portion in range(1, portions + 1):
            # Splink keeps the levels of a pair only together with what was compared; only the levels leave.
            pairs = linker.inference.predict_chunk(
                left_chunk=(portion, portions),
                right_chunk=(1, 1),
                threshold_match_weight=least_weight,
                warning_mode="never",
            )
            found.append(
                con.sql(
                    f"SELECT unique_id_l AS account_id, unique_id_r AS address_id, match_weight, {gammas}"
                    f" FROM {pairs.physical_name} AS p"
                ).to_arrow_table()
            )
            pairs.drop_table_from_database_and_remove_from_cache()
    return pa.concat_tables(found).sort_by(
        [("account_id", "ascending"), ("address_id", "ascending")]
    )


def score_on_spark(
    settings: Settings, accounts: Any, dwellings: Any, spark: Any, *, least_weight: float
) -> Any:
    """Return the same as :func:`score`, computed by Spark.

    Args:
        settings: trained on DuckDB; the same m, u and prior, its conditions written for Spark.
        accounts: records of accounts as a Spark frame.
        dwellings: records of dwellings as a Spark frame.
        spark: the session; its shuffle files hold plain text, so their disk must be one the sealed store may use.
        least_weight: as for :func:`score`.

    Returns:
        A Spark frame with the columns of :func:`score`, unsorted.
    """
    from splink import SparkAPI  # PySpark is an optional extra

    api = SparkAPI(  # type: ignore[no-untyped-call]
        spark_session=spark, break_lineage_method="persist", register_udfs_automatically=False
    )
    sides = [
        api.register(accounts, dataset_display_name=ACCOUNTS),
        api.register(dwellings, dataset_display_name=DWELLINGS),
    ]
    logging.getLogger("splink").setLevel(logging.CRITICAL)
    linker = Linker(sides, _for_spark(settings), log_level=None, validate_settings=False)
    pairs = linker.inference.predict(threshold_match_weight=least_weight, warning_mode="never")
    gammas = [f"CAST(gamma_{name} AS TINYINT) AS gamma_{name}" for name in COMPARISONS]
    return pairs.as_spark_dataframe().selectExpr(
        "unique_id_l AS account_id", "unique_id_r AS address_id", "match_weight", *gammas
    )


def _for_spark(settings: Settings) -> Settings:
    """Return trained settings with every condition written for Spark."""
    written = initial_settings(dialect="spark")
    written["probability_two_random_records_match"] = settings[
        "probability_two_random_records_match"
    ]
    trained = list(_levels(settings["comparisons"]))
    for level, known in zip(_levels(written["comparisons"]), trained, strict=True):
        if not level.get("is_null_level"):
            level["m_probability"] = known["m_probability"]
            level["u_probability"] = known["u_probability"]
    return written


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
    """Return settings written the same way whatever the last bits of a sum were."""
    rounded = deepcopy(settings)
    for level in _levels(rounded["comparisons"]):
        if not level.get("is_null_level"):
            level["m_probability"] = _digits(level["m_probability"])
            level["u_probability"] = _digits(level["u_probability"])
    return rounded


def _levels(comparisons: Sequence[Settings]) -> Iterable[Settings]:
    for comparison in comparisons:
        yield from comparison["comparison_levels"]


def _digits(probability: float) -> float:
    return float(f"{probability:.6g}")
