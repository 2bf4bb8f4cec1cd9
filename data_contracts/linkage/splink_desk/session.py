"""One session of Splink over two tables of records, for training and scoring.

Everything runs in a DuckDB in memory that may not spill to disk: the columns are plain text. Splink's own log
shows SQL and counts, never cells, and is switched off.
"""

import logging
from copy import deepcopy

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker

from data_contracts.linkage.levels import Settings

ACCOUNTS, DWELLINGS = "accounts", "dwellings"
"""Names of the two sides; Splink puts the alphabetically first on the left."""
MEMORY = "5GB"


def open_linker(
    con: duckdb.DuckDBPyConnection, settings: Settings, accounts: pa.Table, dwellings: pa.Table
) -> Linker:
    """Return Splink over the two sides, in a copy of the settings; it writes nothing to any log."""
    logging.getLogger("splink").setLevel(logging.CRITICAL)
    api = DuckDBAPI(connection=con)
    sides = [
        api.register(accounts, dataset_display_name=ACCOUNTS),
        api.register(dwellings, dataset_display_name=DWELLINGS),
    ]
    return Linker(sides, deepcopy(settings), log_level=None, validate_settings=False)


def connection(*, threads: int) -> duckdb.DuckDBPyConnection:
    """Return a database in memory that neither spills nor loads anything."""
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
