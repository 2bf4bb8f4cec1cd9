"""The district's households and features in plain SQL, as a competent analyst would write them by hand.

The files in ``plain_sql`` say the same as :mod:`features` and share no code with it. They are what the
engine's answers are checked against, and what its speed is compared with.
"""

from collections.abc import Mapping
from datetime import date
from importlib.resources import files

import duckdb

from data_contracts.odcs import Contract

_AS_OF = "{as_of_date}"


def plain_sql(name: str, *, as_of_date: date) -> str:
    """Return the file ``plain_sql/<name>.sql`` for one date.

    Raises:
        FileNotFoundError: no such file.
    """
    text = (files("experiments.benchmarks") / "plain_sql" / f"{name}.sql").read_text("utf-8")
    return text.replace(_AS_OF, as_of_date.isoformat())


def open_plain_district(
    connection: duckdb.DuckDBPyConnection,
    contracts: Mapping[str, Contract],
    as_of_date: date,
) -> None:
    """Say on ``connection`` what was known on ``as_of_date``, and who lived together.

    Expects a table or view per feed, named as the feed, with the columns of its contract and
    ``known_from``, ``known_until``. Leaves a view ``known_<feed>`` per feed (with ``reported_on``
    instead of those two) and the temporary tables of ``plain_sql/_district.sql``.
    """
    for feed in contracts:
        connection.execute(_known_view(feed, as_of_date))
    connection.execute(plain_sql("_district", as_of_date=as_of_date))


def _known_view(feed: str, as_of_date: date) -> str:
    day = f"DATE '{as_of_date.isoformat()}'"
    return f"""
        CREATE OR REPLACE TEMP VIEW known_{feed} AS
        SELECT * EXCLUDE (known_from, known_until), CAST(known_from AS DATE) AS reported_on
        FROM "{feed}"
        WHERE known_from < {day} AND (known_until IS NULL OR known_until >= {day})
          AND event_date < {day}
        """
