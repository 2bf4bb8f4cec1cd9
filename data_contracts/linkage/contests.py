"""Two accounts of one service that claim one dwelling at a time: a dwelling has one power meter, not two.

A renamed compound or buildings numbered anew after a merger make a text point, whole and plausible, at somebody else's door.
The pair alone cannot show it; that the door has an account of that service already can. Where the holder of one is known
at the dwelling and the other's is not, the known one keeps the link. Where no holder is known, nobody can say which is right and
neither counts. Where several are known (a second meter), all count. A contested link is kept beside, as doubtful.
"""

import duckdb
import pyarrow as pa

from data_contracts.linkage.levels import CONTESTED

KNOWN_HOLDER = ("both", "resident", "phone", "known", "one_sign")
"""Levels of comparison ``holder`` by which the account's holder is tied to the dwelling."""

_SETTLED = f"""
    WITH claims AS (
        SELECT f.*, a.service, f.accepted AND a.valid_to IS NULL AS claims,
               regexp_extract(f.evidence, 'holder=([a-z_]+)', 1) IN $known AS is_known
        FROM found AS f JOIN accounts AS a USING (account_id)
    ), rivals AS (
        SELECT *, count(*) FILTER (claims) OVER door AS several
        FROM claims WINDOW door AS (PARTITION BY address_id, service)
    ), settled AS (
        SELECT *, claims AND several > 1 AND NOT is_known AS loses FROM rivals
    )
    SELECT account_id, address_id, match_weight, probability, accepted AND NOT loses AS accepted,
           CASE WHEN loses THEN evidence || '{CONTESTED}' ELSE evidence END AS evidence
    FROM settled ORDER BY account_id, address_id
"""


def settled(found: pa.Table, accounts: pa.Table) -> pa.Table:
    """Return candidate links with contested ones no longer accepted.

    Args:
        found: as returned by :func:`data_contracts.linkage.candidates.candidates`; every account that claims one of
            their dwellings must be among them.
        accounts: account_id, service, valid_to (null while the account lasts; a closed one contests nothing).

    Returns:
        The same rows and columns, sorted; evidence of a contested link ends in ``;contested``.
    """
    with duckdb.connect(":memory:", config={"temp_directory": ""}) as con:
        con.register("found", found)
        con.register("accounts", accounts.select(["account_id", "service", "valid_to"]))
        return con.sql(_SETTLED, params={"known": list(KNOWN_HOLDER)}).to_arrow_table()


def rivals(found: pa.Table, held: pa.Table, *, looked_at: frozenset[str]) -> frozenset[str]:
    """Return accounts not looked at yet that claim, or once lost, a dwelling that is claimed or given up tonight.

    Args:
        found: candidate links of the accounts looked at.
        held: rows of feed ``account_links`` as known tonight.
        looked_at: accounts scored already.
    """
    with duckdb.connect(":memory:", config={"temp_directory": ""}) as con:
        con.register("found", found)
        con.register("held", held)
        con.register("looked_at", pa.table({"account_id": sorted(looked_at)}))
        rows = con.sql(f"""
            WITH claims AS (
                SELECT * FROM held WHERE valid_to IS NULL AND (accepted OR evidence LIKE '%{CONTESTED}')
            ), doors AS (
                SELECT address_id FROM found WHERE accepted
                UNION SELECT address_id FROM claims SEMI JOIN looked_at USING (account_id)
            )
            SELECT DISTINCT account_id FROM claims SEMI JOIN doors USING (address_id)
            ANTI JOIN looked_at USING (account_id)
        """).fetchall()
    return frozenset(row[0] for row in rows)
