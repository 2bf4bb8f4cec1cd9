"""Scored pairs -> candidate links: one probability per account and dwelling, at most one accepted per account.

Splink scores every pair on its own. But an account supplies one dwelling: two flats that fit equally well cannot
both be likely. So the odds of an account's pairs share one whole, with "none of these" beside them:
``p = odds / (1 + sum of the account's odds)``. A text without a unit number that fits two flats equally gives each
less than one half, and neither is accepted.
"""

import duckdb
import pyarrow as pa

from data_contracts.linkage.levels import COMPARISONS, code_of
from data_contracts.linkage.thresholds import Thresholds

_SHARED_ODDS = """
    WITH weighed AS (
        SELECT *, max(match_weight) OVER account AS top FROM pairs WINDOW account AS (PARTITION BY account_id)
    ), shared AS (
        SELECT * EXCLUDE (top),
               pow(2, match_weight - top) / (pow(2, -top) + sum(pow(2, match_weight - top)) OVER account)
                   AS probability,
               row_number() OVER (
                   PARTITION BY account_id ORDER BY match_weight DESC, address_id
               ) AS place
        FROM weighed WINDOW account AS (PARTITION BY account_id)
    )
    SELECT account_id, address_id, match_weight, round(probability, 3) AS probability,
           place = 1 AND round(probability, 3) >= $accepting AS accepted, {gammas}
    FROM shared WHERE round(probability, 3) >= $doubtful
    ORDER BY account_id, address_id
"""


def candidates(pairs: pa.Table, thresholds: Thresholds) -> pa.Table:
    """Return the candidate links of scored pairs.

    Args:
        pairs: as returned by :func:`data_contracts.linkage.splink_desk.scoring.score`.
        thresholds: of the model that scored them.

    Returns:
        account_id, address_id, match_weight, probability (steps of 0.001), accepted, evidence; sorted.
    """
    gammas = [f"gamma_{name}" for name in COMPARISONS]
    with duckdb.connect(":memory:", config={"temp_directory": ""}) as con:
        con.register("pairs", pairs)
        kept = con.sql(
            _SHARED_ODDS.format(gammas=", ".join(gammas)),
            params={"accepting": thresholds.accepting, "doubtful": thresholds.doubtful},
        ).to_arrow_table()
    return kept.append_column("evidence", _evidence(kept)).drop_columns(gammas)


def _evidence(kept: pa.Table) -> pa.Array:
    """Return ``room=same;holder=resident`` for every row; there are few distinct ones."""
    columns = [kept[f"gamma_{name}"].to_pylist() for name in COMPARISONS]
    written: dict[tuple[int, ...], str] = {}
    cells = []
    for gammas in zip(*columns, strict=True):
        if gammas not in written:
            written[gammas] = ";".join(
                f"{name}={code_of(name, gamma)}"
                for name, gamma in zip(COMPARISONS, gammas, strict=True)
            )
        cells.append(written[gammas])
    return pa.array(cells, pa.string())
