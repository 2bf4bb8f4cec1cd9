"""Score pairs with a trained model, on DuckDB or on Spark."""

import logging
from typing import Any

import pyarrow as pa
from splink import Linker

from data_contracts.linkage.levels import COMPARISONS, Settings
from data_contracts.linkage.splink_desk.session import ACCOUNTS, DWELLINGS, connection, open_linker
from data_contracts.linkage.splink_desk.settings import every_level, initial_settings

ACCOUNTS_AT_ONCE = 200_000


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
    with connection(threads=threads) as con:
        linker = open_linker(con, settings, accounts, dwellings)
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
    trained = list(every_level(settings["comparisons"]))
    for level, known in zip(every_level(written["comparisons"]), trained, strict=True):
        if not level.get("is_null_level"):
            level["m_probability"] = known["m_probability"]
            level["u_probability"] = known["u_probability"]
    return written
